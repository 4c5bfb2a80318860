package main

import (
	"net/url"
	"os"
	"strings"

	"arcadia.example/console/internal/demo"
)

// searchCase is one search to be tried.
type searchCase struct {
	name  string
	path  string
	usual bool // in the usual order
}

// hardWords are what can be slow to find, each in its own way.
var hardWords = []struct{ name, text string }{
	{"rare", demo.RareWord},
	{"1 in 1,000", demo.SomeWord},
	{"1 in 33", demo.CommonWord},
	{"in every row", "example"},
	{"two letters", "wo"},
	{"one letter", "q"},
	{"nowhere", "zzyzx"},
	{"two letters, nowhere", "zq"},
	{"signs alone", "///"},
	{"two words", "kestrel robotics"},
	{"two common words, never together", "ghost wordpress"},
	{"start of an ID", "019a1b2c"},
}

// searchCases are words of all kinds over lists of all kinds.
func searchCases() []searchCase {
	var cases []searchCase
	for _, w := range hardWords {
		q := url.QueryEscape(w.text)
		cases = append(cases,
			searchCase{"list, " + w.name, "/deployments?q=" + q, true},
			searchCase{"list, " + w.name + ", suspended", "/deployments?state=suspended&q=" + q, true},
			searchCase{"list, " + w.name + ", by name", "/deployments?sort=name&q=" + q, false},
			searchCase{"list, " + w.name + ", longest in state", "/deployments?sort=since&q=" + q, false},
			searchCase{"anything, " + w.name, "/search?q=" + q, true},
		)
	}
	return append(cases,
		searchCase{"tenants, a name", "/tenants?q=kestrel", true},
		searchCase{"tenants, newest, a name", "/tenants?sort=newest&q=kestrel", true},
		searchCase{"tenants, two letters", "/tenants?q=wo", true},
		searchCase{"tenants, nowhere", "/tenants?q=zzyzx", true},
		searchCase{"tenants, a typing mistake", "/tenants?q=kestrl+robtics", true},
		searchCase{"anything, a typing mistake", "/search?q=kestrl+robtics", true},
	)
}

// loadAverages are those of the machine, where it tells them.
func loadAverages() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
