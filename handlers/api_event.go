package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// apiEvent is the record of a move, which never changes.
type apiEvent struct {
	DeploymentID   string    `json:"deployment_id" format:"uuid"`
	Version        int       `json:"version" minimum:"1" doc:"The events of a deployment are numbered from 1, without a gap."`
	FromState      *apiState `json:"from_state" nullable:"true" doc:"null for the first event of a deployment."`
	ToState        apiState  `json:"to_state"`
	Reason         *string   `json:"reason" example:"customer_request" doc:"Mostly one of the reasons that can be stated; records from elsewhere may have others."`
	Notes          *string   `json:"notes"`
	RevertsVersion *int      `json:"reverts_version" doc:"The event that this one undid."`
	Actor          apiActor  `json:"actor"`
	OccurredAt     time.Time `json:"occurred_at"`
}

// apiActor is who did something, as it was then.
type apiActor struct {
	Kind  apiActorKind `json:"kind" doc:"“staff” is a person, “api” an integration, “system” the console itself, “policy” an automatic step."`
	ID    string       `json:"id" example:"billing-bridge" doc:"Of a person the e-mail, of an integration the slug."`
	Name  string       `json:"name" example:"Billing bridge"`
	Roles []apiRole    `json:"roles" doc:"The roles that it held."`
}

type eventQuery struct {
	Sort   string `schema:"sort"`
	After  string `schema:"after"`
	Before string `schema:"before"`
	Limit  string `schema:"limit"`
}

// apiListEvents lists the moves of a deployment.
func (s *Server) apiListEvents(c echo.Context) error {
	d, err := s.pathDeployment(c)
	if err != nil {
		return err
	}
	var q eventQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	filter := store.EventFilter{DeploymentID: d.ID, Sort: store.EventSort(q.Sort)}
	if err := oneOf("sort", filter.Sort, store.EventSorts); err != nil {
		return err
	}
	if filter.Page, err = (listQuery{After: q.After, Before: q.Before, Limit: q.Limit}).page(); err != nil {
		return err
	}
	page, err := s.store.ListEvents(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	address := views.ListQuery{Path: deploymentPath(d) + "/events", Sort: q.Sort, Limit: q.Limit}
	return sendList(c, page.Rows, eventJSON, paging(address, page.Previous, page.Next))
}

func eventJSON(e store.Entry) apiEvent {
	event := apiEvent{
		DeploymentID: e.DeploymentID.UUID.String(), Version: e.Version, ToState: apiState(e.To), Reason: textOrNull(string(e.Reason)),
		Notes: textOrNull(e.Notes), Actor: actorJSON(e.ActorKind, e.Actor, e.ActorName, e.ActorRoles), OccurredAt: e.OccurredAt.UTC(),
	}
	if e.From != "" {
		from := apiState(e.From)
		event.FromState = &from
	}
	if e.Reverts > 0 {
		event.RevertsVersion = &e.Reverts
	}
	return event
}

func actorJSON(kind access.Kind, id, name, roles string) apiActor {
	held, _ := access.ParseRoles(roles) // words from elsewhere are no roles
	return apiActor{Kind: apiActorKind(kind), ID: id, Name: name, Roles: rolesJSON(held)}
}

func rolesJSON(held access.Roles) []apiRole {
	roles := []apiRole{}
	for _, role := range held.Names() {
		roles = append(roles, apiRole(role))
	}
	return roles
}
