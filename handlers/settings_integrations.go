package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

const integrationsPath = "/settings/integrations"

// listIntegrations shows every program that may act on the console, or might.
func (s *Server) listIntegrations(c echo.Context) error {
	return s.drawIntegrations(c, http.StatusOK, views.IntegrationForm{})
}

func (s *Server) drawIntegrations(c echo.Context, status int, form views.IntegrationForm) error {
	list, err := s.store.ListIntegrations(c.Request().Context())
	if err != nil {
		return err
	}
	page, _, err := s.page(c, "Integrations", "settings")
	if err != nil {
		return err
	}
	model := views.IntegrationsPage{Page: page, Rows: make([]views.Integration, len(list)), Form: form}
	for i, one := range list {
		model.Rows[i] = integrationView(one)
	}
	return render(c, status, views.Integrations(model))
}

func integrationView(i store.Integration) views.Integration {
	return views.Integration{
		ID: i.ID.String(), Slug: i.Slug, Name: i.Name, Description: i.Description, Roles: i.Roles().Label("and"),
		Disabled: i.Status == store.IntegrationDisabled, Tokens: i.Tokens, Ends: i.EndsSoonest.Time, Used: i.LastUsedAt.Time, Made: i.InsertedAt,
	}
}

type newIntegrationForm struct {
	Name        string   `schema:"name"`
	Description string   `schema:"description"`
	Roles       []string `schema:"roles"`
}

// wanted is the form as the store takes it.
func (f newIntegrationForm) wanted() (store.NewIntegration, error) {
	roles, err := chosenRoles(f.Roles)
	return store.NewIntegration{Name: f.Name, Description: f.Description, Roles: roles}, err
}

// createIntegration stores a new integration and goes on to its page, where it gets its first token; or draws the form again
// with what was typed.
func (s *Server) createIntegration(c echo.Context) error {
	var form newIntegrationForm
	if err := readForm(c, &form, "roles"); err != nil {
		return err
	}
	wanted, err := form.wanted()
	if err != nil {
		return err
	}
	id, err := s.store.CreateIntegration(c.Request().Context(), actorOf(c), wanted, browserOf(c).Address)
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return s.drawIntegrations(c, http.StatusUnprocessableEntity, views.IntegrationForm{
			Values: typedIntegration(wanted, false), Errors: fieldErrors(problems),
		})
	}
	if err != nil {
		return err
	}
	s.leaveNotice(c, noticeIntegration)
	return c.Redirect(http.StatusSeeOther, integrationsPath+"/"+id.String())
}

func typedIntegration(n store.NewIntegration, disabled bool) views.IntegrationValues {
	return views.IntegrationValues{Name: n.Name, Description: n.Description, Roles: n.Roles.String(), Status: mayStatus(disabled)}
}

func storedIntegration(i store.Integration) views.IntegrationValues {
	return views.IntegrationValues{
		Name: i.Name, Description: i.Description, Roles: i.RolesText, Status: mayStatus(i.Status == store.IntegrationDisabled),
	}
}

// showIntegration is the page of one integration.
func (s *Server) showIntegration(c echo.Context) error {
	integration, err := s.pathIntegration(c)
	if err != nil {
		return err
	}
	return s.drawIntegration(c, http.StatusOK, integration, nil)
}

// pathIntegration is the integration that the path names.
func (s *Server) pathIntegration(c echo.Context) (store.Integration, error) {
	id, err := pathID(c)
	if err != nil {
		return store.Integration{}, err
	}
	return s.store.GetIntegration(c.Request().Context(), id)
}

const (
	integrationDeeds = 20 // lines of what was changed about an integration
	integrationMoves = 10 // of what it did
)

// drawIntegration draws the page of an integration; change puts in what a form left.
func (s *Server) drawIntegration(c echo.Context, status int, i store.Integration, change func(*views.IntegrationPage)) error {
	ctx := c.Request().Context()
	page, _, err := s.page(c, i.Name, "settings")
	if err != nil {
		return err
	}
	tokens, err := s.store.ListIntegrationTokens(ctx, i.ID)
	if err != nil {
		return err
	}
	moves, err := s.store.ListIntegrationMoves(ctx, i.Slug, integrationMoves)
	if err != nil {
		return err
	}
	deeds, err := s.store.ListIntegrationActivity(ctx, i.ID, integrationDeeds)
	if err != nil {
		return err
	}
	model := views.IntegrationPage{
		Page: page, Integration: integrationView(i), Tokens: tokenLines(tokens), Moves: moveLines(moves), Deeds: deedLines(deeds),
		Form:      views.IntegrationForm{ID: i.ID.String(), EditVersion: i.EditVersion, Values: storedIntegration(i)},
		TokenForm: views.TokenForm{ID: i.ID.String(), Key: newKey(), Life: "90"},
	}
	for i := range model.Deeds {
		model.Deeds[i].About = "" // all of them are about this one
	}
	if change != nil {
		change(&model)
	}
	return render(c, status, views.IntegrationDetail(model))
}

