package views

import (
	"net/url"
	"time"

	"arcadia.example/console/lifecycle"
)

// FoundDeployment is one deployment that a search for anything found.
type FoundDeployment struct {
	ID         string
	Name       string
	TenantName string
	Hostname   string
	State      lifecycle.State
	Since      time.Time
}

// SearchPage is what a search for anything found. An exact hit never comes here: it is opened at once.
type SearchPage struct {
	Page
	Text        string // what was searched for; empty: nothing yet
	Tenants     []TenantRow
	Nearly      bool // no tenant fits as typed: Tenants come close
	Deployments []FoundDeployment
}

func (p SearchPage) found() bool { return len(p.Tenants)+len(p.Deployments) > 0 }

// listURL is the list with the same search, where all of it can be leafed through.
func (p SearchPage) listURL(path string) string {
	return path + "?" + url.Values{"q": {p.Text}}.Encode()
}

// searchHints is what can be searched for, with an example.
var searchHints = []Fact{
	{Label: "Name", Text: "of a tenant or a deployment; any part of it"},
	{Label: "E-mail", Text: "of a tenant"},
	{Label: "Domain", Text: "where an app is reached"},
	{Label: "Slug", Text: "of a tenant or a deployment"},
	{Label: "ID", Text: "of a tenant or a deployment, or how it begins"},
	{Label: "Droplet", Text: "its number"},
	{Label: "Address", Text: "IPv4 or IPv6, whole"},
}
