package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

// changing is what no two answers share.
var changing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+Z|arc_[0-9A-Za-z]{8}`)

// The commands of docs/api.md work as they stand there, one after the other, and answer what it says.
func TestExamplesOfTheAPI(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	p := newConsole(t).program("Billing bridge", access.Billing)
	server := httptest.NewServer(p.Server)
	defer server.Close()
	script, answers := examples(string(text))
	if len(answers) < 10 {
		t.Fatalf("only %d examples", len(answers))
	}
	command := exec.CommandContext(t.Context(), "bash", "-eu", "-c", script)
	command.Env = append(os.Environ(), "CONSOLE="+server.URL, "TOKEN="+p.token.String(), "no_proxy=*")
	var said, trouble bytes.Buffer
	command.Stdout, command.Stderr = &said, &trouble
	if err := command.Run(); err != nil {
		t.Fatalf("%v: %s %s", err, said.String(), trouble.String())
	}
	real := strings.Split(strings.TrimSuffix(said.String(), "\x1e"), "\x1e")
	if len(real) != len(answers) {
		t.Fatalf("%d answers, %d in the document: %s", len(real), len(answers), said.String())
	}
	for i, answer := range answers {
		if why := lacks("", decoded(t, answer), decoded(t, real[i])); why != "" {
			t.Errorf("example %d, %s\n%s\n%s", i+1, why, answer, real[i])
		}
	}
}

// examples are the commands of a document in one script that marks the end of each answer, and the answers that it shows.
func examples(text string) (script string, answers []string) {
	blocks := regexp.MustCompile("(?s)```(sh|json)\n(.*?)```").FindAllStringSubmatch(text, -1)
	for i, block := range blocks {
		if block[1] == "sh" && i+1 < len(blocks) && blocks[i+1][1] == "json" {
			script += block[2] + "printf '\\036'\n"
			answers = append(answers, blocks[i+1][2])
		}
	}
	return script, answers
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(changing.ReplaceAllString(text, "*")), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// lacks says where an answer has something else than the document shows of it, or "".
func lacks(place string, shown, real any) string {
	switch shown := shown.(type) {
	case map[string]any:
		object, _ := real.(map[string]any)
		for name, value := range shown {
			has, ok := object[name]
			if !ok {
				return place + "." + name + " is missing"
			}
			if why := lacks(place+"."+name, value, has); why != "" {
				return why
			}
		}
		return ""
	case []any:
		list, _ := real.([]any)
		if len(list) < len(shown) {
			return fmt.Sprintf("%s has %d elements", place, len(list))
		}
		for i, value := range shown {
			if why := lacks(fmt.Sprintf("%s[%d]", place, i), value, list[i]); why != "" {
				return why
			}
		}
		return ""
	}
	if shown != real {
		return fmt.Sprintf("%s is %v, the document says %v", place, real, shown)
	}
	return ""
}