func tokenLines(tokens []store.IntegrationToken) []views.Token {
	lines := make([]views.Token, len(tokens))
	for i, t := range tokens {
		lines[i] = views.Token{
			ID: t.ID.String(), Code: t.Code, Label: t.Label, MadeBy: t.MadeByName, Made: t.InsertedAt, Ends: t.ExpiresAt, Live: t.Live,
			Revoked: t.RevokedAt.Time, RevokedBy: t.RevokedBy, Used: t.LastUsedAt.Time, UsedFrom: t.LastUsedFrom,
		}
	}
	return lines
}

func moveLines(moves []store.IntegrationMove) []views.IntegrationMove {
	lines := make([]views.IntegrationMove, len(moves))
	for i, m := range moves {
		lines[i] = views.IntegrationMove{
			DeploymentID: m.DeploymentID.String(), Deployment: m.DeploymentName, From: m.From, To: m.To, At: m.OccurredAt,
		}
	}
	return lines
}

type integrationForm struct {
	newIntegrationForm
	Status      string `schema:"status,required"`
	EditVersion int    `schema:"edit_version,required"`
}

// change is the form as the store takes it.
func (f integrationForm) change(id uuid.UUID) (store.IntegrationChange, error) {
	wanted, err := f.wanted()
	if err == nil && f.Status != string(store.IntegrationActive) && f.Status != string(store.IntegrationDisabled) {
		err = badRequest("status", "There is no such choice.")
	}
	return store.IntegrationChange{
		ID: id, EditVersion: f.EditVersion, NewIntegration: wanted, Disabled: f.Status == string(store.IntegrationDisabled),
	}, err
}

// changeIntegration changes name, description, roles or status. If somebody was faster, it shows both and keeps what was typed.
func (s *Server) changeIntegration(c echo.Context) error {
	integration, err := s.pathIntegration(c)
	if err != nil {
		return err
	}
	var form integrationForm
	if err := readForm(c, &form, "roles"); err != nil {
		return err
	}
	wanted, err := form.change(integration.ID)
	if err != nil {
		return err
	}
	if err := s.store.ChangeIntegration(c.Request().Context(), actorOf(c), wanted, browserOf(c).Address); err != nil {
		return s.drawRefusedIntegration(c, wanted, err)
	}
	s.leaveNotice(c, noticeSaved)
	return c.Redirect(http.StatusSeeOther, integrationsPath+"/"+integration.ID.String())
}

// drawRefusedIntegration draws the form again with what was typed and why it was not stored.
func (s *Server) drawRefusedIntegration(c echo.Context, wanted store.IntegrationChange, refused error) error {
	ctx := c.Request().Context()
	integration, err := s.store.GetIntegration(ctx, wanted.ID)
	if err != nil {
		return err
	}
	form := views.IntegrationForm{
		ID: wanted.ID.String(), EditVersion: wanted.EditVersion, Values: typedIntegration(wanted.NewIntegration, wanted.Disabled),
	}
	status := http.StatusUnprocessableEntity
	var problems catalog.Problems
	switch {
	case errors.As(refused, &problems):
		form.Errors = fieldErrors(problems)
	case errors.Is(refused, store.ErrStale):
		status, form.EditVersion = http.StatusConflict, integration.EditVersion
		if form.Stale, err = s.staleIntegration(ctx, integration); err != nil {
			return err
		}
	default:
		return refused
	}
	return s.drawIntegration(c, status, integration, func(p *views.IntegrationPage) { p.Form = form })
}

// staleIntegration is what is stored now, and who stored it.
func (s *Server) staleIntegration(ctx context.Context, i store.Integration) (*views.StaleIntegration, error) {
	stale := &views.StaleIntegration{Theirs: storedIntegration(i)}
	deeds, err := s.store.ListIntegrationActivity(ctx, i.ID, integrationDeeds)
	for _, d := range deeds {
		if d.Deed == store.IntegrationChanged {
			stale.By, stale.At = d.ActorName, d.OccurredAt
			break
		}
	}
	return stale, err
}
