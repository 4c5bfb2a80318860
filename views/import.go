package views

import "strings"

// ImportColumn is one column of the file that can be imported.
type ImportColumn struct {
	Name     string // in the header
	Says     string // what stands in it
	Example  string
	Required bool
}

// ImportRowError is what is wrong with one cell, or with a whole row when Column is empty.
type ImportRowError struct {
	Line   int // of the file, the header being 1
	Column string
	Text   string
}

// ImportResult is what was brought in.
type ImportResult struct {
	Tenants     int64 // created
	Deployments int64 // created
	Before      bool  // the same file was imported before: that is its outcome, and nothing was done again
}

// ImportPage is the page on which a file is imported.
type ImportPage struct {
	Page
	Columns  []ImportColumn
	FileName string           // of the file that was sent; empty: none yet
	Result   *ImportResult    // nil: nothing was imported
	Bad      []ImportRowError // every row or none: with one of these, nothing was imported
	More     int64            // further errors that are not listed
	Error    string           // what is wrong with the file as a whole
}

// sample is a file with the header and one row.
func (p ImportPage) sample() string {
	var header, row []string
	for _, c := range p.Columns {
		header = append(header, c.Name)
		row = append(row, csvCell(c.Example))
	}
	return strings.Join(header, ",") + "\n" + strings.Join(row, ",")
}

func csvCell(s string) string {
	if strings.ContainsAny(s, ",\"\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func (p ImportPage) failed() bool { return p.Error != "" || len(p.Bad) > 0 }

func (p ImportPage) failedText() string {
	switch n := int64(len(p.Bad)) + p.More; {
	case p.Error != "":
		return "Nothing was imported. " + p.Error
	case n == 1:
		return "Nothing was imported: one thing is wrong in the file."
	default:
		return "Nothing was imported: " + Number(n) + " things are wrong in the file."
	}
}
