package views

import (
	"strconv"
	"time"
)

// Elapsed is a length of time to the second, as static/js/time.js writes it too: "40 s", "1 min 48 s", "2 h 5 min", "3 days".
func Elapsed(d time.Duration) string {
	seconds := int(max(d, 0) / time.Second)
	minutes, hours := seconds/60, seconds/3600
	switch {
	case seconds < 60:
		return strconv.Itoa(seconds) + " s"
	case minutes < 60:
		return withRest(minutes, "min", seconds%60, "s")
	case hours < 24:
		return withRest(hours, "h", minutes%60, "min")
	}
	return counted(int64(hours/24), "day")
}

func withRest(n int, unit string, rest int, smaller string) string {
	text := strconv.Itoa(n) + " " + unit
	if rest > 0 {
		text += " " + strconv.Itoa(rest) + " " + smaller
	}
	return text
}

// Elapsed is how long ago t was, to the second.
func (c Clock) Elapsed(t time.Time) string { return Elapsed(c.Now.Sub(t)) }

// Due is when something comes that is expected: "in 12 s", "now".
func (c Clock) Due(t time.Time) string {
	if d := t.Sub(c.Now); d >= time.Second {
		return "in " + Elapsed(d)
	}
	return "now"
}

// Second is the time of the day to the second, with its zone: "13:42:10 UTC".
func (c Clock) Second(t time.Time) string { return c.in(t).Format("15:04:05 MST") }
