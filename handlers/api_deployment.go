package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apiDeploymentRow is a deployment in a list. Every member is always there; what is not known is null.
type apiDeploymentRow struct {
	ID          string             `json:"id" format:"uuid" example:"019b8f2e-5d1c-7c3e-9a55-0f4b5d7f1a2b" doc:"Never changes."`
	Tenant      apiTenantRef       `json:"tenant" doc:"To whom it belongs."`
	Slug        string             `json:"slug" example:"web-shop" doc:"Its short name, which no other deployment of the tenant has. It may change."`
	Name        string             `json:"name" example:"Web shop"`
	Hostname    *string            `json:"hostname" example:"shop.northwind.example" doc:"The host name under which it is reached, as the domain name system has it. No two deployments that are not archived share one."`
	App         *string            `json:"app" example:"storefront" doc:"The program that it runs."`
	AppVersion  *string            `json:"app_version" example:"4.2.1"`
	Plan        string             `json:"plan" example:"standard"`
	PriceCents  int                `json:"price_cents" minimum:"0" example:"4900" doc:"What it costs a month, in hundredths of the currency, as it was agreed: the plan may cost something else by now."`
	Currency    string             `json:"currency" pattern:"^[A-Z]{3}$" example:"EUR" doc:"By its code of ISO 4217."`
	Region      string             `json:"region" example:"fra1" doc:"Where its machine stands."`
	Size        string             `json:"size" example:"s-1vcpu-2gb" doc:"What machine it is."`
	State       apiState           `json:"state" example:"active"`
	StateSince  time.Time          `json:"state_since" doc:"Since when it is in this state. An undo puts it back to what it was."`
	TrialEndsAt *time.Time         `json:"trial_ends_at" doc:"When the trial ends; null unless it is on trial."`
	DropletID   *int64             `json:"droplet_id" doc:"The machine, by the number that the provider gave it."`
	Address     *string            `json:"address" example:"192.0.2.10" doc:"The machine's IP address."`
	Version     int                `json:"version" minimum:"1" doc:"Counts the moves. A move is asked for with the version that you saw."`
	EditVersion int                `json:"edit_version" minimum:"1" doc:"Counts the edits of the other members. An edit is asked for with the one that you saw."`
	InsertedAt  time.Time          `json:"inserted_at" doc:"When it was created."`
	UpdatedAt   time.Time          `json:"updated_at" doc:"When anything of it changed last."`
	Links       apiDeploymentLinks `json:"links"`
}

// apiDeployment is a deployment by itself.
type apiDeployment struct {
	apiDeploymentRow
	Actions []apiAction  `json:"actions" doc:"The moves that would be accepted now from you: these and no others."`
	Blocked []apiBlocked `json:"blocked" doc:"All other moves, each with the reason."`
	Undo    *apiUndo     `json:"undo" doc:"The undo of the newest move, while it is possible and you may."`
	Machine *apiMachine  `json:"machine" doc:"How its machine is; null where the console has no cloud provider."`
	Run     *apiRun      `json:"run" doc:"The run that is on, or else the newest one."`
}

// apiDeploymentLinks are paths below the console's address.
type apiDeploymentLinks struct {
	Self        string `json:"self" format:"uri-reference"`
	Tenant      string `json:"tenant" format:"uri-reference"`
	Events      string `json:"events" format:"uri-reference"`
	Notes       string `json:"notes" format:"uri-reference"`
	Transitions string `json:"transitions" format:"uri-reference" doc:"Moves are posted here."`
	Page        string `json:"page" format:"uri-reference" doc:"The page for people."`
}

// apiAction is a move that would be accepted.
type apiAction struct {
	Action      apiActionName `json:"action"`
	Label       string        `json:"label" example:"Pause" doc:"What the button of the page says."`
	Summary     string        `json:"summary" example:"Marked paused, billing stops. Droplet is kept." doc:"What follows from it, in a line for people."`
	ToState     apiState      `json:"to_state"`
	ByRun       bool          `json:"by_run" doc:"A run carries it out, and the move is made when that ends: the answer is 202."`
	NeedsReason bool          `json:"needs_reason" doc:"Without a reason it is refused."`
	Reasons     []apiReason   `json:"reasons" doc:"The reasons that can be stated."`
}

