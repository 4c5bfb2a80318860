package provisioning

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/digitalocean/godo"
)

// What nobody may read is not kept, whatever stands around it.
func TestSecretsAreRemoved(t *testing.T) {
	t.Parallel()
	const own = "an-own.token/of+no.form"
	hex := strings.Repeat("0123456789abcdef", 4)
	for text, secret := range map[string]string{
		"token " + own + " is not valid":                                      own,
		"bad token dop_v1_" + hex + ".":                                       hex,
		"refresh dor_v1_" + hex:                                               hex,
		"sent Authorization: Bearer abc.def-ghi":                              "abc.def",
		`{"Authorization":"Bearer abc.def-ghi"}`:                              "abc.def",
		"Authorization=Basic dXNlcjpwYXNz":                                    "dXNlcjpwYXNz",
		"bearer abcdefgh12345":                                                "abcdefgh",
		`{"user_data":"#cloud-config\npassword: \"hunter2\"","size":"s"}`:     "hunter2",
		"user_data: #cloud-config\nchpasswd: root:hunter2":                    "hunter2",
		"see https://joe:hunter2@example.com/x":                               "hunter2",
		"database_password=hunter2&x=1":                                       "hunter2",
		`"api_key": "hunter2"`:                                                "hunter2",
		"an old token " + hex:                                                 hex,
		"arc_4kTz9QbX_" + strings.Repeat("x", 49):                             strings.Repeat("x", 49),
		"-----BEGIN PRIVATE KEY-----\nMIIEhunter2\n-----END PRIVATE KEY-----": "MIIEhunter2",
		"dop_\u202ev1_" + hex:                                                 hex,
		"an-own.\x00token/of+no.form":                                         "of+no.form",
	} {
		if got := plainMessage(text, own); strings.Contains(got, secret) || !strings.Contains(got, removed) {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Words without a secret stay as they are.
func TestPlainWordsStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"You specified an invalid size for Droplet creation.", "IP address did not match IPv4 format (e.g. 127.0.0.1).",
		"Droplet limit exceeded: 10 of 10 (request 4d9d8375-3c56-4925-a3e7-eb137fed17e9)", "Ungültig – naïve 日本", "see https://example.com/a?b=c",
		"Unable to authenticate you",
	} {
		if got := plainMessage(text, "another"); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestMessagesAreOneShortLine(t *testing.T) {
	t.Parallel()
	if got := plainMessage("a\r\nb\tc\x1b[31m\u202ed\u2066\u200be\xff", ""); got != "a b c[31mde" {
		t.Errorf("%q", got)
	}
	for _, long := range []string{strings.Repeat("wörter ", 100_000), strings.Repeat("dop_v1_secret ", 10_000), strings.Repeat("€", 30_000)} {
		if got := plainMessage(long, ""); utf8.RuneCountInString(got) > messageRunes || !utf8.ValidString(got) || strings.Contains(got, "secret") {
			t.Errorf("%d runes: %q", utf8.RuneCountInString(got), got)
		}
	}
}

// What withRequest puts together, SplitRequest takes apart; other brackets stay.
func TestRequestsAreTakenFromTheWords(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][2]string{
		withRequest("The droplet is locked.", "c547-9a"):                                 {"The droplet is locked.", "c547-9a"},
		withRequest("The droplet is locked.", ""):                                        {"The droplet is locked.", ""},
		"It is not on. The last answer was: " + withRequest("Busy (soon over)", "a1"):    {"It is not on. The last answer was: Busy (soon over)", "a1"},
		withRequest("One.", "a1") + " The last answer was: " + withRequest("Two.", "b2"): {"One. The last answer was: Two.", "b2"},
		"A request (of any kind) failed.":                                                {"A request (of any kind) failed.", ""},
		"":                                                                               {},
	} {
		if words, request := SplitRequest(message); words != want[0] || request != want[1] {
			t.Errorf("%q became %q and %q", message, words, request)
		}
	}
}

func FuzzPlainMessage(f *testing.F) {
	f.Add("token dop_v1_abc", "dop_v1_abc")
	f.Add("a\x00b\u202e", "")
	f.Fuzz(func(t *testing.T, text, token string) {
		if _, err := NewDigitalOcean(DigitalOceanOptions{Token: token}); err != nil && token != "" {
			return
		}
		got := plainMessage(text, token)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > messageRunes || strings.ContainsAny(got, "\r\n\x00\x1b\u202e") {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestHowLongToWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	reset := strconv.FormatInt(now.Add(40*time.Second).Unix(), 10)
	for name, c := range map[string]struct {
		after, reset string
		want         time.Duration
	}{
		"seconds":                 {"7", "", 7 * time.Second},
		"zero seconds":            {"0", "", time.Second},
		"below zero":              {"-5", "", time.Second},
		"too long":                {"86400", "", 10 * time.Minute},
		"more than a number":      {"99999999999999999999", "", 10 * time.Second},
		"a date":                  {now.Add(90 * time.Second).Format(http.TimeFormat), "", 90 * time.Second},
		"a date that is over":     {now.Add(-time.Hour).Format(http.TimeFormat), "", time.Second},
		"nothing said":            {"", "", 10 * time.Second},
		"nonsense":                {"soon", "never", 10 * time.Second},
		"the limit's reset":       {"", reset, 40 * time.Second},
		"both":                    {"3", reset, 3 * time.Second},
		"a reset long ago":        {"", "1", time.Second},
		"a reset at the year 9e9": {"", "9223372036854775807", 10 * time.Minute},
	} {
		h := http.Header{}
		h.Set("Retry-After", c.after)
		h.Set("RateLimit-Reset", c.reset)
		if got := waitOf(h, now); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}

// A fault of an answer that is not there is unknown, and no panic.
func TestFaultOfNothing(t *testing.T) {
	t.Parallel()
	c, err := NewDigitalOcean(DigitalOceanOptions{Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	if c.fault("GetDroplet", nil, nil) != nil {
		t.Error("no error is a fault")
	}
	for _, answer := range []*godo.Response{nil, {}} {
		if err := c.fault("GetDroplet", answer, errNoAnswer); KindOf(err) != Unknown {
			t.Errorf("%v", err)
		}
	}
}
