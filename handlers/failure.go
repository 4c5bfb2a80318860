package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// failure is an error whose text can be shown to people.
type failure struct {
	status int
	text   string
	cause  error // for the log
}

func (f failure) Error() string {
	if f.cause != nil {
		return f.text + ": " + f.cause.Error()
	}
	return f.text
}

func (f failure) Unwrap() error { return f.cause }

// badRequest names what cannot be understood, and why.
func badRequest(what, why string) error {
	return failure{status: http.StatusBadRequest, text: "“" + what + "”: " + why}
}

// failureOf is the one place that turns kinds of errors into statuses and safe words. The log has the cause.
func failureOf(err error) failure {
	var known failure
	var problems catalog.Problems
	var refusal *lifecycle.Refusal
	var fromEcho *echo.HTTPError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, store.ErrNotFound):
		return failure{status: http.StatusNotFound, cause: err}
	case errors.Is(err, store.ErrKeyReused):
		return failure{http.StatusUnprocessableEntity, "This form was sent before with other content. Nothing was changed now; open the page again.", err}
	case errors.Is(err, store.ErrStale):
		return failure{http.StatusConflict, "It changed since you opened it. Nothing was changed now; open the page again.", err}
	case errors.Is(err, store.ErrDisabled):
		return failure{http.StatusUnprocessableEntity, "Somebody who is disabled cannot use a link. Let them sign in first.", err}
	case errors.Is(err, store.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return failure{http.StatusServiceUnavailable, "The database is busy. Nothing was changed; try again in a moment.", err}
	case errors.Is(err, store.ErrUnknown):
		return failure{http.StatusBadGateway, "The connection to the database broke. Whether this was done is not known: look at the timeline, or send it again, it is never done twice.", err}
	case errors.Is(err, store.ErrInput):
		return failure{http.StatusBadRequest, "It has characters that cannot be stored.", err}
	case errors.Is(err, store.ErrCursor):
		return failure{http.StatusBadRequest, "“after” or “before”: There is no such place in this list.", err}
	case errors.Is(err, store.ErrNoProvider):
		return failure{http.StatusUnprocessableEntity, "There is no cloud provider here by which a machine could be built. Nothing was changed.", err}
	case errors.As(err, &refusal):
		return failure{refusalStatus(refusal), "Nothing was changed. " + refusal.Text, err}
	case errors.As(err, &problems):
		return failure{http.StatusUnprocessableEntity, problems[0].Text, err}
	case errors.As(err, &fromEcho):
		return failure{status: fromEcho.Code, cause: err}
	}
	return failure{status: http.StatusInternalServerError, cause: err}
}

// fail draws every error: as a page, or for htmx as a message in the page that stays where it is.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := failureOf(err)
	if errors.Is(c.Request().Context().Err(), context.Canceled) {
		return // nobody listens any more
	}
	if drawErr := s.answerFailure(c, err, f); drawErr != nil {
		s.log.ErrorContext(c.Request().Context(), "error page", "error", drawErr.Error())
		if !c.Response().Committed {
			_ = c.NoContent(http.StatusInternalServerError) // there is nothing left to say it with
		}
	}
}

// identifyForFailure looks up whose page the error is drawn in, where that is not known yet and can be known soon.
func (s *Server) identifyForFailure(c echo.Context) {
	asked := c.Request()
	ctx, cancel := context.WithTimeout(asked.Context(), 2*time.Second)
	defer cancel()
	c.SetRequest(asked.WithContext(ctx))
	defer c.SetRequest(asked)
	if err := s.lookUp(c); err != nil {
		s.log.WarnContext(ctx, "session for an error page", "error", err.Error())
	}
}

func (s *Server) answerFailure(c echo.Context, err error, f failure) error {
	if isAPI(c.Request().URL.Path) {
		return sendProblem(c, err)
	}
	s.identifyForFailure(c)
	switch {
	case errors.As(err, &signInFirst{}):
		return s.askSignIn(c)
	case errors.As(err, &factorFirst{}):
		return s.askFactor(c)
	case errors.As(err, &stepUpFirst{}):
		return s.askStepUp(c)
	}
	return s.drawFailure(c, f)
}

func (s *Server) drawFailure(c echo.Context, f failure) error {
	model := views.Failure{Status: f.status, Text: f.text, RequestID: requestID(c)}
	if isPartial(c) {
		return render(c, f.status, views.FailureToast(model))
	}
	if wantsJSON(c) {
		return c.JSON(f.status, map[string]string{"error": model.Sentence()})
	}
	return render(c, f.status, views.FailureView(views.FailurePage{Page: s.barePage(c, model.Title(), ""), Failure: model}))
}
