// Package csvimport reads a CSV file of tenants and deployments into the rows of an import: comma-separated, UTF-8 with or
// without a byte order mark, quoted as in RFC 4180, the first line a header of store.ImportColumns in any order.
package csvimport

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// MaxBytes is the largest file that is read.
const MaxBytes = 64 << 20

// Parse returns the normalized rows of a file, or everything that is wrong with it by itself, by line, up to
// store.MaxLineErrors. What clashes with the database only store.Import can tell.
func Parse(r io.Reader) ([]store.ImportRow, store.LineErrors) {
	p := parser{limited: &io.LimitedReader{R: r, N: MaxBytes + 1}}
	p.csv = csv.NewReader(skipMark(p.limited))
	p.csv.FieldsPerRecord = -1 // counted here, so that reading goes on
	p.csv.ReuseRecord = true
	if p.header() {
		p.rows()
	}
	p.limits()
	if len(p.errors) < store.MaxLineErrors && !p.broken {
		p.errors = append(p.errors, store.CheckImport(p.read)...)
	}
	if len(p.errors) > 0 {
		return nil, p.errors.Sorted()
	}
	return p.read, nil
}

// parser reads one file.
type parser struct {
	limited *io.LimitedReader
	csv     *csv.Reader
	columns []string // of the header, by position
	read    []store.ImportRow
	errors  store.LineErrors
	broken  bool // the header or the file as such could not be read
}

func (p *parser) add(line int, column, format string, args ...any) {
	p.errors = append(p.errors, store.LineError{Line: line, Column: column, Text: fmt.Sprintf(format, args...)})
}

// refuse reports what makes all further reading useless.
func (p *parser) refuse(line int, format string, args ...any) bool {
	p.broken = true
	p.add(line, "", format, args...)
	return false
}

// limits makes one plain error of a file that was cut off.
func (p *parser) limits() {
	if p.limited.N <= 0 {
		p.broken, p.errors = true, store.LineErrors{{Text: fmt.Sprintf("The file is larger than %d MiB.", MaxBytes>>20)}}
	}
}

// header reads the first line; false when there is none that can be used.
func (p *parser) header() bool {
	record, err := p.csv.Read()
	if errors.Is(err, io.EOF) {
		return p.refuse(0, "The file is empty.")
	}
	var parseErr *csv.ParseError
	if errors.As(err, &parseErr) {
		return p.refuse(parseErr.StartLine, "The header cannot be read: %v.", parseErr.Err)
	}
	if err != nil {
		return p.refuse(0, "The file cannot be read: %v.", err)
	}
	line, _ := p.csv.FieldPos(0)
	if len(record) == 1 && strings.ContainsAny(record[0], ";\t") {
		return p.refuse(line, "The columns are not separated by commas.")
	}
	if i := slices.IndexFunc(record, func(field string) bool { return unreadable(field) != "" }); i >= 0 {
		return p.refuse(line, "The header %s", unreadable(record[i]))
	}
	for _, field := range record {
		p.columns = append(p.columns, p.column(line, field))
	}
	for _, c := range store.ImportColumns {
		if c.Needed && !slices.Contains(p.columns, c.Name) {
			p.refuse(line, "The column %s is missing.", c.Name)
		}
	}
	return !p.broken
}

// column checks one word of the header.
func (p *parser) column(line int, field string) string {
	name := strings.ToLower(strings.TrimSpace(field))
	known := slices.ContainsFunc(store.ImportColumns, func(c store.ImportColumn) bool { return c.Name == name })
	switch {
	case !known:
		p.refuse(line, "There is no column %q.", name)
	case slices.Contains(p.columns, name):
		p.refuse(line, "The column %s stands here twice.", name)
	}
	return name
}

