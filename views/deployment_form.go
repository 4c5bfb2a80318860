package views

import (
	"strconv"
	"time"

	"arcadia.example/console/lifecycle"
)

// DeploymentValues are the fields of a deployment as they are typed.
type DeploymentValues struct {
	Name, Slug, Hostname, App, AppVersion string
	Plan, Region, Size                    string // codes
	Provision                             string // of a new one: "true" when a run builds its machine, "false" when not; not chosen when empty
	State                                 string // of a new one that no run builds: active when empty
	TrialEnds                             string // of an edit on trial: "2006-01-02"
}

// DeploymentChoices are what a deployment can be sold as; the labels of plans say the price.
type DeploymentChoices struct {
	Plans, Regions, Sizes []Choice
	TrialDays             int // how long a trial lasts
}

// DeploymentForm is the form for a new deployment, or for an edit when there is an ID.
type DeploymentForm struct {
	ID          string // empty: a new one
	TenantID    string
	Key         string // one-time, of a new one
	EditVersion int    // of an edit: the one that the person saw, or the fresh one after Stale
	OnTrial     bool   // of an edit: the end of the trial can be moved
	Provider    string // of a new one: "DigitalOcean", where a run could build its machine
	MayBuild    bool   // of a new one: the viewer may start such a run
	Simulated   bool   // of a new one: that provider is simulated, and no machine is real
	SampleZone  string // of a new one: below which host names can be tried out; empty: none
	Values      DeploymentValues
	Choices     DeploymentChoices
	Errors      []FieldError // in the order of the fields
	Error       string       // what is wrong with the whole
	Request     string       // under which the provider's support finds the call that it is about
	Stale       *StaleDeployment

	DNS FormDNS // of an edit
}

// StaleDeployment is what somebody else saved while the form was open.
type StaleDeployment struct {
	By     string // name; empty when not known
	At     time.Time
	Theirs DeploymentValues
}

// DeploymentFormPage is the page of the form.
type DeploymentFormPage struct {
	Page
	Name       string // of the deployment as stored, for an edit
	TenantName string
	Form       DeploymentForm
}

// frame is the page in which the form stands. The address of a new one that is refused answers to posts only.
func (p DeploymentFormPage) frame() Page {
	page := p.Page
	if p.Form.ID == "" {
		page.Path = tenantPath(p.Form.TenantID) + "/deployments/new"
	}
	return page
}

func (f DeploymentForm) record() recordForm {
	rows := mark(f.rows(f.Values), f.Errors)
	r := recordForm{
		Action: tenantPath(f.TenantID) + "/deployments", Cancel: tenantPath(f.TenantID), Submit: "Create deployment", TestID: "deployment-form",
		Hidden: []Choice{{f.Key, "key", ""}}, Rows: rows, Errors: f.Errors, Error: f.Error, Request: f.Request,
	}
	if f.offersRun() {
		r.SubmitBuild = "Create and build"
	}
	if f.ID != "" {
		r.Action, r.Cancel, r.Submit = deploymentPath(f.ID)+"/edit", deploymentPath(f.ID), "Save"
		r.Hidden = []Choice{{strconv.Itoa(f.EditVersion), "edit_version", ""}}
	}
	if s := f.Stale; s != nil {
		r.Submit = "Save mine"
		r.Stale = &staleEdit{By: s.By, At: s.At, Reload: r.Action, Differences: differences(rows, f.rows(s.Theirs))}
	}
	return r
}

