package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
)

// versions are those of a record: of its state and of its other fields. 0 where a record has none.
type versions struct{ state, edit int }

// prefix is how an ETag of the record begins: by this an If-Match is compared. The rest is a digest of the answer, which also
// depends on who asks and when.
func (v versions) prefix() string {
	var text string
	if v.state > 0 {
		text += "v" + strconv.Itoa(v.state) + "."
	}
	if v.edit > 0 {
		text += "e" + strconv.Itoa(v.edit) + "."
	}
	return text
}

// sendJSON answers with a representation. It carries an ETag; who has these very bytes already gets 304.
func sendJSON(c echo.Context, status int, v versions, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("handlers: answer: %w", err)
	}
	sum := sha256.Sum256(text)
	tag := `"` + v.prefix() + hex.EncodeToString(sum[:8]) + `"`
	c.Response().Header().Set("ETag", tag)
	method := c.Request().Method
	if (method == http.MethodGet || method == http.MethodHead) && hasTag(c.Request().Header.Values("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.JSONBlob(status, text)
}

// hasTag reports whether one of the tags in the lines is the wanted one, or "*". A proxy may have marked them as weak.
func hasTag(lines []string, wanted string) bool {
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == wanted || tag == "*" {
				return true
			}
		}
	}
	return false
}

// seen is the version of a record that a program saw before it asks to change it.
type seen struct {
	version  int
	byHeader bool // by If-Match: another version is then 412, not 409
}

// stale is what is said when the record is at another version.
func (s seen) stale(text string) apiFailure {
	status := http.StatusConflict
	if s.byHeader {
		status = http.StatusPreconditionFailed
	}
	return apiFailure{failure: failure{status: status, text: text}, code: codeStale}
}

// seenVersion reads the version from If-Match or from the member of the body, whichever is there; letter says which of the two
// versions of a record counts: "v" of its state, "e" of its fields. An ETag of something else names version 0, which none has.
func seenVersion(c echo.Context, letter, member string, fromBody int) (seen, error) {
	lines := c.Request().Header.Values("If-Match")
	switch {
	case len(lines) == 0 && fromBody == 0:
		return seen{}, apiFailure{
			failure: failure{
				status: http.StatusPreconditionRequired,
				text:   "Say which version you saw: send its ETag as If-Match, or the member “" + member + "”. Nothing was done.",
			},
			code: codeNoVersion,
		}
	case fromBody < 0:
		return seen{}, badMember(member, "Versions begin with 1. Nothing was done.")
	case len(lines) == 0:
		return seen{version: fromBody}, nil
	case fromBody != 0:
		return seen{}, badMember(member, "Give the version once: here or as If-Match. Nothing was done.")
	}
	tag, ok := oneTag(lines)
	if !ok {
		return seen{}, badMember("If-Match", "Send one ETag as it came, with its quotation marks. Nothing was done.")
	}
	return seen{version: versionIn(tag, letter), byHeader: true}, nil
}

// oneTag is what stands between the quotation marks of the only ETag.
func oneTag(lines []string) (string, bool) {
	if len(lines) != 1 {
		return "", false
	}
	tag := strings.TrimPrefix(strings.TrimSpace(lines[0]), "W/")
	if len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' || strings.Contains(tag[1:len(tag)-1], `"`) {
		return "", false
	}
	return tag[1 : len(tag)-1], true
}

// versionIn finds the number after a letter in an ETag; 0 where there is none.
func versionIn(tag, letter string) int {
	for part := range strings.SplitSeq(tag, ".") {
		digits, found := strings.CutPrefix(part, letter)
		if n, err := strconv.ParseInt(digits, 10, 32); found && err == nil && n > 0 && digits == strconv.FormatInt(n, 10) {
			return int(n)
		}
	}
	return 0
}

// idempotencyKey is the key under which a program sends something that happens once, however often it is sent. It may stand in
// quotation marks.
func idempotencyKey(c echo.Context) (string, error) {
	lines := c.Request().Header.Values("Idempotency-Key")
	if len(lines) == 0 {
		return "", apiFailure{
			failure: failure{status: http.StatusBadRequest, text: "Send an Idempotency-Key: a word of your own for this one request. Nothing was done."},
			code:    codeNoKey,
		}
	}
	key := lines[0]
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if len(lines) > 1 || len(key) == 0 || len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", badMember("Idempotency-Key", "Send it once, with 1 to 200 characters of ASCII. Nothing was done.")
	}
	return key, nil
}

// readBack is for what was stored and cannot be shown: that it was done must not be denied.
func readBack(err error) error {
	if err == nil {
		return nil
	}
	// Not wrapped: the cause may say of itself that nothing was done.
	return fmt.Errorf("%w: the outcome could not be read back: %v", store.ErrUnknown, err)
}
