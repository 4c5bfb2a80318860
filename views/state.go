package views

import "arcadia.example/console/lifecycle"

// stateIcons gives each state a shape of its own, so that nobody depends on colour.
var stateIcons = map[lifecycle.State]string{
	lifecycle.Provisioning: "loader-circle",
	lifecycle.Trial:        "hourglass",
	lifecycle.Active:       "check",
	lifecycle.Paused:       "pause",
	lifecycle.PastDue:      "triangle-alert",
	lifecycle.Suspended:    "ban",
	lifecycle.Cancelled:    "x",
	lifecycle.Archived:     "archive",
}

var actionIcons = map[lifecycle.Action]string{
	lifecycle.Activate:    "check",
	lifecycle.Convert:     "check",
	lifecycle.MarkPaid:    "check",
	lifecycle.Resume:      "play",
	lifecycle.Restore:     "rotate-ccw",
	lifecycle.Reactivate:  "rotate-ccw",
	lifecycle.Pause:       "pause",
	lifecycle.MarkPastDue: "triangle-alert",
	lifecycle.Suspend:     "ban",
	lifecycle.Abort:       "x",
	lifecycle.Cancel:      "x",
	lifecycle.Archive:     "archive",
}

// StateIcon is the name of the state's icon.
func StateIcon(s lifecycle.State) string { return stateIcons[s] }

// ActionIcon is the name of the action's icon.
func ActionIcon(a lifecycle.Action) string { return actionIcons[a] }

// actionTone styles a button: what ends something is red, what goes at once is the way forward.
func actionTone(a lifecycle.Action) string {
	switch {
	case a.To() == lifecycle.Cancelled || a.To() == lifecycle.Archived:
		return "button wide danger"
	case !a.Asks():
		return "button wide primary"
	}
	return "button wide"
}

// actionLabel is the word on the button; three dots where a dialog comes first.
func actionLabel(a lifecycle.Action) string {
	if a.Asks() {
		return a.Label() + "…"
	}
	return a.Label()
}
