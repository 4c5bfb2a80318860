package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/views"
)

// noticeCookie carries, over the redirect after a plain form, a code of what was done; the words are made here, so
// that nobody can put words into our mouth by a cookie.
const noticeCookie = "arcadia_notice"

// What a notice can say. Some codes take an argument after a colon.
const (
	noticeMoved             = "moved"    // :action
	noticeAlready           = "already"  // :action
	noticeBegun             = "begun"    // :action
	noticeRun               = "run"      // :action on a run
	noticeFinding           = "finding"  // :decision about what the sweeper found
	noticeFindings          = "findings" // :decision:number
	noticeNote              = "note"
	noticeTenantCreated     = "tenant-created"
	noticeDeploymentCreated = "deployment-created"
	noticeBuilding          = "deployment-building"
	noticeSaved             = "saved"
	noticeAccount           = "account" // :action:number
	noticePassword          = "password"
	noticeTOTPOff           = "totp-off"
	noticePasskeyAdded      = "passkey-added"
	noticePasskeyRemoved    = "passkey-removed"
	noticeSessionsEnded     = "sessions-ended"
	noticeIntegration       = "integration-created"
	noticeTokenRevoked      = "token-revoked"
	noticeSSOLinked         = "sso-linked"
	noticeSSOUnlinked       = "sso-unlinked"
)

// plainNotices are the words of the codes that take no argument.
var plainNotices = map[string]string{
	noticeNote:              "Note added.",
	noticeTenantCreated:     "Tenant created.",
	noticeDeploymentCreated: "Deployment created.",
	noticeBuilding:          "Deployment created. Its machine is being built now.",
	noticeSaved:             "Saved.",
	noticePassword:          "Password changed. All your other sessions ended.",
	noticeTOTPOff:           "The authenticator app is switched off, and its recovery codes are worthless.",
	noticePasskeyAdded:      "Passkey added.",
	noticePasskeyRemoved:    "Passkey removed. Remove it from the device too, where it would be offered again.",
	noticeSessionsEnded:     "Sessions ended.",
	noticeIntegration:       "Integration created. Now make its first token.",
	noticeTokenRevoked:      "Token revoked. It does not work any more.",
	noticeSSOLinked:         "Linked. From now on you can sign in with it.",
	noticeSSOUnlinked:       "Single sign-on unlinked, and the sessions that began by it ended.",
}

func (s *Server) leaveNotice(c echo.Context, code string, args ...string) {
	c.SetCookie(s.cookie(noticeCookie, strings.Join(append([]string{code}, args...), ":"), 60))
}

// takeNotice returns what the last form did, once.
func (s *Server) takeNotice(c echo.Context) *views.Notice {
	cookie, err := c.Request().Cookie(noticeCookie)
	if err != nil || unattended(c) { // it is for the page that somebody waits for
		return nil
	}
	c.SetCookie(s.cookie(noticeCookie, "", -1))
	text, ok := noticeText(strings.Split(cookie.Value, ":"))
	if !ok {
		return nil
	}
	return &views.Notice{Kind: views.NoticeDone, Text: text}
}

func noticeText(words []string) (string, bool) {
	args := words[1:]
	if text, ok := plainNotices[words[0]]; ok {
		return text, len(args) == 0
	}
	switch {
	case words[0] == noticeMoved && len(args) == 1 && lifecycle.Action(args[0]).Valid():
		return doneText(lifecycle.Action(args[0])), true
	case words[0] == noticeAlready && len(args) == 1 && lifecycle.Action(args[0]).Valid():
		return "It was " + lifecycle.Action(args[0]).To().Lower() + " already. Nothing was recorded.", true
	case words[0] == noticeBegun && len(args) == 1 && begunText(lifecycle.Action(args[0])) != "":
		return begunText(lifecycle.Action(args[0])), true
	case words[0] == noticeRun && len(args) == 1 && lifecycle.RunAction(args[0]).Valid():
		return upperFirst(runDoneText(lifecycle.RunAction(args[0]))), true
	case words[0] == noticeFinding && len(args) == 1 && lifecycle.SweepDecision(args[0]).Valid():
		return upperFirst(findingDoneText(lifecycle.SweepDecision(args[0]))), true
	case words[0] == noticeFindings && len(args) == 2 && lifecycle.SweepDecision(args[0]).Valid():
		n, err := strconv.Atoi(args[1])
		return findingsText(lifecycle.SweepDecision(args[0]), n), err == nil && n > 0
	case words[0] == noticeAccount && len(args) == 2 && lifecycle.Action(args[0]).Valid():
		n, err := strconv.Atoi(args[1])
		return accountText(lifecycle.Action(args[0]), n), err == nil && n > 0
	}
	return "", false
}

// doneText says what a move did, in the past tense: "Paused.", "Marked suspended."
func doneText(a lifecycle.Action) string {
	done := a.Done()
	if a == lifecycle.Suspend || a == lifecycle.Cancel || a == lifecycle.Pause {
		done = "marked " + done
	}
	return upperFirst(done) + "."
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// begunText says what goes on now, for a move that a run carries out; empty for one that no run ever does.
func begunText(a lifecycle.Action) string {
	switch a {
	case lifecycle.Abort:
		return "Aborting: what was built is being removed. It is cancelled when that is done."
	case lifecycle.Reactivate:
		return "Rebuilding: a new machine is being built. It is active again when that is done."
	}
	return ""
}

func accountText(a lifecycle.Action, n int) string {
	noun := "deployments"
	if n == 1 {
		noun = "deployment"
	}
	return fmt.Sprintf("%d %s %s.", n, noun, a.Done())
}