// rows reads the rest of the file, past every line that cannot be read.
func (p *parser) rows() {
	for len(p.errors) < store.MaxLineErrors && len(p.read) <= store.MaxImportRows {
		record, err := p.csv.Read()
		var parseErr *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if len(p.read) == 0 && len(p.errors) == 0 {
				p.refuse(0, "There are no rows below the header.")
			}
			return
		case errors.As(err, &parseErr):
			p.add(parseErr.StartLine, "", "This line cannot be read: %s.", quoting(parseErr))
		case err != nil:
			p.refuse(0, "The file cannot be read: %v.", err)
			return
		default:
			p.row(record)
		}
	}
}

// quoting is what is wrong with the quotes of a line, and where.
func quoting(err *csv.ParseError) string {
	switch {
	case errors.Is(err.Err, csv.ErrBareQuote):
		return fmt.Sprintf(`a quotation mark stands inside an unquoted field, at byte %d of line %d`, err.Column, err.Line)
	case errors.Is(err.Err, csv.ErrQuote):
		return fmt.Sprintf(`a quoted field does not end as it should, near line %d; a quotation mark inside is written twice`, err.Line)
	}
	return err.Err.Error()
}

func (p *parser) row(record []string) {
	line, _ := p.csv.FieldPos(0)
	if !slices.ContainsFunc(record, func(field string) bool { return strings.TrimSpace(field) != "" }) {
		return // a spreadsheet's empty rows
	}
	if len(record) != len(p.columns) {
		p.add(line, "", "There are %d fields, but the header has %d columns.", len(record), len(p.columns))
		return
	}
	fields, good := make(map[string]string, len(record)), true
	for i, field := range record {
		if text := unreadable(field); text != "" {
			p.add(line, p.columns[i], "This field %s", text)
			good = false
		}
		fields[p.columns[i]] = strings.TrimSpace(field)
	}
	if good {
		p.fill(line, fields)
	}
}

// unreadable says why a field cannot be stored as text.
func unreadable(field string) string {
	switch {
	case !utf8.ValidString(field):
		return "is not UTF-8: save the file as UTF-8."
	case strings.ContainsRune(field, 0):
		return "has a NUL character."
	}
	return ""
}

// aloneFields are what a row without a deployment may have; all others say something about one.
var aloneFields = []string{"tenant_slug", "tenant_name", "tenant_email", "billing_email", "external_customer_id", "time_zone"}

func (p *parser) fill(line int, f map[string]string) {
	row := store.ImportRow{Line: line, Alone: f["deployment_name"] == ""}
	row.Tenant.Slug, row.Tenant.Name, row.Tenant.Email = f["tenant_slug"], f["tenant_name"], f["tenant_email"]
	row.Tenant.BillingEmail, row.Tenant.ExternalCustomerID = f["billing_email"], f["external_customer_id"]
	row.Tenant.TimeZone = f["time_zone"]
	good := true
	if row.Alone {
		for _, column := range p.columns {
			if f[column] != "" && !slices.Contains(aloneFields, column) {
				p.add(line, column, "This belongs to a deployment, and this row has none: deployment_name is empty.")
				good = false
			}
		}
	} else {
		good = p.fillDeployment(line, f, &row)
	}
	if good {
		p.read = append(p.read, row.Normalize())
	}
}

func (p *parser) fillDeployment(line int, f map[string]string, row *store.ImportRow) bool {
	d := &row.Deployment
	d.Name, d.Slug, d.Hostname, d.App, d.AppVersion = f["deployment_name"], f["deployment_slug"], f["hostname"], f["app"], f["app_version"]
	d.Plan, d.Region, d.Size = f["plan"], f["region"], f["size"]
	row.State, row.Notes = lifecycle.State(strings.ToLower(f["state"])), f["notes"]
	if f["trial_ends"] == "" {
		return true
	}
	day, err := time.Parse(time.DateOnly, f["trial_ends"])
	if err != nil || day.Year() < 1970 {
		p.add(line, "trial_ends", "%q is not a day like 2026-12-24.", f["trial_ends"])
		return false
	}
	d.TrialEndsAt = day
	return true
}
