package views

import (
	"strconv"
	"strings"
	"testing"
)

func TestFailuresSayEverything(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503} {
		words, ok := failureTexts[status]
		if !ok || words.Title == "" || words.Happened == "" || words.Not == "" || words.Do == "" {
			t.Errorf("%d: %+v", status, words)
		}
		f := Failure{Status: status, RequestID: "req-7"}
		out := drawRecord(t, FailureView(FailurePage{Page: recordsPage(), Failure: f}))
		if !strings.Contains(out, `data-status="`+strconv.Itoa(status)+`"`) || !strings.Contains(out, words.Title) {
			t.Errorf("%d: the page does not say it", status)
		}
		if toast := drawRecord(t, FailureToast(f)); !strings.Contains(toast, `hx-target="#notices"`) || !strings.Contains(toast, `data-testid="error"`) {
			t.Errorf("%d: no toast", status)
		}
	}
	for _, odd := range []int{418, 502} {
		if (Failure{Status: odd}).Title() == "" {
			t.Errorf("%d: no words", odd)
		}
	}
}

func TestNotFoundIsAlwaysTheSame(t *testing.T) {
	one, two := recordsPage(), recordsPage()
	one.Path, one.Query, one.Title = "/tenants/1?q=x", "x", "One"
	two.Notice = &Notice{Kind: NoticeDone, Text: "Saved."}
	a := drawRecord(t, FailureView(FailurePage{Page: one, Failure: Failure{Status: 404, RequestID: "a"}}))
	b := drawRecord(t, FailureView(FailurePage{Page: two, Failure: Failure{Status: 404, RequestID: "b"}}))
	if a != b {
		t.Error("two addresses that lead nowhere give different bytes")
	}
}
