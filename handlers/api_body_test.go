package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

// A body is one JSON object in UTF-8 with the members that there are, each once; everything else changes nothing, and the member is
// named.
func TestAPIBodiesAreStrict(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Shop", access.Billing)
	path := "/deployments/" + p.deployment.String() + "/transitions"
	const fine = `{"action": "pause", "version": 1`
	p.unchanged("bad bodies", func() {
		for body, words := range map[string]string{
			``:                                     "no JSON object",
			`{`:                                    "no JSON",
			`null`:                                 "no JSON object",
			`[` + fine + `}]`:                      "no JSON object",
			`"pause"`:                              "no JSON object",
			fine + `} {}`:                          "cannot be read",
			fine + `} x`:                           "no JSON",
			fine + `,}`:                            "no JSON",
			fine + `, "role": "admin"}`:            "“role”: There is no such member",
			fine + `, "Reason": "other"}`:          "“Reason”: There is no such member",
			fine + `, "version": 2}`:               "“version”: It is given twice",
			fine + `, "notes": "a\u0000b"}`:        "“notes”: It has characters that cannot be stored",
			fine + `, "notes": "a` + "\xff" + `"}`: "no JSON in UTF-8",
			fine + `, "notes": "\ud800"}`:          "no JSON in UTF-8",
			fine + `, "notes": 7}`:                 "“notes”: This is not the kind of value",
			fine + `, "notes": {"a": 1}}`:          "“notes”: This is not the kind of value",
			`{"action": "pause", "version": "1"}`:  "“version”: This is not the kind of value",
			`{"action": "pause", "version": 1.5}`:  "“version”: This is not the kind of value",
			`{"action": "pause", "version": 1e99}`: "“version”: This is not the kind of value",
			`{"action": "pause", "version": 9223372036854775808}`:             "“version”: This is not the kind of value",
			`{"action": "pause", "version": -1}`:                              "“version”: Versions begin with 1",
			`{"action": "explode", "version": 1}`:                             "“action”: There is no such action",
			`{"version": 1}`:                                                  "“action”: There is no such action",
			strings.Repeat(`{"a":`, 20000) + `1` + strings.Repeat(`}`, 20000): "no JSON",
		} {
			p.refused(p.post(path, "k", body), http.StatusBadRequest, "bad_request", words)
		}
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "application/merge-patch+json", "multipart/form-data"} {
			p.refused(p.post(path, "k", fine+`}`, header("Content-Type", kind)), http.StatusUnsupportedMediaType, "not_json")
		}
		p.refused(p.post(path, "k", fine+`, "notes": "`+strings.Repeat("x", 1<<20)+`"}`), http.StatusRequestEntityTooLarge, "too_large")
		p.refused(p.post(path, "k", fine+`, "notes": "`+strings.Repeat("x", 10001)+`"}`), http.StatusUnprocessableEntity, "invalid_fields", `"field":"notes"`)
		p.refused(p.post(path+"?dry=1", "k", fine+`}`), http.StatusBadRequest, "bad_request", "address")
	})
	p.wants(p.post(path, "k", fine+`, "notes": null}`, header("Content-Type", "application/json; charset=UTF-8")), http.StatusOK)
}
