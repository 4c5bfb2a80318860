package catalog

import "strings"

// Problem is one thing that is wrong with one field, in words for the person who typed it.
type Problem struct {
	Field string // name of the form field or column
	Text  string
}

// Problems is everything that is wrong with an input. It is an error when it is not empty.
type Problems []Problem

func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, problem := range p {
		texts[i] = problem.Field + ": " + problem.Text
	}
	return strings.Join(texts, "; ")
}

// For returns what is wrong with a field, or "".
func (p Problems) For(field string) string {
	for _, problem := range p {
		if problem.Field == field {
			return problem.Text
		}
	}
	return ""
}

func (p *Problems) add(field, text string) {
	if text != "" {
		*p = append(*p, Problem{field, text})
	}
}
