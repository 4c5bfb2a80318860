package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// findingsQuery is what the boxes before the findings send.
type findingsQuery struct {
	Decision string   `schema:"decision,required"`
	Droplets []string `schema:"droplet"`
}

type findingsForm struct {
	Decision string   `schema:"decision,required"`
	Key      string   `schema:"key,required"`
	Notes    string   `schema:"notes"`
	Seen     string   `schema:"seen"`
	Droplets []string `schema:"droplet"`
}

// maxFindings is how many are decided at once: as many as the page lists.
const maxFindings = store.FindingsCap

// chosenFindings are the findings that were ticked.
func (s *Server) chosenFindings(c echo.Context, decision string, droplets []string) ([]store.Finding, error) {
	if err := s.needMachines(c); err != nil {
		return nil, err
	}
	if !lifecycle.SweepDecision(decision).Valid() {
		return nil, badRequest("decision", "There is no such decision.")
	}
	if len(droplets) > maxFindings {
		return nil, badRequest("droplet", "At most "+strconv.Itoa(maxFindings)+" are decided at once.")
	}
	seen, found := map[string]bool{}, make([]store.Finding, 0, len(droplets))
	for _, droplet := range droplets {
		if seen[droplet] {
			continue
		}
		seen[droplet] = true
		f, err := s.finding(c, droplet)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

// askFindings is the dialog before a decision about several findings. Those that cannot be decided so are left out, each with the reason.
func (s *Server) askFindings(c echo.Context) error {
	var q findingsQuery
	if err := readQuery(c, &q, "droplet"); err != nil {
		return err
	}
	found, err := s.chosenFindings(c, q.Decision, q.Droplets)
	if err != nil {
		return err
	}
	form := views.FindingsForm{Decision: lifecycle.SweepDecision(q.Decision), Key: newKey()}
	status := http.StatusOK
	for _, f := range found {
		if refusal := lifecycle.DecideSweep(actorOf(c), f.Subject(), form.Decision, "a note to come"); refusal != nil {
			form.Left, status = append(form.Left, leftOut(f, refusal)), refusalStatus(refusal)
			continue
		}
		form.Findings = append(form.Findings, findingView(actorOf(c), f))
	}
	if len(found) > 0 {
		form.Seen = seenText(found[0]) // the first that was read
	}
	switch {
	case len(found) == 0:
		form.Closed, form.Error, status = true, "No droplet is ticked.", http.StatusUnprocessableEntity
	case len(form.Findings) == 0:
		form.Closed, form.Error = true, "None of those that are ticked can be decided so."
	default:
		status = http.StatusOK
	}
	return s.drawFindingsForm(c, status, form)
}

func leftOut(f store.Finding, refusal *lifecycle.Refusal) string {
	return "Droplet " + strconv.FormatInt(f.DropletID, 10) + ": " + refusal.Text
}

// decideFindings records a decision about each of several findings, with one note for all. Each is an act of its own: what cannot be
// decided any more is said, and the others stand.
func (s *Server) decideFindings(c echo.Context) error {
	var form findingsForm
	if err := readForm(c, &form, "droplet"); err != nil {
		return err
	}
	seen, err := seenTime(form.Seen)
	if err != nil {
		return err
	}
	found, err := s.chosenFindings(c, form.Decision, form.Droplets)
	if err != nil {
		return err
	}
	again := views.FindingsForm{Decision: lifecycle.SweepDecision(form.Decision), Key: newKey(), Notes: form.Notes, Seen: form.Seen}
	done, status := 0, http.StatusUnprocessableEntity
	for _, f := range found {
		acted, err := s.store.DecideFinding(c.Request().Context(), store.FindingAct{
			Command: command(c, form.Key+" "+strconv.FormatInt(f.DropletID, 10)), DropletID: f.DropletID, Decision: again.Decision, Notes: form.Notes,
			Seen: seen,
		})
		var problems catalog.Problems
		switch {
		case errors.As(err, &problems):
			return s.missNote(c, found, again, problems[0].Text)
		case err != nil:
			return err // sent again under its key, it goes on where it stopped
		case acted.Refusal == nil:
			done++
		case acted.Refusal.Code == lifecycle.NoteMissing && done == 0:
			return s.missNote(c, found, again, acted.Refusal.Text)
		default:
			again.Left, status = append(again.Left, leftOut(f, acted.Refusal)), refusalStatus(acted.Refusal)
		}
	}
	return s.tellFindings(c, status, done, again)
}

// missNote draws the form again: the note is wrong, and nothing was done.
func (s *Server) missNote(c echo.Context, found []store.Finding, again views.FindingsForm, text string) error {
	for _, f := range found {
		again.Findings = append(again.Findings, findingView(actorOf(c), f))
	}
	again.Left, again.Error, again.FieldError = nil, "Not recorded yet: something is missing below.", text
	if isPartial(c) {
		return s.answerFindings(c, http.StatusUnprocessableEntity, nil, &again)
	}
	return s.drawFindingsForm(c, http.StatusUnprocessableEntity, again)
}

// tellFindings says how many were decided, and what was not and why.
func (s *Server) tellFindings(c echo.Context, status, done int, again views.FindingsForm) error {
	var notice *views.Notice
	text := findingsText(again.Decision, done)
	if done > 0 {
		again.Notes, status = "", http.StatusOK
		notice = &views.Notice{Kind: views.NoticeDone, Text: text, About: "findings"}
	}
	switch {
	case len(again.Left) == 0 && done == 0:
		again.Closed, again.Error = true, "No droplet is ticked."
	case len(again.Left) == 0:
		if !isPartial(c) {
			s.leaveNotice(c, noticeFindings, string(again.Decision), strconv.Itoa(done))
			return c.Redirect(http.StatusSeeOther, "/provisioning#sweep")
		}
		return s.answerFindings(c, status, notice, nil)
	case done == 0:
		again.Closed, again.Error = true, "Nothing was decided."
	default:
		again.Closed, again.Some, again.Error = true, true, text+" These were not decided:"
	}
	if isPartial(c) {
		return s.answerFindings(c, status, notice, &again)
	}
	return s.drawFindingsForm(c, status, again)
}

// findingsText says what was decided: "5 droplets: each is left as it is."
func findingsText(d lifecycle.SweepDecision, n int) string {
	count := strconv.Itoa(n) + " droplets: each"
	if n == 1 {
		count = "1 droplet: it"
	}
	return count + strings.TrimPrefix(findingDoneText(d), "it")
}

func (s *Server) answerFindings(c echo.Context, status int, notice *views.Notice, many *views.FindingsForm) error {
	result, err := s.findingResult(c)
	if err != nil {
		return err
	}
	result.Notice, result.Many = notice, many
	return render(c, status, views.FindingAnswer(result))
}

func (s *Server) drawFindingsForm(c echo.Context, status int, form views.FindingsForm) error {
	if isPartial(c) {
		return render(c, status, views.FindingsDialog(form))
	}
	page, _, err := s.page(c, "Left-over droplets", "provisioning")
	if err != nil {
		return err
	}
	page.Path = "/provisioning"
	return render(c, status, views.FindingsFormAlone(views.FindingsFormPage{Page: page, Form: form}))
}
