package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/store"
)

func TestArguments(t *testing.T) {
	t.Parallel()
	b := bench{out: io.Discard, progress: io.Discard}
	if err := b.parse([]string{"-sizes", "1000, 5000", "-deployments", "7000", "-tenants", "90"}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(b.sizes, []int{1000, 7000}) || b.tenantsFor(7000) != 90 || b.tenantsFor(1000) != 100 {
		t.Errorf("sizes %v, tenants %d and %d", b.sizes, b.tenantsFor(1000), b.tenantsFor(7000))
	}
	for _, wrong := range [][]string{
		{"-sizes", "5000,1000"},
		{"-sizes", "1"},
		{"-sizes", "many"},
		{"-clients", "0"},
		{"-rounds", "0"},
		{"word"},
		{"-deployments", "5"},
	} {
		if err := (&bench{progress: io.Discard}).parse(wrong); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
}

func TestOnlyItsOwnFolderIsRemoved(t *testing.T) {
	t.Parallel()
	b := bench{dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(b.dir, "letter.txt"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.remove(); err == nil {
		t.Error("a folder without a PostgreSQL was removed")
	}
	if _, err := os.Stat(filepath.Join(b.dir, "letter.txt")); err != nil {
		t.Error(err)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	var took []time.Duration
	for i := 100; i > 0; i-- {
		took = append(took, time.Duration(i)*time.Millisecond)
	}
	f := figuresOf(took, 2*time.Second)
	if f.perSecond != 50 || f.p50 != 51*time.Millisecond || f.p99 != 100*time.Millisecond || f.slowest != 100*time.Millisecond {
		t.Errorf("%+v", f)
	}
	m := medianOf([]figures{{perSecond: 3, bytes: 1}, {perSecond: 1, bytes: 2}, {perSecond: 2, bytes: 3}})
	if m.perSecond != 2 || m.bytes != 2 {
		t.Errorf("median of rounds %+v", m)
	}
}

// A script asks exactly what the console asks: each argument is a variable of its own, NULL and the empty text are written.
func TestScript(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("018c1d83-943e-7fc2-89c5-436c4de6ba07")
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s, err := pageScript(3, page{queries: []store.Query{
		{SQL: `SELECT $1, $2::int`, Args: []any{id, nil}, Prepared: true},
		{SQL: `SELECT $2, $1, $10`, Args: []any{at, "", 3, 4, 5, 6, 7, 8, 9, "ten"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "SELECT :p3_0_0, NULL::int;\nSELECT '', :p3_1_0, :p3_1_9;\n"; s.text.String() != want {
		t.Errorf("%q, want %q", s.text.String(), want)
	}
	if s.variables["p3_0_0"] != id.String() || s.variables["p3_1_0"] != "2026-03-01 12:00:00.000000Z" || s.variables["p3_1_9"] != "ten" {
		t.Errorf("%v", s.variables)
	}
	if s.prepared {
		t.Error("one of the statements is not prepared")
	}
}

func TestLogOfPgbench(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"log.1": "0 1 1500 0 1700000000 12\n1 1 2500 0 1700000000 14\n", "log.1.1": "2 1 500 0 1700000000 12\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	took, err := readLog(dir)
	slices.Sort(took)
	if err != nil || !slices.Equal(took, []time.Duration{500 * time.Microsecond, 1500 * time.Microsecond, 2500 * time.Microsecond}) {
		t.Errorf("%v %v", took, err)
	}
	if _, err := readLog(t.TempDir()); err == nil {
		t.Error("no log at all was taken for a measurement")
	}
}

// Rows that were thrown away were read too; what stands above the tables is not counted again.
func TestRowsRead(t *testing.T) {
	t.Parallel()
	var n node
	err := json.Unmarshal([]byte(`{"Node Type": "Nested Loop", "Actual Rows": 51, "Actual Loops": 1, "Plans": [
		{"Node Type": "Index Scan", "Relation Name": "a", "Actual Rows": 10, "Actual Loops": 5, "Rows Removed by Filter": 2},
		{"Node Type": "Bitmap Heap Scan", "Relation Name": "b", "Actual Rows": 7, "Actual Loops": 1, "Rows Removed by Index Recheck": 3,
		 "Plans": [{"Node Type": "Bitmap Index Scan", "Actual Rows": 10, "Actual Loops": 1}]}]}`), &n)
	if err != nil || n.read() != 70 {
		t.Errorf("%.0f rows, %v", n.read(), err)
	}
}

func TestWhatAPageLoads(t *testing.T) {
	t.Parallel()
	found := mentioned.FindAllStringSubmatch(`<link href="/static/app-1.css"><use href="/static/icons-2.svg#pause"><a href="/tenants">`, -1)
	if len(found) != 2 || found[0][1] != "/static/app-1.css" || found[1][1] != "/static/icons-2.svg" {
		t.Errorf("%v", found)
	}
	if !(part{path: "/static/inter-1.woff2"}).font() {
		t.Error("a font is not told from the rest")
	}
}
