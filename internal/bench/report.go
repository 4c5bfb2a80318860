package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"arcadia.example/console/store"
)

// The bars.
const (
	mostGrowth   = 1.5                    // median of a list at the largest size over that at the smallest
	mostSearch   = 50 * time.Millisecond  // median of a search in the usual order
	mostPage     = 5 * time.Second        // of any search: the database's time limit
	mostRowsRead = 600                    // by a list: some for each of eight states, and their tenants
	mostWeight   = 60 << 10               // bytes of the first page, without the font
	perCase      = 400 * time.Millisecond // of measuring, for each search and round
)

// table prints columns that people can paste; all but the first are numbers.
func (b *bench) table(title string, head ...string) (row func(cells ...any), flush func() error) {
	fmt.Fprintf(b.out, "\n%s\n\n", title)
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row = func(cells ...any) {
		for _, cell := range cells {
			fmt.Fprint(w, cell, "\t")
		}
		fmt.Fprintln(w)
	}
	names := make([]any, len(head))
	for i, name := range head {
		names[i] = name
	}
	row(names...)
	return row, w.Flush
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

func held(ok bool) string {
	if ok {
		return "held"
	}
	return "MISSED"
}

// machine says where this was measured and how busy that is.
func machine(ctx context.Context, d database) string {
	version, load := "PostgreSQL", ""
	if db, err := d.openOwner(); err == nil {
		_ = db.QueryRowContext(ctx, `SELECT 'PostgreSQL ' || current_setting('server_version')`).Scan(&version)
		_ = db.Close()
	}
	if averages := loadAverages(); averages != "" {
		load = ", load averages before " + averages
	}
	return fmt.Sprintf("%d cores%s, %s, %s", runtime.NumCPU(), load, runtime.Version(), version)
}

// compare alternates the console and pgbench, so that a machine that drifts drifts for both.
func (b *bench) compare(ctx context.Context, tool pgbench, s *set) error {
	works, err := s.works(ctx)
	if err != nil {
		return err
	}
	row, flush := b.table(fmt.Sprintf("The console beside pgbench, %d deployments (times in ms, bytes of an answer with its head, compressed)", s.deployments),
		"", "requests/s", "p50", "p99", "bytes", "pgbench/s", "p50", "p99", "console : pgbench")
	for _, w := range works {
		if !strings.Contains(w.name, b.only) {
			continue
		}
		fmt.Fprintln(b.progress, w.name)
		var ours, theirs []figures
		for range b.rounds {
			f, err := b.measureConsole(ctx, s, w)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			ours = append(ours, f)
			scripts, err := s.scripts(w, b.clients)
			if err != nil {
				return err
			}
			if f, err = tool.run(ctx, s.appDSN(), scripts, b.clients, b.seconds); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			theirs = append(theirs, f)
		}
		o, t := medianOf(ours), medianOf(theirs)
		row(w.name, int(o.perSecond), ms(o.p50), ms(o.p99), o.bytes, int(t.perSecond), ms(t.p50), ms(t.p99), fmt.Sprintf("%.2f", o.perSecond/t.perSecond))
	}
	return flush()
}

func (b *bench) measureConsole(ctx context.Context, s *set, w work) (figures, error) {
	next := w.requests
	if w.moves {
		var err error
		if next, err = s.moveRequests(ctx, b.clients); err != nil {
			return figures{}, err
		}
	}
	return drive(ctx, s.console, b.clients, seconds(b.seconds), next)
}

// growth compares the medians of the smallest and the largest set, one client at a time.
func (b *bench) growth(ctx context.Context, sets []*set) (missed int, err error) {
	small, large := sets[0], sets[len(sets)-1]
	if small == large {
		return 0, nil
	}
	row, flush := b.table(fmt.Sprintf("Medians with one client, ms (bar: at most %.1f times)", mostGrowth),
		"", fmt.Sprint(small.deployments), fmt.Sprint(large.deployments), "times", "")
	for _, name := range listNames[:len(listNames)-1] { // a tenant has as many as it has
		medians := map[*set][]figures{}
		for range 2*b.rounds + 1 {
			for _, s := range []*set{small, large} {
				f, err := s.alone(ctx, s.listPage(s.lists()[name]).path)
				if err != nil {
					return 0, err
				}
				medians[s] = append(medians[s], f)
			}
		}
		before, after := medianOf(medians[small]).p50, medianOf(medians[large]).p50
		times := float64(after) / float64(before)
		row(name, ms(before), ms(after), fmt.Sprintf("%.2f", times), held(times <= mostGrowth))
		if times > mostGrowth {
			missed++
		}
	}
	return missed, flush()
}

// alone asks for one page again and again.
func (s *set) alone(ctx context.Context, path string) (figures, error) {
	return drive(ctx, s.console, 1, perCase, func(int) func() request {
		return func() request { return request{path: path, status: http.StatusOK} }
	})
}

// searches measures words of all kinds, one client at a time. The usual order has a bar for its median; in any other
// order a search may have to sort all that it finds, and has the time that the database allows.
func (b *bench) searches(ctx context.Context, s *set) (missed int, err error) {
	row, flush := b.table(fmt.Sprintf("Searches with one client, %d deployments, ms (bars: median %s, at most %s; in other orders at most %s)",
		s.deployments, mostSearch, mostPage, mostPage), "", "median", "slowest", "")
	for _, one := range searchCases() {
		var rounds []figures
		slowest := time.Duration(0)
		for range b.rounds {
			f, err := s.alone(ctx, one.path)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", one.name, err)
			}
			rounds, slowest = append(rounds, f), max(slowest, f.slowest)
		}
		found := medianOf(rounds).p50
		ok := slowest < mostPage && (found <= mostSearch || !one.usual)
		row(one.name, ms(found), ms(slowest), held(ok))
		if !ok {
			missed++
		}
	}
	return missed, flush()
}

// rowsRead prints how many rows each list reads.
func (b *bench) rowsRead(ctx context.Context, s *set) (missed int, err error) {
	row, flush := b.table(fmt.Sprintf("Rows read by a list, %d deployments (bar: at most %d)", s.deployments, mostRowsRead), "", "rows", "")
	for _, name := range listNames {
		queries, err := s.lists()[name].Queries()
		if err != nil {
			return 0, err
		}
		rows, err := totalRead(ctx, s.owner, queries)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		row(name, math.Round(rows), held(rows <= mostRowsRead))
		if rows > mostRowsRead {
			missed++
		}
	}
	rows, err := totalRead(ctx, s.owner, []store.Query{store.CountsQuery()})
	if err != nil {
		return 0, err
	}
	row("counts of every page", math.Round(rows), "")
	return missed, flush()
}

func totalRead(ctx context.Context, db *sql.DB, queries []store.Query) (total float64, err error) {
	for _, q := range queries {
		rows, err := rowsRead(ctx, db, q)
		if err != nil {
			return 0, err
		}
		total += rows
	}
	return total, nil
}

// weight prints what a browser loads for its first page.
func (b *bench) weight(s *set) (missed int, err error) {
	c, err := dial(s.console)
	if err != nil {
		return 0, err
	}
	defer c.conn.Close()
	parts, err := firstPage(c)
	if err != nil {
		return 0, err
	}
	row, flush := b.table(fmt.Sprintf("The first page over the wire, compressed (bar: %d bytes without the font)", mostWeight), "", "bytes", "")
	var total int64
	for _, p := range parts {
		row(p.path, p.bytes, "")
		if !p.font() {
			total += p.bytes
		}
	}
	row("without the font", total, held(total <= mostWeight))
	if total > mostWeight {
		missed++
	}
	return missed, flush()
}
