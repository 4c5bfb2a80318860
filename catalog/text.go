package catalog

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// MaxNotes is the longest note, in characters.
const MaxNotes = 10000

var (
	slugForm     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	hostnameForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
)

// CheckNotes returns what is wrong with a note or the notes of a move: at most MaxNotes characters; "" when nothing is.
func CheckNotes(notes string) string {
	if n := utf8.RuneCountInString(notes); n > MaxNotes {
		return fmt.Sprintf("This note has %d characters; at most %d can be kept.", n, MaxNotes)
	}
	return ""
}

// NormalizeNotes trims a note and makes its line ends those of the database.
func NormalizeNotes(notes string) string {
	notes = strings.TrimSpace(strings.ReplaceAll(notes, "\r\n", "\n"))
	if !strings.ContainsFunc(notes, visible) {
		return "" // nothing of it could be read: it would stand in the timeline as an empty box, for good
	}
	return notes
}

// visible reports whether a character can be seen: space of any width and marks that only steer others cannot.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r)
}

// spelled are the small letters that have a spelling of their own without their mark or ligature; accents come off by
// themselves.
var spelled = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// Slugify makes a slug from a name: lower case, digits and hyphens, at most 63 characters. Accents come off; of a name
// that is written without Latin letters and digits nothing is left.
func Slugify(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(spelled.Replace(strings.ToLower(name))) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	slug := b.String()
	if len(slug) > 63 {
		slug = slug[:63]
	}
	return strings.Trim(slug, "-")
}

func checkText(what, s string, least, most int) string {
	n := utf8.RuneCountInString(s)
	switch {
	case n < least:
		return what + " is missing."
	case n > most:
		return fmt.Sprintf("%s has %d characters; at most %d can be kept.", what, n, most)
	case strings.ContainsFunc(s, unicode.IsControl):
		return what + " has characters that cannot be shown."
	case strings.ContainsFunc(s, reverses):
		return what + " has invisible marks that turn the letters after them around. Type it anew instead of pasting it."
	}
	return ""
}

// reverses reports whether a character changes the order in which those after it are shown: the embeddings, overrides and isolates
// of Unicode, by which a name can read as another one. Languages that are written from the right do without them; the marks that
// they use to set a full stop right are no such characters.
func reverses(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

func checkSlug(s string) string {
	switch {
	case s == "":
		return "The slug is missing."
	case !slugForm.MatchString(s):
		return "Use up to 63 small letters, digits and hyphens, with no hyphen at either end."
	}
	return ""
}

// PlainHostname is the one form of a host name under which it is stored and looked up: small letters, international names
// as the domain name system has them (xn--…). What is no host name comes back trimmed, in small letters.
func PlainHostname(s string) string {
	s = trimLower(s)
	if ascii, err := idna.Lookup.ToASCII(s); err == nil {
		return ascii
	}
	return s
}

// HostOfURL returns the host name in a URL that somebody pasted, like https://shop.example.com/cart; "" for what is none.
func HostOfURL(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return PlainHostname(u.Hostname())
}

func checkHostname(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > 253 || !hostnameForm.MatchString(s) {
		return "This is not a full host name, like shop.example.com, without a scheme or a path."
	}
	return ""
}

func checkEmail(s string) string {
	if s == "" {
		return "The e-mail is missing."
	}
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || len(s) > 254 || strings.ContainsFunc(s, reverses) {
		return "This is not an e-mail address."
	}
	return ""
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func trimLower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