func (f DeploymentForm) rows(v DeploymentValues) [][]recordField {
	var rows [][]recordField
	if f.offersRun() {
		rows = append(rows, []recordField{f.provisionField(v)})
	}
	rows = append(rows, [][]recordField{
		{
			{Field: Field{Name: "name", Label: "Name", Value: v.Name, Required: true, MaxLength: 200}},
			{Field: Field{Name: "slug", Label: "Slug", Value: v.Slug, MaxLength: 63, Hint: "Unique in the tenant. Made from the name when left empty; needed for a name without Latin letters."}},
		},
		{
			f.hostnameField(v),
		},
		{
			{Field: Field{Name: "app", Label: "App", Value: v.App, MaxLength: 100}},
			{Field: Field{Name: "app_version", Label: "Version", Value: v.AppVersion, MaxLength: 50}},
		},
		{
			{Kind: selectField, Choices: f.Choices.Plans, Field: Field{Name: "plan", Label: "Plan", Value: v.Plan, Required: true, Placeholder: f.unchosen("plan")}},
			{Kind: selectField, Choices: f.Choices.Regions, Field: Field{Name: "region", Label: "Region", Value: v.Region, Required: true, Placeholder: f.unchosen("region")}},
			{Kind: selectField, Choices: f.Choices.Sizes, Field: Field{Name: "size", Label: "Size", Value: v.Size, Required: true, Placeholder: f.unchosen("size")}},
		},
	}...)
	switch {
	case f.ID == "":
		rows = append(rows, []recordField{f.stateField(v)})
	case f.OnTrial:
		rows = append(rows, []recordField{
			{Field: Field{Name: "trial_ends", Label: "Trial ends", Value: v.TrialEnds, Type: "date", Hint: "A day in UTC. Empty leaves it as it is."}},
		})
	}
	return rows
}

// offersRun reports whether the form asks how the deployment comes to be.
func (f DeploymentForm) offersRun() bool { return f.ID == "" && f.Provider != "" && f.MayBuild }

// hostnameField is needed for building and optional for a record; where both can be chosen, its label follows the choice.
func (f DeploymentForm) hostnameField(v DeploymentValues) recordField {
	return recordField{Field: Field{
		Name: "hostname", Label: "Hostname", Value: v.Hostname, MaxLength: 253, Placeholder: "shop.example.com", Hint: f.hostnameHint(),
		RecordOnly: f.offersRun(),
	}}
}

func (f DeploymentForm) hostnameHint() string {
	switch {
	case f.DNS.Ours:
		return "Without https://. When it changes, DNS will be pointed at " + f.DNS.Address + " after saving, and the former name taken back."
	case f.DNS.Address != "":
		return "Without https://. Point this name at " + f.DNS.Address + " yourself: its DNS is not managed here."
	case f.offersRun() && f.SampleZone != "":
		return "Without https://. Needed for building, in a zone that " + f.Provider + " manages: here for example shop." + f.SampleZone + "."
	case f.offersRun():
		return "Without https://. Needed for building, in a zone that " + f.Provider + " manages."
	}
	return "Without https://."
}

// provisionField is the first question: whether a machine is to be built. Nobody is led to either answer, as one costs money.
func (f DeploymentForm) provisionField(v DeploymentValues) recordField {
	return recordField{
		Kind: radioField, Field: Field{Name: "provision", Label: "How does it come to be?", Value: v.Provision, Required: true},
		Choices: []Choice{
			{"true", "Build it now", f.buildHint()},
			{"false", "Record only", "No machine is built: it exists already, or is made elsewhere."},
		},
	}
}

func (f DeploymentForm) buildHint() string {
	machine := "Creates a machine at " + f.Provider + ", which costs money from then on"
	if f.Simulated {
		machine = "Creates a simulated machine, which costs nothing"
	}
	return machine + ", points DNS at it and activates the deployment. Billed once active."
}

// unchosen is the first line of a list from which nothing is chosen yet.
func (f DeploymentForm) unchosen(what string) string {
	if f.ID != "" {
		return ""
	}
	return "Choose a " + what
}

// stateField offers the states in which a person may create a deployment; provisioning begins by a run of its own.
func (f DeploymentForm) stateField(v DeploymentValues) recordField {
	value := v.State
	if value == "" {
		value = string(lifecycle.Active)
	}
	trial := lifecycle.Trial.Facts().Meaning
	if f.Choices.TrialDays > 0 {
		trial = "In use and not billed for " + counted(int64(f.Choices.TrialDays), "day") + "."
	}
	hint := ""
	if f.Provider != "" && !f.MayBuild {
		hint = "Having a machine built for it needs Support."
	}
	return recordField{
		Kind: radioField, Field: Field{Name: "state", Label: "Starts as", Value: value, Required: true, Hint: hint},
		Choices: []Choice{
			{string(lifecycle.Active), lifecycle.Active.Label(), "In use and billed from now on."},
			{string(lifecycle.Trial), lifecycle.Trial.Label(), trial},
		},
	}
}

// FormDNS is what becomes of DNS when the host name is edited.
type FormDNS struct {
	Ours    bool   // it follows by itself
	Address string // of the machine; empty: none is known
}
