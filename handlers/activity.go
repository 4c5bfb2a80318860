package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// activityQuery is what the address of the page of all activity may say.
type activityQuery struct {
	Person string `schema:"person"` // ID of an actor
	Kind   string `schema:"kind"`
	Object string `schema:"object"` // an ID, or what is exactly a host name, a slug, an e-mail
	From   string `schema:"from"`   // a day, in the viewer's time zone
	To     string `schema:"to"`     // a day, which counts
	After  string `schema:"after"`
	Before string `schema:"before"`
	Limit  string `schema:"limit"`
}

// showActivity is everything that anybody did. Where strangers came from, and what they typed, is for those who keep the
// staff.
func (s *Server) showActivity(c echo.Context) error {
	var q activityQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), actorOf(c)
	filter, err := q.filter(clock(c, now()))
	if err != nil {
		return err
	}
	filter.Known = filter.Person != "" && !actor.Can(access.ManageStaff)
	page, _, err := s.page(c, "Activity", "activity")
	if err != nil {
		return err
	}
	model := views.ActivityPage{Page: page, Filter: q.view()}
	if model.People, err = s.people(ctx); err != nil {
		return err
	}
	filter.Object, model.About, err = s.activityObject(ctx, q.Object)
	if errors.Is(err, store.ErrNotFound) {
		model.Unknown = true
		return render(c, http.StatusOK, views.Activity(model))
	}
	if err != nil {
		return err
	}
	list, err := s.store.ListRecord(ctx, filter)
	if err != nil {
		return err
	}
	for _, row := range list.Rows {
		model.Entries = append(model.Entries, activityEntry(row, actor.Can(access.ManageStaff)))
	}
	model.Paging = model.Filter.Paging(list.Previous, list.Next)
	return render(c, http.StatusOK, views.Activity(model))
}

// filter turns the address into a filter; what is unknown or impossible is an error that names it.
func (q activityQuery) filter(clock views.Clock) (store.RecordFilter, error) {
	f := store.RecordFilter{Person: strings.TrimSpace(q.Person), Kind: store.RecordKind(q.Kind)}
	if q.Kind != "" && !contains(kindNames(), q.Kind) {
		return f, badRequest("kind", "There is no such kind.")
	}
	for _, text := range []struct{ name, value string }{{"person", q.Person}, {"object", q.Object}} {
		if len([]rune(text.value)) > maxSearch {
			return f, badRequest(text.name, "It has at most 200 characters.")
		}
	}
	var err error
	if f.From, err = day("from", q.From, clock.Location()); err != nil {
		return f, err
	}
	if f.To, err = day("to", q.To, clock.Location()); err != nil {
		return f, err
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return f, badRequest("to", "It is before “from”.")
	}
	f.Page, err = listQuery{After: q.After, Before: q.Before, Limit: q.Limit}.page()
	return f, err
}

func kindNames() []string {
	names := make([]string, len(store.RecordKinds))
	for i, kind := range store.RecordKinds {
		names[i] = string(kind)
	}
	return names
}

// day reads the beginning of a day; zero for an empty text.
func day(name, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || t.Year() < 1970 || t.Year() > 9998 {
		return t, badRequest(name, "It is not a day like 2026-03-31.")
	}
	return t, nil
}

func (q activityQuery) view() views.ActivityFilter {
	return views.ActivityFilter{
		Person: strings.TrimSpace(q.Person), Kind: q.Kind, Object: strings.TrimSpace(q.Object), From: q.From, To: q.To, Limit: q.Limit,
	}
}

// people are those by whom the page can be narrowed.
func (s *Server) people(ctx context.Context) ([]views.Choice, error) {
	staff, err := s.store.ListStaff(ctx)
	if err != nil {
		return nil, err
	}
	integrations, err := s.store.ListIntegrations(ctx)
	choices := make([]views.Choice, 0, len(staff)+len(integrations))
	for _, p := range staff {
		choices = append(choices, views.Choice{Value: p.Email, Label: p.Name})
	}
	for _, i := range integrations {
		choices = append(choices, views.Choice{Value: i.Slug, Label: i.Name + " (API)"})
	}
	return choices, err
}

// activityObject finds what is meant, and its name where it still has one.
func (s *Server) activityObject(ctx context.Context, text string) (uuid.NullUUID, string, error) {
	if strings.TrimSpace(text) == "" {
		return uuid.NullUUID{}, "", nil
	}
	id, err := s.store.FindObject(ctx, text)
	if err != nil {
		return uuid.NullUUID{}, "", err
	}
	name, err := s.store.ObjectName(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		name, err = id.String(), nil // it may be gone; what was done to it is not
	}
	return uuid.NullUUID{UUID: id, Valid: true}, name, err
}

// activityEntry is a row for the screen.
func activityEntry(row store.RecordEntry, whole bool) views.ActivityEntry {
	e := views.ActivityEntry{Entry: entryView(row.Entry), TenantName: row.TenantName, Moved: row.Moved, Imported: row.Command == "import"}
	if row.TenantID.Valid {
		e.TenantID = row.TenantID.UUID.String()
	}
	if row.Kind != store.DeedEntry {
		return e
	}
	e.Deed, e.Failed, e.ObjectName = deedText(row.Deed), row.Deed == store.SignInFailed, row.ObjectName
	if row.ObjectKind == "staff" || row.ObjectKind == "integration" {
		e.ObjectID = row.ObjectID
	}
	if row.ObjectKind == "deployment" { // which is there, and linked by what it is called now
		e.ObjectName, e.Run = "", true
	}
	if row.ObjectName == row.ActorName {
		e.ObjectName, e.ObjectID = "", ""
	}
	if row.Stranger() {
		e.ActedAs = ""
	}
	if whole {
		e.Address = row.Address
	} else if row.Stranger() {
		e.Actor, e.ActorID, e.ObjectName = "Somebody who is not known", "", ""
	}
	return e
}
