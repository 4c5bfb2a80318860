package views

import "strings"

// APIPage explains the API to people. All of it but the frame comes from the document for programs.
type APIPage struct {
	Page
	Address  string // of the console: "https://console.example.com"
	Groups   []APIGroup
	Problems []APIProblem
	Types    []APIType
}

// APIGroup is what can be asked about one thing.
type APIGroup struct {
	Name, Text string
	Ways       []APIWay
}

// APIWay is one call.
type APIWay struct {
	ID         string // by which a link finds it
	Method     string
	Path       string // "/api/v1/tenants/{tenant}"
	Summary    string
	Text       string
	Needs      string // roles: "Support or Billing"
	Parameters []APIField
	Body       []APIField // members of what is sent; none: nothing is
	Answers    []APIAnswer
	Problems   []string // codes of what can go wrong
	Example    string   // a command that can be copied
}

// APIField is a parameter or a member.
type APIField struct {
	Name   string
	Kind   string // "text", "list of Event"
	Type   string // name of the APIType that it is; empty: it is none
	Place  string // of a parameter: "path", "query", "header"
	Needed bool
	Words  []string // one of which it is
	Text   string
}

// APIAnswer is a status with which a call ends well.
type APIAnswer struct {
	Status string
	Text   string
	Type   string // name of the APIType; empty: none of its own
	List   bool   // a page of them
}

// APIType is an object that the API speaks of.
type APIType struct {
	Name   string
	Fields []APIField
}

// APIProblem is a code under which something goes wrong.
type APIProblem struct{ Code, Status, Title, Text string }

func typeID(name string) string { return "type-" + name }

func (p APIPage) start() string {
	return "curl -H \"Authorization: Bearer $TOKEN\" " + p.Address + "/api/v1/me"
}

func (f APIField) needed() string {
	if f.Needed {
		return "needed"
	}
	return ""
}

func (g APIGroup) id() string {
	return "about-" + strings.ToLower(strings.ReplaceAll(g.Name, " ", "-"))
}
