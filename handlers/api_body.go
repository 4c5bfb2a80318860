package handlers

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
)

// mimeMergePatch is what PATCH takes besides plain JSON (RFC 7396): what is left out stays, null takes away.
const mimeMergePatch = "application/merge-patch+json"

// readBody reads the body of a request of a program: one JSON object whose members dst has, each once and letter by letter, with
// texts that can be stored. What dst already holds stays where the body says nothing of it.
func readBody(c echo.Context, dst any) error {
	r := c.Request()
	if r.URL.RawQuery != "" {
		return badMember("address", "This is sent without parameters in the address.")
	}
	kind, parameters, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	kinds := []string{echo.MIMEApplicationJSON}
	if r.Method == http.MethodPatch {
		kinds = append(kinds, mimeMergePatch)
	}
	if charset := parameters["charset"]; err != nil || !slices.Contains(kinds, kind) || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return failure{status: http.StatusUnsupportedMediaType, text: "Send this as JSON, with “Content-Type: application/json”. Nothing was done."}
	}
	body, err := io.ReadAll(r.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return failure{status: http.StatusRequestEntityTooLarge, text: "This is more than 1 MB. Nothing was done."}
	}
	if err != nil {
		return failure{status: http.StatusBadRequest, text: "The body did not come through. Nothing was done.", cause: err}
	}
	return parseBody(body, dst)
}

// parseBody fills dst from a JSON object.
func parseBody(body []byte, dst any) error {
	if err := checkTexts(body); err != nil {
		return err
	}
	if jsontext.Value(body).Kind() != '{' {
		return failure{status: http.StatusBadRequest, text: "The body is no JSON object. Nothing was done."}
	}
	err := json.Unmarshal(body, dst, json.RejectUnknownMembers(true))
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return badMember(semantic.JSONPointer.LastToken(), "There is no such member here. Nothing was done.")
	case errors.As(err, &semantic) && semantic.JSONPointer != "":
		return badMember(pointerName(semantic.JSONPointer), "This is not the kind of value that belongs here. Nothing was done.")
	}
	return failure{http.StatusBadRequest, "The body cannot be read. Nothing was done.", err}
}

// checkTexts reads the whole body once: it is JSON in UTF-8, no member stands twice, and no text has what cannot be stored.
func checkTexts(body []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		token, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return syntaxProblem(err)
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return badMember(pointerName(decoder.StackPointer()), "It has characters that cannot be stored. Nothing was done.")
		}
	}
}

func syntaxProblem(err error) error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName) {
		return badMember(syntax.JSONPointer.LastToken(), "It is given twice. Nothing was done.")
	}
	return failure{http.StatusBadRequest, "The body is no JSON in UTF-8. Nothing was done.", err}
}

// pointerName is a place in a body as people read it: "tenant.slug".
func pointerName(p jsontext.Pointer) string {
	var parts []string
	for part := range p.Tokens() {
		parts = append(parts, part)
	}
	return strings.Join(parts, ".")
}