// apiBlocked is a move that would be refused.
type apiBlocked struct {
	Action apiActionName `json:"action"`
	Why    string        `json:"why" example:"Only an active deployment can be paused" doc:"Why not now: the map's reason before the role's."`
}

// apiUndo is the undo of the newest move.
type apiUndo struct {
	Action apiActionName `json:"action" doc:"To be posted with the reason “undo”."`
	Until  time.Time     `json:"until" doc:"Until when."`
}

func (s *Server) apiShowDeployment(c echo.Context) error {
	d, err := s.pathDeployment(c)
	if err != nil {
		return err
	}
	if err := readQuery(c, &struct{}{}); err != nil {
		return err
	}
	return s.sendDeployment(c, http.StatusOK, d)
}

// apiFindDeployment finds a deployment by the slugs that people know.
func (s *Server) apiFindDeployment(c echo.Context) error {
	tenant, err := s.store.FindTenant(c.Request().Context(), c.Param("tenant"))
	if err != nil {
		return err
	}
	d, err := s.store.FindDeployment(c.Request().Context(), tenant.ID, c.Param("slug"))
	if err != nil {
		return err
	}
	if err := readQuery(c, &struct{}{}); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Location", deploymentPath(d))
	return s.sendDeployment(c, http.StatusOK, d)
}

func (s *Server) sendDeployment(c echo.Context, status int, d store.Deployment) error {
	body, err := s.describe(c, d)
	if err != nil {
		return err
	}
	return sendJSON(c, status, versions{state: d.Version, edit: d.EditVersion}, body)
}

func deploymentPath(d store.Deployment) string { return "/api/v1/deployments/" + d.ID.String() }

func deploymentRowJSON(d store.Deployment) apiDeploymentRow {
	path := deploymentPath(d)
	row := apiDeploymentRow{
		ID: d.ID.String(), Tenant: apiTenantRef{ID: d.TenantID.String(), Slug: d.TenantSlug, Name: d.TenantName}, Slug: d.Slug, Name: d.Name,
		Hostname: textOrNull(d.Hostname.String), App: textOrNull(d.App), AppVersion: textOrNull(d.AppVersion), Plan: d.Plan,
		PriceCents: d.PriceCents, Currency: d.Currency, Region: d.Region, Size: d.Size,
		State: apiState(d.State), StateSince: d.StateSince.UTC(), Address: textOrNull(d.Address.String),
		Version: d.Version, EditVersion: d.EditVersion, InsertedAt: d.InsertedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(),
		Links: apiDeploymentLinks{
			Self: path, Tenant: "/api/v1/tenants/" + d.TenantID.String(), Events: path + "/events", Notes: path + "/notes",
			Transitions: path + "/transitions", Page: "/deployments/" + d.ID.String(),
		},
	}
	if ends := trialEnds(d); !ends.IsZero() {
		ends = ends.UTC()
		row.TrialEndsAt = &ends
	}
	if d.DropletID.Valid {
		row.DropletID = &d.DropletID.Int64
	}
	return row
}

// deploymentJSON is the deployment with what the actor can do with it: by the rules from which the page makes its buttons.
func deploymentJSON(actor access.Actor, d store.Deployment) apiDeployment {
	body := apiDeployment{apiDeploymentRow: deploymentRowJSON(d), Actions: []apiAction{}, Blocked: []apiBlocked{}}
	for _, option := range lifecycle.Options(actor, d.Subject()) {
		if !option.Open {
			body.Blocked = append(body.Blocked, apiBlocked{Action: apiActionName(option.Action), Why: option.Why})
			continue
		}
		a := option.Action
		action := apiAction{
			Action: apiActionName(a), Label: a.Label(), Summary: option.Says, ToState: apiState(a.To()), ByRun: option.ByRun, NeedsReason: a.NeedsReason(),
		}
		for _, reason := range a.Reasons() {
			action.Reasons = append(action.Reasons, apiReason(reason))
		}
		body.Actions = append(body.Actions, action)
	}
	if move, ok := lifecycle.UndoOf(d.Subject(), d.ReadAt); ok && lifecycle.Permit(actor, d.State, move.Action) == nil {
		body.Undo = &apiUndo{Action: apiActionName(move.Action), Until: d.LastAt.Add(lifecycle.UndoWindow).UTC()}
	}
	return body
}

// textOrNull is null for an empty text.
func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
