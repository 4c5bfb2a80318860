package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
)

// route is one line of the table: what is asked, what it needs, who answers.
type route struct {
	method     string
	path       string
	permission access.Permission
	handler    echo.HandlerFunc
	stepUp     bool // only for who proved lately who it is
}

// stepUp on a route's line asks for a fresh proof. Moves, of a deployment and of an account, ask for it in their handler: by
// what the move is, and only those who may make it.
const stepUp = true

// routes is every way into the console.
func (s *Server) routes() []route {
	table := append(s.signInRoutes(), s.recordRoutes()...)
	table = append(table, s.settingsRoutes()...)
	table = append(table, s.integrationRoutes()...)
	table = append(table, s.apiRoutes()...)
	if s.dev {
		table = append(table, route{http.MethodGet, "/gallery", access.Read, s.gallery, false})
	}
	return table
}

func (s *Server) signInRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/healthz", access.Anyone, s.health, false},
		{get, "/readyz", access.Anyone, s.ready, false},
		{get, "/static/*", access.Anyone, s.asset, false},

		{get, "/login", access.Anyone, s.showLogin, false},
		{post, "/login", access.Anyone, s.login, false},
		{get, "/login/second", access.Anyone, s.showSecondFactor, false},
		{post, "/login/second", access.Anyone, s.secondFactor, false},
		{post, "/login/passkey/begin", access.Anyone, s.beginPasskeyLogin, false},
		{post, "/login/passkey/finish", access.Anyone, s.finishPasskeyLogin, false},
		{get, "/login/sso", access.Anyone, s.beginSSO, false},
		{get, "/login/sso/callback", access.Anyone, s.finishSSO, false},
		{post, "/logout", access.Anyone, s.logout, false},
		{get, "/welcome/:token", access.Anyone, s.showWelcome, false},
		{post, "/welcome/:token", access.Anyone, s.welcome, false},

		{get, "/step-up", access.OwnSettings, s.showStepUp, false},
		{post, "/step-up", access.OwnSettings, s.stepUp, false},
		{get, "/step-up/sso", access.OwnSettings, s.beginSSOStepUp, false},
		{get, "/step-up/done", access.OwnSettings, s.showStepUpDone, false},
		{post, "/step-up/passkey/begin", access.OwnSettings, s.beginPasskeyStepUp, false},
		{post, "/step-up/passkey/finish", access.OwnSettings, s.finishPasskeyStepUp, false},
	}
}

func (s *Server) recordRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/", access.Read, s.home, false},
		{get, "/search", access.Read, s.search, false},
		{get, "/activity", access.ReadActivity, s.showActivity, false},
		{get, "/events", access.Read, s.events, false},

		{get, "/tenants", access.Read, s.listTenants, false},
		{get, "/tenants/new", access.EditRecords, s.newTenant, false},
		{post, "/tenants", access.EditRecords, s.createTenant, false},
		{get, "/tenants/:id", access.Read, s.showTenant, false},
		{get, "/tenants/:id/edit", access.EditRecords, s.editTenant, false},
		{post, "/tenants/:id/edit", access.EditRecords, s.updateTenant, false},
		{post, "/tenants/:id/notes", access.WriteNotes, s.addTenantNote, false},
		{post, "/tenants/:id/transitions", access.MoveAccounts, s.moveAccount, false},
		{get, "/tenants/:id/deployments/new", access.EditRecords, s.newDeployment, false},
		{post, "/tenants/:id/deployments", access.EditRecords, s.createDeployment, false},

		{get, "/deployments", access.Read, s.listDeployments, false},
		{get, "/deployments/:id", access.Read, s.showDeployment, false},
		{get, "/deployments/:id/edit", access.EditRecords, s.editDeployment, false},
		{post, "/deployments/:id/edit", access.EditRecords, s.updateDeployment, false},
		{post, "/deployments/:id/notes", access.WriteNotes, s.addDeploymentNote, false},
		{get, "/deployments/:id/transitions/:action", access.MoveDeployments, s.askTransition, false},
		{post, "/deployments/:id/transitions", access.MoveDeployments, s.transition, false},

		{get, "/provisioning", access.Read, s.listRuns, false},
		{get, "/provisioning/:id", access.Read, s.showRun, false},
		{get, "/provisioning/:id/actions/:action", access.OperateRuns, s.askRunAction, false},
		{post, "/provisioning/:id/actions", access.OperateRuns, s.tellRun, false},
		{get, "/provisioning/droplets", access.OperateRuns, s.askFindings, false},
		{post, "/provisioning/droplets", access.OperateRuns, s.decideFindings, false},
		{get, "/provisioning/droplets/:droplet/:decision", access.OperateRuns, s.askFinding, false},
		{post, "/provisioning/droplets/:droplet", access.OperateRuns, s.decideFinding, false},

		{get, "/api", access.Read, s.showAPI, false},
		{get, "/openapi.json", access.Read, s.apiShowDocument, false},

		{get, "/import", access.Import, s.showImport, false},
		{post, "/import", access.Import, s.runImport, false},
	}
}

