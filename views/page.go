// Package views draws the screen: typed models in, HTML out. It knows the lifecycle and access, never the store and
// never the web framework. Each page has one model that embeds Page; each partial is a component that its page calls too.
package views

import (
	"time"

	"arcadia.example/console/access"
)

// Page is what every page needs besides its own content.
type Page struct {
	Title  string // of the document, without the product's name
	Nav    string // which entry of the navigation is current: "tenants", "deployments", "provisioning", "import" or none
	Path   string // path and query of this page, to come back to
	Viewer Viewer
	Now    time.Time      // the moment for which the page is drawn
	Zone   *time.Location // in which times are shown; UTC when nil
	Counts NavCounts
	Notice *Notice // what just happened, shown above the content
	Dev    bool    // shows the way to the gallery
	Query  string  // what stands in the search field of the top bar

	Machines bool   // there is a cloud provider: machines are built, and the navigation leads to their runs
	DemoMode bool   // the demo's accounts can sign in
	Theme    string // "light" or "dark"; anything else: as the system has it
	Density  string // "compact", otherwise comfortable

	SimulatedCloud bool // no machine is real
}

// theme is the fixed choice of colours; empty where the system decides.
func (p Page) theme() string {
	if p.Theme == "light" || p.Theme == "dark" {
		return p.Theme
	}
	return ""
}

// schemes are the colours for which the page is made, for the browser's own parts of it.
func (p Page) schemes() string {
	if theme := p.theme(); theme != "" {
		return theme
	}
	return "light dark"
}

// Clock is the moment and zone with which the times of the page are shown.
func (p Page) Clock() Clock { return Clock{Now: p.Now, Zone: p.Zone} }

// Viewer is who looks at the page, and what the page may offer besides moves.
type Viewer struct {
	Email     string // empty: nobody is signed in
	Name      string
	Role      string // for the screen: "Billing"
	CanEdit   bool   // create and edit tenants and deployments
	CanNote   bool   // write notes
	CanImport bool

	CanManageStaff        bool // invite people and say what they may do
	CanManageIntegrations bool // let programs in
}

// SignedIn reports whether there is somebody for whom to draw the console around the content.
func (v Viewer) SignedIn() bool { return v.Email != "" }

// NewViewer takes from the actor what pages need.
func NewViewer(actor access.Actor) Viewer {
	return Viewer{
		Email: actor.ID, Name: actor.Name, Role: actor.Label(),
		CanEdit:   actor.Can(access.EditRecords),
		CanNote:   actor.Can(access.WriteNotes),
		CanImport: actor.Can(access.Import),

		CanManageStaff:        actor.Can(access.ManageStaff),
		CanManageIntegrations: actor.Can(access.ManageIntegrations),
	}
}

// operatorText is the mark of the navigation in words.
func (c NavCounts) operatorText() string {
	if c.Operator == 1 {
		return "1 needs an operator"
	}
	return Number(c.Operator) + " need an operator"
}

// NavCounts are the totals beside the entries of the navigation. A negative number is not shown.
type NavCounts struct {
	Tenants, Deployments int64
	Runs                 int64 // that are not over
	Operator             int64 // runs that need an operator; 0 is not shown
}
