package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

const staffPath = "/settings/staff"

// listStaff shows everybody who works with the console.
func (s *Server) listStaff(c echo.Context) error {
	return s.drawStaffList(c, http.StatusOK, nil)
}

// drawStaffList draws the list; change puts in what the form left.
func (s *Server) drawStaffList(c echo.Context, status int, change func(*views.StaffListPage)) error {
	list, err := s.store.ListStaff(c.Request().Context())
	if err != nil {
		return err
	}
	page, _, err := s.page(c, "Staff", "settings")
	if err != nil {
		return err
	}
	model := views.StaffListPage{Page: page, Rows: make([]views.StaffPerson, len(list))}
	for i, person := range list {
		model.Rows[i] = staffPerson(person, mine(c).Staff.ID)
	}
	if change != nil {
		change(&model)
	}
	return render(c, status, views.StaffList(model))
}

func staffPerson(p store.Staff, self uuid.UUID) views.StaffPerson {
	return views.StaffPerson{
		ID: p.ID.String(), Name: p.Name, Email: p.Email, Roles: p.Roles().Label("and"), Status: string(p.Status),
		LastSignInAt: p.LastSignInAt.Time, Sessions: p.Sessions, Passkeys: p.Passkeys, TOTP: p.HasTOTP, Self: p.ID == self,
		SSO: p.SSOIssuer, Withdrawn: p.Withdrawn,
	}
}

type inviteForm struct {
	Email string   `schema:"email"`
	Name  string   `schema:"name"`
	Roles []string `schema:"roles"`
}

// inviteStaff stores a new member of staff and shows the one-time link, or draws the form again with what was typed.
func (s *Server) inviteStaff(c echo.Context) error {
	var form inviteForm
	if err := readForm(c, &form, "roles"); err != nil {
		return err
	}
	roles, err := chosenRoles(form.Roles)
	if err != nil {
		return err
	}
	wanted := store.NewStaff{Email: form.Email, Name: form.Name, Roles: roles}
	person, token, err := s.store.InviteStaff(c.Request().Context(), actorOf(c), wanted, browserOf(c).Address)
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return s.drawStaffList(c, http.StatusUnprocessableEntity, func(p *views.StaffListPage) {
			p.Invite = views.InviteForm{Email: form.Email, Name: form.Name, Roles: roles.String(), Errors: fieldErrors(problems)}
		})
	}
	if err != nil {
		return err
	}
	return s.drawStaffList(c, http.StatusOK, func(p *views.StaffListPage) { p.Link = s.oneTimeLink(person, token) })
}

// chosenRoles reads the boxes of a form.
func chosenRoles(names []string) (access.Roles, error) {
	roles, err := access.ParseRoles(strings.Join(names, ","))
	if err != nil {
		return 0, badRequest("roles", "There is no such role.")
	}
	return roles, nil
}

// oneTimeLink is a link for the screen of who made it. The token is in its address and nowhere else.
func (s *Server) oneTimeLink(person store.Staff, token store.Token) *views.OneTimeLink {
	return &views.OneTimeLink{
		URL: s.public.JoinPath("welcome", token.String()).String(), For: person.Name, Ends: now().Add(store.LinkLife),
		Back: person.Status != store.StaffInvited,
	}
}

// showStaff is the page of one member of staff.
func (s *Server) showStaff(c echo.Context) error {
	person, err := s.pathStaff(c)
	if err != nil {
		return err
	}
	return s.drawStaff(c, http.StatusOK, person, nil)
}

// pathStaff is the member of staff that the path names.
func (s *Server) pathStaff(c echo.Context) (store.Staff, error) {
	id, err := pathID(c)
	if err != nil {
		return store.Staff{}, err
	}
	return s.store.GetStaff(c.Request().Context(), id)
}

// staffDeeds is how many lines of activity the page of a person shows.
const staffDeeds = 50

// drawStaff draws the page of a person; change puts in what a form left.
func (s *Server) drawStaff(c echo.Context, status int, person store.Staff, change func(*views.StaffPage)) error {
	ctx, session := c.Request().Context(), mine(c)
	page, _, err := s.page(c, person.Name, "settings")
	if err != nil {
		return err
	}
	sessions, err := s.store.ListSessions(ctx, person.ID)
	if err != nil {
		return err
	}
	passkeys, err := s.store.ListPasskeys(ctx, person.ID)
	if err != nil {
		return err
	}
	deeds, err := s.store.ListStaffActivity(ctx, person.ID, person.Email, staffDeeds)
	if err != nil {
		return err
	}
	model := views.StaffPage{
		Page: page, Person: staffPerson(person, session.Staff.ID), Sessions: sessionLines(sessions, session.ID), Passkeys: passkeyLines(passkeys),
		Deeds: deedLines(deeds),
		Form:  views.StaffForm{ID: person.ID.String(), EditVersion: person.EditVersion, Values: staffValues(person)},
	}
	if change != nil {
		change(&model)
	}
	return render(c, status, views.StaffDetail(model))
}

func staffValues(p store.Staff) views.StaffValues {
	return views.StaffValues{Name: p.Name, Roles: p.RolesText, Status: mayStatus(p.Status == store.StaffDisabled)}
}

// mayStatus is the status as the form knows it.
func mayStatus(disabled bool) string {
	if disabled {
		return string(store.StaffDisabled)
	}
	return string(store.StaffActive)
}

