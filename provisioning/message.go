package provisioning

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	messageRunes = 300     // as much of the provider's words as is kept
	messageRead  = 1 << 16 // bytes of them that are looked at
	removed      = "[removed]"
)

// secrets are what may stand in the words of a provider and is nobody's business, with what takes its place.
var secrets = []struct {
	form    *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|$)`), removed},
	{regexp.MustCompile(`(?i)\bdo[a-z]_v\d+_[A-Za-z0-9_-]+`), removed},
	{regexp.MustCompile(`\barc_[0-9A-Za-z]{8}_[0-9A-Za-z]+`), removed},
	{regexp.MustCompile(`(?i)("?\bauthorization\b"?\s*[:=]\s*)"?(?:(?:bearer|basic|token)\s+)?[^\s",;]+"?`), "${1}" + removed},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=_.~-]{8,}`), "${1} " + removed},
	{regexp.MustCompile(`(?is)("?\buser_?data\b"?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"?|.*)`), "${1}" + removed},
	{regexp.MustCompile(`(?i)("?\b[a-z_-]*(?:token|secret|password|passwd|api_?key|access_?key)"?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s&",;]+)`), "${1}" + removed},
	{regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/@]*@`), "${1}" + removed + "@"},
	{regexp.MustCompile(`\b[0-9A-Fa-f]{40,}\b`), removed},         // tokens of the old form
	{regexp.MustCompile(`\b[A-Za-z0-9+/_-]{60,}={0,2}`), removed}, // no word of any language
}

// plain is a text of the provider for people.
func (c *DigitalOcean) plain(text string) string { return plainMessage(text, c.token) }

// plainMessage makes words from elsewhere fit to be kept and shown: without secrets, control characters and marks that turn the
// direction of text, in one line, at most messageRunes long.
func plainMessage(text, token string) string {
	if len(text) > messageRead {
		text = text[:messageRead]
	}
	// Marks go first: one inside a token would hide it from what follows.
	text = strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(text, ""))), " ")
	if token != "" {
		text = strings.ReplaceAll(text, token, removed)
	}
	for _, s := range secrets {
		text = s.form.ReplaceAllString(text, s.instead)
	}
	if utf8.RuneCountInString(text) > messageRunes {
		text = string([]rune(text)[:messageRunes-1]) + "…"
	}
	return text
}

// withRequest adds to the provider's words the number under which its support finds the call.
func withRequest(text, request string) string {
	if request == "" {
		return text
	}
	return text + " (request " + request + ")"
}

var requestMark = regexp.MustCompile(` ?\(request ([^\s()]+)\)`)

// SplitRequest takes from a message the numbers under which the provider's support finds the call, and returns the words without
// them and the last of the numbers; it is empty where there is none.
func SplitRequest(message string) (words, request string) {
	if found := requestMark.FindAllStringSubmatch(message, -1); found != nil {
		request = found[len(found)-1][1]
	}
	return requestMark.ReplaceAllString(message, ""), request
}

// visible drops what cannot be seen, and makes spaces of what only moves.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs), r == utf8.RuneError:
		return -1
	}
	return r
}
