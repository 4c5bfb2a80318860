package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type runForm struct {
	Action string `schema:"action,required"`
	Key    string `schema:"key,required"`
	Reason string `schema:"reason"`
	Notes  string `schema:"notes"`
}

// pathRun is the run that the path names. Where no machines are built there is none.
func (s *Server) pathRun(c echo.Context) (store.Run, error) {
	id, err := pathID(c)
	if err != nil {
		return store.Run{}, err
	}
	if err := s.needMachines(c); err != nil {
		return store.Run{}, err
	}
	return s.store.GetRun(c.Request().Context(), id)
}

// needMachines is ErrNotFound where no process has a cloud provider: there are no runs then, and nothing that leads to them.
func (s *Server) needMachines(c echo.Context) error {
	has, err := s.store.HasProvider(c.Request().Context())
	if err == nil && !has {
		return store.ErrNotFound
	}
	return err
}

// showRun is the page of one run.
func (s *Server) showRun(c echo.Context) error {
	run, err := s.pathRun(c)
	if err != nil {
		return err
	}
	return s.drawRun(c, http.StatusOK, run, "")
}

func (s *Server) drawRun(c echo.Context, status int, run store.Run, text string) error {
	page, _, err := s.page(c, run.Kind.Label()+" of "+run.DeploymentName, "provisioning")
	if err != nil {
		return err
	}
	page.Path = runPath(run.ID)
	return render(c, status, views.RunDetail(views.RunPage{
		Page: page, Run: runView(actorOf(c), run), Error: text, Token: run.Token, Steps: stepDetails(run),
	}))
}

func runPath(id uuid.UUID) string { return "/provisioning/" + id.String() }

// askRunAction is the dialog before a run is told something that asks. What is not possible now is answered with the reason.
func (s *Server) askRunAction(c echo.Context) error {
	run, err := s.pathRun(c)
	if err != nil {
		return err
	}
	action := lifecycle.RunAction(c.Param("action"))
	if !action.Valid() || !action.Asks() {
		return store.ErrNotFound
	}
	for _, o := range lifecycle.RunOptions(actorOf(c), run.Subject()) {
		if o.Action == action && !o.Open {
			return s.drawRunRefusal(c, http.StatusUnprocessableEntity, refusedRun(c, run, o.Why+".", ""))
		}
	}
	return s.drawRunForm(c, http.StatusOK, views.RunForm{Run: runView(actorOf(c), run), Action: action, Key: newKey()})
}

// tellRun tells a run something, or says why not.
func (s *Server) tellRun(c echo.Context) error {
	run, err := s.pathRun(c)
	if err != nil {
		return err
	}
	var form runForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	if !lifecycle.RunAction(form.Action).Valid() {
		return badRequest("action", "There is no such action.")
	}
	acted, err := s.store.ActOnRun(c.Request().Context(), store.RunAct{
		Command: command(c, form.Key), RunID: run.ID, Action: lifecycle.RunAction(form.Action), Reason: lifecycle.Reason(form.Reason), Notes: form.Notes,
	})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		acted = store.RunActed{Run: run, Refusal: &lifecycle.Refusal{Code: lifecycle.NoteMissing, Text: problems[0].Text}}
	} else if err != nil {
		return err
	}
	if isPartial(c) {
		return s.answerRun(c, form, acted)
	}
	return s.answerRunPlain(c, form, acted)
}

// answerRunPlain goes on to where the person was, and otherwise draws the form again with what was typed.
func (s *Server) answerRunPlain(c echo.Context, form runForm, acted store.RunActed) error {
	action := lifecycle.RunAction(form.Action)
	if acted.Refusal == nil {
		s.leaveNotice(c, noticeRun, form.Action)
		return c.Redirect(http.StatusSeeOther, s.backFromRun(c, acted.Run))
	}
	status, text := refusalStatus(acted.Refusal), "Nothing was done. "+acted.Refusal.Text
	if again, ok := retryRunForm(c, form, acted); ok {
		return s.drawRunForm(c, status, again)
	}
	if action.Asks() {
		return s.drawRunRefusal(c, status, refusedRun(c, acted.Run, text, form.Notes))
	}
	return s.drawRun(c, status, acted.Run, text)
}

// backFromRun is the page of ours from which the form came: the list, the run's own page, or the deployment's.
func (s *Server) backFromRun(c echo.Context, run store.Run) string {
	deployment := "/deployments/" + run.DeploymentID.String()
	from, err := url.Parse(c.Request().Referer())
	if err == nil && (from.Path == "/provisioning" || from.Path == runPath(run.ID)) {
		return localPath(from.RequestURI())
	}
	return deployment + "#run"
}