type staffForm struct {
	Name        string   `schema:"name"`
	Roles       []string `schema:"roles"`
	Status      string   `schema:"status,required"`
	EditVersion int      `schema:"edit_version,required"`
}

// change is the form as the store takes it.
func (f staffForm) change(id uuid.UUID) (store.StaffChange, error) {
	roles, err := chosenRoles(f.Roles)
	if err == nil && f.Status != string(store.StaffActive) && f.Status != string(store.StaffDisabled) {
		err = badRequest("status", "There is no such choice.")
	}
	return store.StaffChange{
		ID: id, EditVersion: f.EditVersion, Name: f.Name, Roles: roles, Disabled: f.Status == string(store.StaffDisabled),
	}, err
}

const (
	textLastAdmin = "Somebody has to stay admin, and this is the last one who can sign in. Make somebody else admin first."
	textOneself   = "You cannot take the admin role or the way in from yourself. Another admin can."
)

// changeStaff changes name, roles or status of somebody. If somebody was faster, it shows both and keeps what was typed.
func (s *Server) changeStaff(c echo.Context) error {
	person, err := s.pathStaff(c)
	if err != nil {
		return err
	}
	var form staffForm
	if err := readForm(c, &form, "roles"); err != nil {
		return err
	}
	wanted, err := form.change(person.ID)
	if err != nil {
		return err
	}
	err = errOneself
	if person.ID != mine(c).Staff.ID || wanted.Roles.Has(access.Admin) && !wanted.Disabled {
		err = s.store.ChangeStaff(c.Request().Context(), actorOf(c), wanted, browserOf(c).Address)
	}
	if err != nil {
		return s.drawRefusedChange(c, wanted, err)
	}
	s.leaveNotice(c, noticeSaved)
	return c.Redirect(http.StatusSeeOther, staffPath+"/"+person.ID.String())
}

var errOneself = errors.New("admins leave themselves admin")

// drawRefusedChange draws the form again with what was typed and why it was not stored.
func (s *Server) drawRefusedChange(c echo.Context, wanted store.StaffChange, refused error) error {
	person, err := s.store.GetStaff(c.Request().Context(), wanted.ID)
	if err != nil {
		return err
	}
	form := views.StaffForm{
		ID: person.ID.String(), EditVersion: wanted.EditVersion,
		Values: views.StaffValues{Name: wanted.Name, Roles: wanted.Roles.String(), Status: mayStatus(wanted.Disabled)},
	}
	status := http.StatusUnprocessableEntity
	var problems catalog.Problems
	switch {
	case errors.As(refused, &problems):
		form.Errors = fieldErrors(problems)
	case errors.Is(refused, errOneself):
		form.Error = textOneself
	case errors.Is(refused, store.ErrLastAdmin):
		form.Error = textLastAdmin
	case errors.Is(refused, store.ErrStale):
		status = http.StatusConflict
		form.EditVersion = person.EditVersion
		if form.Stale, err = s.staleStaff(c.Request().Context(), person); err != nil {
			return err
		}
	default:
		return refused
	}
	return s.drawStaff(c, status, person, func(p *views.StaffPage) { p.Form = form })
}

// staleStaff is what is stored now, and who stored it.
func (s *Server) staleStaff(ctx context.Context, person store.Staff) (*views.StaleStaff, error) {
	stale := &views.StaleStaff{Theirs: staffValues(person)}
	deeds, err := s.store.ListStaffActivity(ctx, person.ID, person.Email, staffDeeds)
	for _, d := range deeds {
		if d.ObjectID == person.ID.String() && (d.Deed == store.StaffChanged || d.Deed == store.StaffLinkUsed) {
			stale.By, stale.At = d.ActorName, d.OccurredAt
			break
		}
	}
	return stale, err
}

// makeStaffLink gives somebody a new one-time link and shows it, once.
func (s *Server) makeStaffLink(c echo.Context) error {
	person, err := s.pathStaff(c)
	if err != nil {
		return err
	}
	if err := readForm(c, &struct{}{}); err != nil {
		return err
	}
	if person.Status == store.StaffDisabled {
		return failure{status: http.StatusUnprocessableEntity, text: "Somebody who is disabled cannot use a link. Let them sign in first."}
	}
	token, err := s.store.MakeLink(c.Request().Context(), actorOf(c), person.ID, browserOf(c).Address)
	if err != nil {
		return err
	}
	return s.drawStaff(c, http.StatusOK, person, func(p *views.StaffPage) { p.Link = s.oneTimeLink(person, token) })
}

// endStaffSessions ends one session of somebody, or all. Who asks stays signed in.
func (s *Server) endStaffSessions(c echo.Context) error {
	person, err := s.pathStaff(c)
	if err != nil {
		return err
	}
	var form endSessionForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	id, err := form.id()
	if err != nil {
		return err
	}
	keep := uuid.Nil
	if id == uuid.Nil && person.ID == mine(c).Staff.ID {
		keep = mine(c).ID
	}
	if err := s.store.EndSessions(c.Request().Context(), actorOf(c), person.ID, id, keep, browserOf(c).Address); err != nil {
		return err
	}
	s.leaveNotice(c, noticeSessionsEnded)
	return c.Redirect(http.StatusSeeOther, staffPath+"/"+person.ID.String())
}
