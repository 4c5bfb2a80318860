package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/provisioning"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type findingForm struct {
	Decision string `schema:"decision,required"`
	Key      string `schema:"key,required"`
	Notes    string `schema:"notes"`
	Seen     string `schema:"seen"`
}

// seenText is when a finding was read, as a form gives it back: what somebody else decides after that is not overruled unread.
func seenText(f store.Finding) string { return f.ReadAt.UTC().Format(time.RFC3339Nano) }

func seenTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, badRequest("seen", "This is no time.")
	}
	return at, nil
}

// sweep is what the page of all runs says of what the sweeper found.
func (s *Server) sweep(c echo.Context) (views.Sweep, error) {
	found, err := s.store.ListFindings(c.Request().Context())
	if err != nil {
		return views.Sweep{}, err
	}
	view := views.Sweep{
		Total: found.Total, At: found.Newest.FinishedAt.Time, LookedAt: found.Newest.LookedAt, Removed: found.Newest.Removed,
	}
	view.Error, view.Request = provisioning.SplitRequest(found.Newest.Error)
	for _, f := range found.Rows {
		view.Rows = append(view.Rows, findingView(actorOf(c), f))
	}
	return view, nil
}

func findingView(actor access.Actor, f store.Finding) views.Finding {
	view := views.Finding{
		Droplet: strconv.FormatInt(f.DropletID, 10), Name: f.Name, Region: f.Region, Size: f.Size, DeploymentName: f.DeploymentName.String,
		Created: f.CreatedAt.Time, Seen: f.FirstSeenAt, Verdict: f.Verdict, Decision: f.Decision, DecidedBy: f.DecidedName, DecidedAt: f.DecidedAt.Time,
		Note: f.DecidedNote, Removing: f.Status == store.FindingRemoving, Over: f.Subject().Over, Options: f.Subject().Options(actor),
	}
	view.Error, view.Request = provisioning.SplitRequest(f.Error)
	if f.DeploymentName.Valid {
		view.DeploymentID = f.DeploymentID.UUID.String()
	}
	if f.RunKind.Valid {
		view.RunID, view.RunKind = f.RunID.UUID.String(), lifecycle.RunKind(f.RunKind.String)
	}
	return view
}

// pathFinding is the finding of the droplet that the path names.
func (s *Server) pathFinding(c echo.Context) (store.Finding, error) {
	return s.finding(c, c.Param("droplet"))
}

// finding is that of a droplet, by its number as it is written.
func (s *Server) finding(c echo.Context, droplet string) (store.Finding, error) {
	id, err := strconv.ParseInt(droplet, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != droplet {
		return store.Finding{}, store.ErrNotFound
	}
	if err := s.needMachines(c); err != nil {
		return store.Finding{}, err
	}
	return s.store.GetFinding(c.Request().Context(), id)
}

// askFinding is the dialog before a decision. What cannot be decided now is answered with the reason.
func (s *Server) askFinding(c echo.Context) error {
	f, err := s.pathFinding(c)
	if err != nil {
		return err
	}
	decision := lifecycle.SweepDecision(c.Param("decision"))
	if !decision.Valid() {
		return store.ErrNotFound
	}
	form := views.FindingForm{Finding: findingView(actorOf(c), f), Decision: decision, Key: newKey(), Seen: seenText(f)}
	if refusal := lifecycle.DecideSweep(actorOf(c), f.Subject(), decision, "a note to come"); refusal != nil {
		form.Closed, form.Error = true, refusal.Text
		return s.drawFindingForm(c, refusalStatus(refusal), form)
	}
	return s.drawFindingForm(c, http.StatusOK, form)
}

// decideFinding records what somebody decides about a finding, or says why not.
func (s *Server) decideFinding(c echo.Context) error {
	f, err := s.pathFinding(c)
	if err != nil {
		return err
	}
	var form findingForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	decision := lifecycle.SweepDecision(form.Decision)
	if !decision.Valid() {
		return badRequest("decision", "There is no such decision.")
	}
	seen, err := seenTime(form.Seen)
	if err != nil {
		return err
	}
	acted, err := s.store.DecideFinding(c.Request().Context(), store.FindingAct{
		Command: command(c, form.Key), DropletID: f.DropletID, Decision: decision, Notes: form.Notes, Seen: seen,
	})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		acted = store.FindingActed{Finding: f, Refusal: &lifecycle.Refusal{Code: lifecycle.NoteMissing, Text: problems[0].Text}}
	} else if err != nil {
		return err
	}
	if acted.Refusal != nil {
		return s.refuseFinding(c, form, acted)
	}
	if isPartial(c) {
		return s.answerFinding(c, http.StatusOK, &views.Notice{
			Kind: views.NoticeDone, Text: "Droplet " + c.Param("droplet") + ": " + findingDoneText(decision), About: "droplet-" + c.Param("droplet"),
		}, nil)
	}
	s.leaveNotice(c, noticeFinding, form.Decision)
	return c.Redirect(http.StatusSeeOther, "/provisioning#sweep")
}

func findingDoneText(d lifecycle.SweepDecision) string {
	if d == lifecycle.SweepKeep {
		return "it is left as it is."
	}
	return "it is removed within seconds, unless something needs it by then."
}

// refuseFinding is the form again where it is only the note that is wrong, and otherwise says why nothing can be decided.
func (s *Server) refuseFinding(c echo.Context, form findingForm, acted store.FindingActed) error {
	again := views.FindingForm{
		Finding: findingView(actorOf(c), acted.Finding), Decision: lifecycle.SweepDecision(form.Decision), Key: newKey(), Notes: form.Notes, Seen: form.Seen,
		Error: "Not recorded yet: something is missing below.", FieldError: acted.Refusal.Text,
	}
	if acted.Refusal.Code != lifecycle.NoteMissing {
		again.Closed, again.Error, again.FieldError = true, acted.Refusal.Text, ""
	}
	status := refusalStatus(acted.Refusal)
	if isPartial(c) {
		return s.answerFinding(c, status, nil, &again)
	}
	return s.drawFindingForm(c, status, again)
}

func (s *Server) answerFinding(c echo.Context, status int, notice *views.Notice, form *views.FindingForm) error {
	result, err := s.findingResult(c)
	if err != nil {
		return err
	}
	result.Notice, result.Form = notice, form
	return render(c, status, views.FindingAnswer(result))
}

// findingResult is what the sweeper found, as it stands after a decision.
func (s *Server) findingResult(c echo.Context) (views.FindingResult, error) {
	sweep, err := s.sweep(c)
	return views.FindingResult{Clock: clock(c, now()), Sweep: sweep}, err
}

func (s *Server) drawFindingForm(c echo.Context, status int, form views.FindingForm) error {
	if isPartial(c) {
		return render(c, status, views.FindingDialog(form))
	}
	page, _, err := s.page(c, "Droplet "+form.Finding.Droplet, "provisioning")
	if err != nil {
		return err
	}
	page.Path = "/provisioning"
	return render(c, status, views.FindingFormAlone(views.FindingFormPage{Page: page, Form: form}))
}
