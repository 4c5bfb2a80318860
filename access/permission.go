package access

// Permission is what a route asks for. Moves of a deployment are decided once more, edge by edge, by the lifecycle.
type Permission string

// The permissions. A route names exactly one.
const (
	Anyone          Permission = "anyone"           // no sign-in needed: health, styles
	Read            Permission = "read"             // every page
	WriteNotes      Permission = "write notes"      // on tenants and deployments
	EditRecords     Permission = "edit records"     // create and edit tenants and deployments
	MoveDeployments Permission = "move deployments" // ask for a move; the lifecycle decides which
	MoveAccounts    Permission = "move accounts"    // ask for an account action; the lifecycle decides which
	Import          Permission = "import"           // bring in tenants and deployments from a file
	OwnSettings     Permission = "own settings"     // one's own sessions, passkeys, preferences
	ManageStaff     Permission = "manage staff"     // invite, change roles, disable, end sessions
	ReadActivity    Permission = "read activity"    // what anybody did

	StartRuns   Permission = "start runs"   // have a machine built for a new deployment
	OperateRuns Permission = "operate runs" // tell a run something; the lifecycle decides what

	ManageIntegrations Permission = "manage integrations" // let programs in, say what they may do, make and revoke their tokens
)

// needs is the one table of who holds what. Admin holds everything and is not named.
var needs = map[Permission]Roles{
	Read:            Viewer | Support | Billing | Operator,
	WriteNotes:      Support | Billing | Operator,
	EditRecords:     Support | Billing,
	MoveDeployments: Viewer | Support | Billing | Operator, // refused edge by edge, with the reason on the page
	MoveAccounts:    Viewer | Support | Billing | Operator,
	Import:          Admin,
	OwnSettings:     Viewer | Support | Billing | Operator,
	ManageStaff:     Admin,
	ReadActivity:    Viewer | Support | Billing | Operator,
	StartRuns:       Support,
	OperateRuns:     Support | Operator, // support may abort provisioning and nothing else, as on the map

	ManageIntegrations: Admin,
}

// Known reports whether the table has the permission; a route that asks for another one does not start.
func (p Permission) Known() bool {
	_, ok := needs[p]
	return ok || p == Anyone
}

// Needs returns the roles of which one is enough.
func (p Permission) Needs() Roles { return needs[p] }

// Can reports whether the actor holds the permission. What is not in the table is held by nobody.
func (a Actor) Can(p Permission) bool {
	return p == Anyone || p.Known() && a.Roles.May(p.Needs())
}
