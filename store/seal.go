package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// The record (events, notes, edits and activity) is sealed by a chain: each seal covers some rows in the order of the
// transactions that wrote them, and the seal before it. Rows are written without it, so that nobody waits.

const (
	// sealBatch is how many rows one seal covers at most: what was there before the first seal is sealed in so many short
	// transactions.
	sealBatch = 10_000
	sealLock  = 0x61726361646961
)

// sealRow is a seal as it is stored.
type sealRow struct {
	Number   int64     `db:"number"`
	SealedAt time.Time `db:"sealed_at"`
	Entries  []byte    `db:"entries"`
	Hash     []byte    `db:"hash"`
}

// chained is the hash of a seal that follows one with the hash before.
func (r sealRow) chained(before []byte) []byte {
	sum := sha256.New()
	fmt.Fprintf(sum, "arcadia seal 1\n%d\n%d\n%d\n", r.Number, r.SealedAt.UnixMicro(), len(r.Entries))
	sum.Write(before)
	sum.Write(r.Entries)
	return sum.Sum(nil)
}

// Sealed is what one call of Seal did.
type Sealed struct {
	Rows int
	More bool // more rows can be sealed at once
}

// Seal covers the rows that are complete: those of transactions older than any that still runs. Of several processes one
// seals at a time, and the others do nothing. A transaction that runs for long holds it back; nothing is left out.
func (s *Store) Seal(ctx context.Context) (Sealed, error) {
	var sealed Sealed
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		var mine bool
		if err := tx.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock($1)`, int64(sealLock)); err != nil || !mine {
			return err
		}
		last, place, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		next := sealRow{Number: last.Number + 1}
		var horizon int64
		// Taken before the rows are read: whatever is older is over by then, and seen.
		if err := tx.QueryRowxContext(ctx, `
SELECT tick_horizon(), clock_timestamp()`).Scan(&horizon, &next.SealedAt); err != nil {
			return err
		}
		entries, err := entriesAfter(ctx, tx, place, horizon)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			next.Entries = append(next.Entries, e[:]...)
		}
		next.Hash = next.chained(last.Hash)
		sealed = Sealed{Rows: len(entries), More: len(entries) == sealBatch}
		_, err = tx.ExecContext(ctx, `INSERT INTO seals (number, sealed_at, entries, hash) VALUES ($1, $2, $3, $4)`,
			next.Number, next.SealedAt, next.Entries, next.Hash)
		return err
	})
	return sealed, err
}

// lastSeal returns the newest seal, without its entries, and the place of the last row that it covers; zeros before the first.
func lastSeal(ctx context.Context, q sqlx.QueryerContext) (last sealRow, place sealEntry, err error) {
	err = sqlx.GetContext(ctx, q, &last, `
SELECT number, sealed_at, hash, substring(entries FROM octet_length(entries) - $1::integer + 1) AS entries FROM seals ORDER BY number DESC LIMIT 1`, entrySize)
	if errors.Is(err, sql.ErrNoRows) {
		return sealRow{}, place, nil
	}
	copy(place[:], last.Entries)
	return last, place, err
}

// entriesAfter returns the rows after a place and before the horizon, in order, at most sealBatch.
func entriesAfter(ctx context.Context, tx *sqlx.Tx, place sealEntry, horizon int64) ([]sealEntry, error) {
	var entries []sealEntry
	for _, table := range sealedTables {
		query, args := table.sealQuery(place, horizon)
		rows, err := tx.QueryxContext(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		list, err := table.reader().all(rows)
		if err != nil {
			return nil, err
		}
		for _, row := range list {
			entries = append(entries, row.entry)
		}
	}
	slices.SortFunc(entries, func(a, b sealEntry) int { return bytes.Compare(a.place(), b.place()) })
	return entries[:min(len(entries), sealBatch)], nil
}

// sealQuery reads what one seal can cover of the table, by the index that has its rows in this order.
func (t sealedTable) sealQuery(place sealEntry, horizon int64) (string, []any) {
	condition, args := t.after(place)
	args = append(args, horizon)
	return t.from(fmt.Sprintf("%s AND r.tick < $%d", condition, len(args))) + fmt.Sprintf(" LIMIT %d", sealBatch), args
}

// SealLag is how far the chain is behind the record.
type SealLag struct {
	Newest int64     // number of the newest seal; 0 before the first
	Rows   int64     // that wait for a seal; more than MaxSealLag are not counted
	Since  time.Time // when the oldest of them occurred, or was said to by a loader; zero when none waits
}

// MaxSealLag is how many waiting rows of each table are counted.
const MaxSealLag = 10_000

// GetSealLag tells how far the chain is behind. Where the number of the newest seal stays the same and rows wait, sealing is
// held back: by a transaction that is left open, or because nobody seals.
func (s *Store) GetSealLag(ctx context.Context) (SealLag, error) {
	var lag SealLag
	err := s.read(ctx, func(tx *sqlx.Tx) error {
		last, place, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		lag.Newest = last.Number
		for _, table := range sealedTables {
			condition, args := table.after(place)
			var waiting struct {
				Rows  int64        `db:"n"`
				Since sql.NullTime `db:"since"`
			}
			err := tx.GetContext(ctx, &waiting, fmt.Sprintf(`
SELECT count(*) AS n, min(occurred_at) AS since FROM (
  SELECT r.occurred_at FROM public.%s r%s ORDER BY r.tick, %s LIMIT %d) waiting`, table.name, condition, table.keySQL(), MaxSealLag), args...)
			if err != nil {
				return err
			}
			lag.Rows += waiting.Rows
			if waiting.Since.Valid && (lag.Since.IsZero() || waiting.Since.Time.Before(lag.Since)) {
				lag.Since = waiting.Since.Time
			}
		}
		return nil
	})
	return lag, err
}

// AlignSeals makes ticks go on from the newest in a database that was restored elsewhere, where transactions begin anew. It
// wants the owner of the tables, and to be called before anything is written there.
func (s *Store) AlignSeals(ctx context.Context) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, place, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		newest := place.tick()
		for _, table := range sealedTables {
			var tick int64
			if err := tx.GetContext(ctx, &tick, `SELECT coalesce(max(tick), 0) FROM public.`+table.name); err != nil {
				return err
			}
			newest = max(newest, tick)
		}
		var next, offset int64 // of the transactions to come
		err = tx.QueryRowxContext(ctx, `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, tick_offset()`).Scan(&next, &offset)
		if err != nil || next+offset > newest {
			return err
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf(
			`CREATE OR REPLACE FUNCTION public.tick_offset() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT %d::bigint'`, newest-next+1))
		return err
	})
}