func (s *Server) settingsRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/settings", access.OwnSettings, s.settings, false},
		{get, "/settings/me", access.OwnSettings, s.showMe, false},
		{post, "/settings/me/preferences", access.OwnSettings, s.setPreferences, false},
		{post, "/settings/me/password", access.OwnSettings, s.setPassword, false}, // asks for the current one itself
		{post, "/settings/me/totp", access.OwnSettings, s.setTOTP, stepUp},
		{post, "/settings/me/totp/remove", access.OwnSettings, s.removeTOTP, stepUp},
		{post, "/settings/me/recovery-codes", access.OwnSettings, s.makeRecoveryCodes, stepUp},
		{post, "/settings/me/passkeys/begin", access.OwnSettings, s.beginNewPasskey, stepUp},
		{post, "/settings/me/passkeys/finish", access.OwnSettings, s.finishNewPasskey, stepUp},
		{post, "/settings/me/passkeys/remove", access.OwnSettings, s.removePasskey, stepUp},
		{post, "/settings/me/sessions/end", access.OwnSettings, s.endOwnSessions, false},
		{get, "/settings/me/sso", access.OwnSettings, s.beginSSOLink, false}, // asks for the proof itself

		{get, "/settings/staff", access.ManageStaff, s.listStaff, false},
		{post, "/settings/staff", access.ManageStaff, s.inviteStaff, stepUp},
		{get, "/settings/staff/:id", access.ManageStaff, s.showStaff, false},
		{post, "/settings/staff/:id", access.ManageStaff, s.changeStaff, stepUp},
		{post, "/settings/staff/:id/link", access.ManageStaff, s.makeStaffLink, stepUp},
		{post, "/settings/staff/:id/sessions/end", access.ManageStaff, s.endStaffSessions, stepUp},
		{post, "/settings/staff/:id/sso/remove", access.ManageStaff, s.unlinkStaff, stepUp},
	}
}

func (s *Server) integrationRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/settings/integrations", access.ManageIntegrations, s.listIntegrations, false},
		{post, "/settings/integrations", access.ManageIntegrations, s.createIntegration, stepUp},
		{get, "/settings/integrations/:id", access.ManageIntegrations, s.showIntegration, false},
		{post, "/settings/integrations/:id", access.ManageIntegrations, s.changeIntegration, stepUp},
		{post, "/settings/integrations/:id/tokens", access.ManageIntegrations, s.makeToken, stepUp},
		{post, "/settings/integrations/:id/tokens/revoke", access.ManageIntegrations, s.revokeToken, stepUp},
	}
}

// apiRoutes are for programs: below apiPath a token lets in, and nothing else does.
func (s *Server) apiRoutes() []route {
	const get, post, patch = http.MethodGet, http.MethodPost, http.MethodPatch
	return []route{
		{get, "/api/v1/me", access.Read, s.apiShowMe, false},
		{get, "/api/v1/openapi.json", access.Read, s.apiShowDocument, false},

		{get, "/api/v1/tenants", access.Read, s.apiListTenants, false},
		{post, "/api/v1/tenants", access.EditRecords, s.apiCreateTenant, false},
		{get, "/api/v1/tenants/:tenant", access.Read, s.apiShowTenant, false},
		{patch, "/api/v1/tenants/:tenant", access.EditRecords, s.apiEditTenant, false},
		{get, "/api/v1/tenants/:tenant/notes", access.Read, s.apiListTenantNotes, false},
		{post, "/api/v1/tenants/:tenant/notes", access.WriteNotes, s.apiAddTenantNote, false},

		{get, "/api/v1/deployments", access.Read, s.apiListDeployments, false},
		{post, "/api/v1/deployments", access.EditRecords, s.apiCreateDeployment, false},
		{get, "/api/v1/deployments/:id", access.Read, s.apiShowDeployment, false},
		{get, "/api/v1/tenants/:tenant/deployments/:slug", access.Read, s.apiFindDeployment, false},
		{patch, "/api/v1/deployments/:id", access.EditRecords, s.apiEditDeployment, false},
		{get, "/api/v1/deployments/:id/events", access.Read, s.apiListEvents, false},
		{get, "/api/v1/deployments/:id/notes", access.Read, s.apiListDeploymentNotes, false},
		{post, "/api/v1/deployments/:id/notes", access.WriteNotes, s.apiAddDeploymentNote, false},
		{post, "/api/v1/deployments/:id/transitions", access.MoveDeployments, s.apiMove, false},
		{get, "/api/v1/runs/:id", access.Read, s.apiShowRun, false},
	}
}

// register adds the routes; one without a permission that exists is refused, and so is one that asks a program for a proof
// which only people can give.
func (s *Server) register(table []route) error {
	for _, r := range table {
		if !r.permission.Known() {
			return fmt.Errorf("handlers: %s %s has no permission", r.method, r.path)
		}
		handler := s.identified(r)
		if isAPI(r.path) {
			if r.stepUp {
				return fmt.Errorf("handlers: %s %s asks a program for a fresh proof", r.method, r.path)
			}
			handler = s.authorized(r)
		}
		s.echo.Add(r.method, r.path, handler)
		if r.method == http.MethodGet {
			s.echo.Add(http.MethodHead, r.path, handler)
		}
	}
	return nil
}
