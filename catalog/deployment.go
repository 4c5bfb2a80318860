package catalog

import "time"

// Deployment is what a person may write about a deployment.
type Deployment struct {
	Name        string
	Slug        string // empty: made from the name
	Hostname    string // empty: none yet
	App         string
	AppVersion  string
	Plan        string
	Region      string
	Size        string
	TrialEndsAt time.Time // zero: not on trial
}

// Normalize trims what was typed and fills in what is left out.
func (d Deployment) Normalize() Deployment {
	d.Name = squeeze(d.Name)
	d.Slug = trimLower(d.Slug)
	if d.Slug == "" {
		d.Slug = Slugify(d.Name)
	}
	d.Hostname = PlainHostname(d.Hostname)
	d.App = squeeze(d.App)
	d.AppVersion = squeeze(d.AppVersion)
	d.Plan, d.Region, d.Size = trimLower(d.Plan), trimLower(d.Region), trimLower(d.Size)
	return d
}

// Check returns what is wrong with a normalized deployment; nil when nothing is.
func (d Deployment) Check() Problems {
	var p Problems
	p.add("name", checkText("The name", d.Name, 1, 200))
	p.add("slug", checkSlug(d.Slug))
	p.add("hostname", checkHostname(d.Hostname))
	p.add("app", checkText("The app", d.App, 0, 100))
	p.add("app_version", checkText("The version", d.AppVersion, 0, 50))
	if _, ok := FindPlan(d.Plan); !ok {
		p.add("plan", "Choose one of the plans.")
	}
	if _, ok := FindRegion(d.Region); !ok {
		p.add("region", "Choose one of the regions.")
	}
	if _, ok := FindSize(d.Size); !ok {
		p.add("size", "Choose one of the sizes.")
	}
	return p
}
