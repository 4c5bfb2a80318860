package views

import (
	"time"

	"github.com/a-h/templ"
)

// FieldError is what is wrong with one field of a form. It has the shape of catalog.Problem, which converts to it.
type FieldError struct {
	Field string // name of the form field
	Text  string
}

// fieldKind is how a field is drawn.
type fieldKind int

const (
	textField fieldKind = iota
	comboField
	selectField
	radioField
)

// recordField is one field of a form about a tenant or a deployment.
type recordField struct {
	Field
	Kind    fieldKind
	Choices []Choice // to choose from; of a combo field the suggestions
}

// recordForm is what the forms for tenants and deployments have in common.
type recordForm struct {
	Action string // where it is sent
	Cancel string // where to go without saving
	Submit string
	// SubmitBuild is the button's text while building is chosen; empty where that is no choice.
	SubmitBuild string
	TestID      string
	Hidden      []Choice // value and, as Label, name
	Rows        [][]recordField
	Errors      []FieldError
	Error       string // what is wrong with the whole
	// Request is the number under which the provider's support finds the call that it is about.
	Request string
	Stale   *staleEdit
}

// staleEdit says that somebody else saved in the meantime, and where the two versions differ.
type staleEdit struct {
	By          string // empty: not known
	At          time.Time
	Reload      string // address of the form with what is stored
	Differences []difference
}

type difference struct{ Label, Yours, Theirs string }

// differences compares two sets of the same fields.
func differences(yours, theirs [][]recordField) []difference {
	var found []difference
	for i, row := range yours {
		for j, field := range row {
			other := theirs[i][j]
			if field.Value != other.Value {
				found = append(found, difference{field.Label, field.shown(), other.shown()})
			}
		}
	}
	return found
}

// shown is the value as people know it: the label of a choice.
func (f recordField) shown() string {
	if f.Kind == selectField || f.Kind == radioField {
		for _, c := range f.Choices {
			if c.Value == f.Value {
				return c.Label
			}
		}
	}
	return f.Value
}

// anchor is the id that a link to the field leads to.
func (f recordField) anchor() string {
	if f.Kind == radioField {
		return f.Name + "-0"
	}
	return f.Name
}

// comboAttrs let the browser suggest from the list; anything else can be typed too.
func (f recordField) comboAttrs() templ.Attributes {
	a := f.attrs()
	a["list"] = f.Name + "-list"
	return a
}

// mark puts each error beside its field.
func mark(rows [][]recordField, errors []FieldError) [][]recordField {
	for _, row := range rows {
		for i := range row {
			for _, e := range errors {
				if e.Field == row[i].Name {
					row[i].Error = e.Text
				}
			}
		}
	}
	return rows
}

// summaryLine is one line of the summary above the form; without an anchor the field is not on this form.
type summaryLine struct{ Anchor, Label, Text string }

func (r recordForm) summary() []summaryLine {
	var lines []summaryLine
	for _, e := range r.Errors {
		line := summaryLine{Text: e.Text}
		for _, row := range r.Rows {
			for _, f := range row {
				if f.Name == e.Field {
					line.Anchor, line.Label = "#"+f.anchor(), f.Label
				}
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (r recordForm) summaryTitle() string {
	if r.Error != "" {
		return r.Error
	}
	if len(r.Errors) == 1 {
		return "Nothing was saved yet: one field needs another look."
	}
	return "Nothing was saved yet: " + Number(int64(len(r.Errors))) + " fields need another look."
}
