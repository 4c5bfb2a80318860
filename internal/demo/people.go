package demo

import "arcadia.example/console/access"

// Person is somebody whom the demo can be used as.
type Person struct {
	ID    string // e-mail address
	Name  string
	Roles access.Roles
}

// Actor is the person as one who does something.
func (p Person) Actor() access.Actor {
	return access.Actor{Kind: access.Staff, ID: p.ID, Name: p.Name, Roles: p.Roles}
}

var (
	viewer   = Person{"viewer@arcadia.example", "Wen Adler", access.Viewer}
	support  = Person{"support@arcadia.example", "Tomás Reyes", access.Support}
	billing  = Person{"billing@arcadia.example", "Ines Okafor", access.Billing}
	operator = Person{"operator@arcadia.example", "Jonas Lindqvist", access.Operator}
	admin    = Person{"admin@arcadia.example", "Mara Whitfield", access.Admin}
)

// People are the staff of the demo, from the least rights to the most.
var People = []Person{viewer, support, billing, operator, admin}

// The programs that act in the demo's histories.
var (
	Stripe        = access.Actor{Kind: access.API, ID: "stripe", Name: "Stripe", Roles: access.Billing}
	Provisioner   = access.Actor{Kind: access.System, ID: "provisioning", Name: "Provisioning"}
	DunningPolicy = access.Actor{Kind: access.Policy, ID: "dunning", Name: "Dunning policy"}
	TrialPolicy   = access.Actor{Kind: access.Policy, ID: "trials", Name: "Trial policy"}
	RetainPolicy  = access.Actor{Kind: access.Policy, ID: "retention", Name: "Retention policy"}
)
