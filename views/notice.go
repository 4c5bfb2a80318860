package views

import "arcadia.example/console/lifecycle"

// NoticeKind says how a notice is to be taken.
type NoticeKind string

// The kinds of notice. An error is announced at once and carries the test id "error".
const (
	NoticeDone  NoticeKind = "done"
	NoticeInfo  NoticeKind = "info"
	NoticeError NoticeKind = "error"
)

// Notice says what just happened, or went wrong.
type Notice struct {
	Kind  NoticeKind
	Text  string
	About string     // id of what it is about: a newer notice about the same thing takes its place; may be empty
	Undo  *UndoOffer // nil where there is nothing to undo
}

// UndoOffer is the undo of a deployment's newest move, with everything that its form sends.
type UndoOffer struct {
	DeploymentID string
	Action       lifecycle.Action // the reverse edge
	Version      int
	Key          string // one-time
	Minutes      int    // how long it is still possible, rounded up
}

func (n Notice) icon() string {
	switch n.Kind {
	case NoticeDone:
		return "circle-check"
	case NoticeError:
		return "circle-alert"
	}
	return "info"
}

func (n Notice) role() string {
	if n.Kind == NoticeError {
		return "alert"
	}
	return "status"
}

func (n Notice) testID() string {
	if n.Kind == NoticeError {
		return "error"
	}
	return "notice"
}

// refocus names the places for the focus when the notice goes while it is in use: the row it was about, the panel, the page.
func (n Notice) refocus() string {
	if n.Undo == nil {
		return "panel-title main"
	}
	return "open-" + n.Undo.DeploymentID + " panel-title main"
}
