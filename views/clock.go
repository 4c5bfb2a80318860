package views

import (
	"strconv"
	"time"
)

// Clock is the moment for which something is drawn and the zone in which its times are shown (UTC when nil).
type Clock struct {
	Now  time.Time
	Zone *time.Location
}

func (c Clock) in(t time.Time) time.Time {
	if c.Zone == nil {
		return t.UTC()
	}
	return t.In(c.Zone)
}

// Full is date, time and zone, for the title of every time on the screen: "17 Nov 2026, 09:12 UTC".
func (c Clock) Full(t time.Time) string { return c.in(t).Format("2 Jan 2006, 15:04 MST") }

// Short is the date with the time; the year only where it is another one: "17 Nov, 09:12".
func (c Clock) Short(t time.Time) string {
	local := c.in(t)
	if local.Year() == c.in(c.Now).Year() {
		return local.Format("2 Jan, 15:04")
	}
	return local.Format("2 Jan 2006, 15:04")
}

// Day is the date alone: "31 Mar 2027".
func (c Clock) Day(t time.Time) string { return c.in(t).Format("2 Jan 2006") }

// DayName is the day with its weekday, or today and yesterday by name.
func (c Clock) DayName(t time.Time) string {
	switch text := c.in(t).Format("Monday, 2 January 2006"); {
	case c.Day(t) == c.Day(c.Now):
		return "Today, " + text
	case c.Day(t) == c.Day(c.in(c.Now).AddDate(0, 0, -1)):
		return "Yesterday, " + text
	default:
		return text
	}
}

// Time is the time of the day.
func (c Clock) Time(t time.Time) string { return c.in(t).Format("15:04") }

// Location is the zone in which times are shown.
func (c Clock) Location() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Machine is the time for programs, in UTC: "2026-11-17T09:12:00Z".
func Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Since is how long ago t was: "6 days".
func (c Clock) Since(t time.Time) string { return Span(c.Now.Sub(t)) }

// Ago is Since in a sentence: "6 days ago", "just now".
func (c Clock) Ago(t time.Time) string {
	if c.Now.Sub(t) < time.Minute {
		return "just now"
	}
	return c.Since(t) + " ago"
}

// Until is how far t lies ahead: "in 5 days", "today"; for what has passed "5 days ago".
func (c Clock) Until(t time.Time) string {
	if d := t.Sub(c.Now); d >= 0 {
		return "in " + Span(d)
	}
	return c.Ago(t)
}

// Span is a length of time in its largest fitting unit, as static/js/time.js writes it too: "under a minute", "4 min",
// "3 hours", "6 days".
func Span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "under a minute"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 24*time.Hour:
		return counted(int64(d/time.Hour), "hour")
	}
	return counted(int64(d/(24*time.Hour)), "day")
}

// counted is a number with its noun: "1 day", "6 days".
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}

// Number writes thousands with commas: "3,117".
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(digits) - 3; i > start; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// zoneName is how the zone is called on the screen.
func (c Clock) zoneName() string {
	name, _ := c.in(c.Now).Zone()
	return name
}
