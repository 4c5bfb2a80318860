package views

import "github.com/a-h/templ"

// Field is one field of a form, with what was typed and what is wrong with it.
type Field struct {
	Name         string // of the form value; also its id
	Label        string
	Value        string
	Hint         string // optional
	Error        string // empty when nothing is wrong
	Type         string // of an input; "text" when empty
	Required     bool
	MaxLength    int // in characters; 0 for none
	Placeholder  string
	Autocomplete string // "off" when empty: nothing here is the viewer's own data
	Rows         int    // of a text area
	RecordOnly   bool   // it is optional for a record alone: what is built needs it
}

// Choice is one option of a select or a group of radio buttons.
type Choice struct{ Value, Label, Hint string }

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) autocomplete() string {
	if f.Autocomplete == "" {
		return "off"
	}
	return f.Autocomplete
}

// describedBy names the elements that explain the field; empty when there is none.
func (f Field) describedBy() string {
	switch {
	case f.Error != "" && f.Hint != "":
		return f.Name + "-error " + f.Name + "-hint"
	case f.Error != "":
		return f.Name + "-error"
	case f.Hint != "":
		return f.Name + "-hint"
	}
	return ""
}

// attrs are the attributes that input, select and text area share.
func (f Field) attrs() templ.Attributes {
	a := templ.Attributes{"id": f.Name, "name": f.Name}
	if f.Required {
		a["required"] = true
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if by := f.describedBy(); by != "" {
		a["aria-describedby"] = by
	}
	return a
}

// withNone adds a way back from what was chosen, where nothing has to be.
func (f Field) withNone(choices []Choice) []Choice {
	if f.Required {
		return choices
	}
	return append([]Choice{{Label: "None given"}}, choices...)
}