// retryRunForm is the dialog again where it is only the form that is wrong.
func retryRunForm(c echo.Context, form runForm, acted store.RunActed) (views.RunForm, bool) {
	action := lifecycle.RunAction(form.Action)
	again := views.RunForm{
		Run: runView(actorOf(c), acted.Run), Action: action, Key: newKey(), Reason: lifecycle.Reason(form.Reason), Notes: form.Notes,
		Error: "Not recorded yet: something is missing below.", FieldError: acted.Refusal.Text,
	}
	switch acted.Refusal.Code {
	case lifecycle.ReasonMissing, lifecycle.ReasonUnknown, lifecycle.NoteMissing:
		return again, action.Asks()
	}
	return again, false
}

// answerRun draws every part of a page that may show the run.
func (s *Server) answerRun(c echo.Context, form runForm, acted store.RunActed) error {
	ctx, actor := c.Request().Context(), actorOf(c)
	d, err := s.store.GetDeployment(ctx, acted.Run.DeploymentID)
	if err != nil {
		return err
	}
	card, newest, err := s.machine(ctx, actor, d.ID)
	if err != nil {
		return err
	}
	counts, err := s.store.CountRuns(ctx)
	if err != nil {
		return err
	}
	run := runView(actor, acted.Run)
	answer := views.RunResult{
		Clock: clock(c, d.ReadAt), Card: card, Run: run, Deployment: s.withMachine(deploymentView(d), d, card, newest),
		Panel:  views.NewPanel(d.ID.String(), actor, d.Subject(), d.ReadAt, newKey),
		Filter: currentRuns(c), Counts: runCounts(counts),
	}
	if onPageOf(c, acted.Run) {
		answer.Card = views.RunCard{Run: &run, Whole: true}
	}
	status := http.StatusOK
	about := nameOf(d) + ": "
	if acted.Refusal == nil {
		answer.Notice = &views.Notice{Kind: views.NoticeDone, Text: about + runDoneText(lifecycle.RunAction(form.Action)), About: acted.Run.ID.String()}
		return render(c, status, views.RunAnswer(answer))
	}
	s.addRunRefusal(c, form, acted, &answer)
	return render(c, refusalStatus(acted.Refusal), views.RunAnswer(answer))
}

// addRunRefusal puts the reason where the person looks.
func (s *Server) addRunRefusal(c echo.Context, form runForm, acted store.RunActed, answer *views.RunResult) {
	text := "Nothing was done. " + acted.Refusal.Text
	if again, ok := retryRunForm(c, form, acted); ok {
		answer.Form = &again
		return
	}
	if lifecycle.RunAction(form.Action).Asks() {
		refusal := refusedRun(c, acted.Run, text, form.Notes)
		answer.Refusal = &refusal
		return
	}
	answer.Card.Error = text
	answer.Notice = &views.Notice{Kind: views.NoticeError, Text: acted.Run.DeploymentName + ": " + text, About: acted.Run.ID.String()}
}

func refusedRun(c echo.Context, run store.Run, text, notes string) views.RunRefusal {
	return views.RunRefusal{Run: runView(actorOf(c), run), Text: text, Notes: strings.TrimSpace(notes)}
}

func (s *Server) drawRunForm(c echo.Context, status int, form views.RunForm) error {
	if isPartial(c) {
		return render(c, status, views.RunDialog(form))
	}
	page, _, err := s.page(c, form.Action.Label()+": "+form.Run.DeploymentName, "provisioning")
	if err != nil {
		return err
	}
	page.Path = "/provisioning/" + form.Run.ID
	return render(c, status, views.RunFormAlone(views.RunFormPage{Page: page, Form: form}))
}

func (s *Server) drawRunRefusal(c echo.Context, status int, refusal views.RunRefusal) error {
	if isPartial(c) {
		return render(c, status, views.RunRefusalDialog(refusal))
	}
	page, _, err := s.page(c, refusal.Run.DeploymentName, "provisioning")
	if err != nil {
		return err
	}
	page.Path = "/provisioning/" + refusal.Run.ID
	return render(c, status, views.RunRefusalAlone(views.RunRefusalPage{Page: page, Refusal: refusal}))
}

// onPageOf reports whether htmx says that the person is on the page of the run itself.
func onPageOf(c echo.Context, run store.Run) bool {
	current, err := url.Parse(c.Request().Header.Get("HX-Current-URL"))
	return err == nil && current.Path == runPath(run.ID)
}

// runDoneText says what was told to a run.
func runDoneText(a lifecycle.RunAction) string {
	switch a {
	case lifecycle.RunRetry:
		return "it is tried again now."
	case lifecycle.RunAbort:
		return "it stops; what was built is being removed."
	case lifecycle.RunResume:
		return "the rollback goes on."
	}
	return "marked as cleaned. The run is over."
}
