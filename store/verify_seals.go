package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// verifySeals walks the record and the chain side by side, in the order of the seals, and compares row by row. What comes
// after the last seal is counted and no mismatch.
func verifySeals(ctx context.Context, tx *sqlx.Tx, v *Verified, kept []Checkpoint) error {
	w := &sealWalk{tx: tx, v: v, kept: map[int64][]Checkpoint{}}
	for _, table := range sealedTables {
		source := &sealSource{tx: tx, reader: table.reader()}
		if err := source.open(ctx); err != nil {
			return err
		}
		w.sources = append(w.sources, source)
	}
	for _, c := range kept {
		w.kept[c.Number] = append(w.kept[c.Number], c)
	}
	if err := w.walk(ctx); err != nil {
		return err
	}
	for _, list := range w.kept {
		for _, c := range list {
			v.add(uuid.Nil, "the chain ends at seal %d, but a checkpoint of %s tells of seal %d: its end was cut off",
				w.seal.Number, c.At.UTC().Format(time.RFC3339), c.Number)
		}
	}
	v.Seals = w.seal.Number
	return nil
}

// sealWalk reads seals and rows in portions.
type sealWalk struct {
	tx   *sqlx.Tx
	v    *Verified
	kept map[int64][]Checkpoint // not yet compared

	sources []*sealSource
	seal    sealRow // the newest that was read
}

// sealSource reads one table in the order of the chain, in portions.
type sealSource struct {
	tx     *sqlx.Tx
	reader *sealRowReader
	rows   []sealableRow // read and not yet taken
	done   bool          // no more rows
}

const fetchRows = 5000

func (s *sealSource) cursor() string { return "sealed_" + s.reader.table.name }

func (s *sealSource) open(ctx context.Context) error {
	_, err := s.tx.ExecContext(ctx, `DECLARE `+s.cursor()+` NO SCROLL CURSOR FOR `+s.reader.table.from(""))
	return err
}

// row returns the next row without taking it; nil at the end.
func (s *sealSource) row(ctx context.Context) (*sealableRow, error) {
	if len(s.rows) == 0 && !s.done {
		found, err := s.tx.QueryxContext(ctx, fmt.Sprintf(`FETCH %d FROM %s`, fetchRows, s.cursor()))
		if err != nil {
			return nil, err
		}
		if s.rows, err = s.reader.all(found); err != nil {
			return nil, err
		}
		s.done = len(s.rows) < fetchRows
	}
	if len(s.rows) == 0 {
		return nil, nil //nolint:nilnil // the end, and no error
	}
	return &s.rows[0], nil
}

// next returns the source of the next row of all, and the row without taking it; nil at the end.
func (w *sealWalk) next(ctx context.Context) (from *sealSource, first *sealableRow, err error) {
	for _, source := range w.sources {
		row, err := source.row(ctx)
		if err != nil {
			return nil, nil, err
		}
		if row != nil && (first == nil || bytes.Compare(row.entry.place(), first.entry.place()) < 0) {
			from, first = source, row
		}
	}
	return from, first, nil
}

func (w *sealWalk) walk(ctx context.Context) error {
	var before sealEntry
	for {
		ok, err := w.nextSeal(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return w.tail(ctx)
		}
		for at := 0; at+entrySize <= len(w.seal.Entries); at += entrySize {
			entry := sealEntry(w.seal.Entries[at : at+entrySize])
			if bytes.Compare(before.place(), entry.place()) >= 0 {
				w.v.add(uuid.Nil, "seal %d has its rows in another order", w.seal.Number)
			}
			before = entry
			if err := w.compare(ctx, entry); err != nil {
				return err
			}
		}
	}
}

// nextSeal reads the next seal and checks that it follows the one before; false at the end.
func (w *sealWalk) nextSeal(ctx context.Context) (bool, error) {
	var list []sealRow
	err := w.tx.SelectContext(ctx, &list, `SELECT number, sealed_at, entries, hash FROM seals WHERE number > $1 ORDER BY number LIMIT 1`, w.seal.Number)
	if err != nil || len(list) == 0 {
		return false, err
	}
	next := list[0]
	switch {
	case next.Number != w.seal.Number+1:
		w.v.add(uuid.Nil, "seal %d follows seal %d: seals between them are missing", next.Number, w.seal.Number)
	case !bytes.Equal(next.Hash, next.chained(w.seal.Hash)):
		w.v.add(uuid.Nil, "seal %d does not fit its rows and the seal before it", next.Number)
	}
	for _, c := range w.kept[next.Number] {
		if !c.fits(next) {
			w.v.add(uuid.Nil, "seal %d is not the one of the checkpoint of %s: the chain was written anew", next.Number, c.At.UTC().Format(time.RFC3339))
		}
	}
	delete(w.kept, next.Number)
	w.seal = next
	return true, nil
}

// compare holds one entry against the rows, which are in the same order.
func (w *sealWalk) compare(ctx context.Context, entry sealEntry) error {
	deployment, name := entry.object()
	for {
		source, row, err := w.next(ctx)
		if err != nil {
			return err
		}
		order := 1
		if row != nil {
			order = bytes.Compare(row.entry.place(), entry.place())
		}
		if order > 0 {
			w.v.add(deployment, "%s is missing; seal %d covers it", name, w.seal.Number)
			return nil
		}
		source.rows = source.rows[1:]
		switch {
		case order < 0:
			extra, its := row.entry.object()
			w.v.add(extra, "%s was put in among rows that were sealed already", its)
		case row.entry != entry:
			w.v.add(deployment, "%s was changed after seal %d of %s", name, w.seal.Number, w.seal.SealedAt.UTC().Format(time.RFC3339))
			return nil
		default:
			w.v.Sealed++
			return nil
		}
	}
}

// tail counts the rows that no seal covers yet.
func (w *sealWalk) tail(ctx context.Context) error {
	for {
		source, row, err := w.next(ctx)
		if err != nil || row == nil {
			return err
		}
		source.rows = source.rows[1:]
		if w.v.Unsealed == 0 || row.OccurredAt.Before(w.v.UnsealedSince) {
			w.v.UnsealedSince = row.OccurredAt
		}
		w.v.Unsealed++
	}
}
