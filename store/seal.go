package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// The record (events, notes, edits and activity) is sealed by a chain: each seal covers some rows in the order of the
// transactions that wrote them, and the seal before it. Rows are written without it, so that nobody waits.

// sealEntry is a row as a seal covers it: the tick of its transaction (8 bytes), its kind (1), its key (20), each so that
// bytes sort as rows do, and the SHA-256 of its columns (32).
type sealEntry [entrySize]byte

const (
	placeSize = 8 + 1 + 20
	entrySize = placeSize + sha256.Size
	sealBatch = 50_000 // rows of one seal at most
	sealLock  = 0x61726361646961
)

// The kinds of rows, as the view sealable numbers them.
const (
	sealedEvent    = 1
	sealedNote     = 2
	sealedEdit     = 3
	sealedActivity = 4
)

func (e *sealEntry) place() []byte { return e[:placeSize] }

func (e *sealEntry) kind() int { return int(e[8]) }

// object names the row for people, with the deployment where it is one of its events.
func (e *sealEntry) object() (deployment uuid.UUID, text string) {
	key := e[9:placeSize]
	id, _ := uuid.FromBytes(key[:16]) // it has the length of one
	switch e.kind() {
	case sealedEvent:
		return id, fmt.Sprintf("event %d", binary.BigEndian.Uint32(key[16:]))
	case sealedNote:
		return uuid.Nil, "note " + id.String()
	case sealedEdit:
		return uuid.Nil, "edit " + id.String()
	}
	return uuid.Nil, fmt.Sprintf("activity %d", binary.BigEndian.Uint64(key[:8]))
}

// sealableRow is a row of the view sealable.
type sealableRow struct {
	Kind       int       `db:"kind"`
	Tick       int64     `db:"tick"`
	Key        []byte    `db:"key"`
	Digest     []byte    `db:"digest"`
	OccurredAt time.Time `db:"occurred_at"`
}

func (r sealableRow) entry() (e sealEntry) {
	binary.BigEndian.PutUint64(e[:8], uint64(r.Tick)) //nolint:gosec // ticks are never negative
	e[8] = byte(r.Kind)
	copy(e[9:placeSize], r.Key)
	copy(e[placeSize:], r.Digest)
	return e
}

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
		if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = '60s'`); err != nil { // what was there before the first seal is much
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
	tick := int64(binary.BigEndian.Uint64(place[:8])) //nolint:gosec // written from one
	for kind := sealedEvent; kind <= sealedActivity; kind++ {
		from, key := tick, []byte{}
		switch {
		case kind < place.kind():
			from++ // of the tick of the place, the lower kinds are done
		case kind == place.kind():
			key = place[9:placeSize]
		}
		var rows []sealableRow
		err := tx.SelectContext(ctx, &rows, fmt.Sprintf(`
SELECT kind, tick, key, digest, occurred_at FROM sealable
 WHERE kind = %d AND tick >= $1 AND tick < $2 AND (tick > $1 OR key > $3) ORDER BY tick, key LIMIT %d`, kind, sealBatch), from, horizon, key)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			entries = append(entries, row.entry())
		}
	}
	slices.SortFunc(entries, func(a, b sealEntry) int { return bytes.Compare(a.place(), b.place()) })
	return entries[:min(len(entries), sealBatch)], nil
}

// AlignSeals makes ticks go on from the last seal in a database that was restored elsewhere, where transactions begin
// anew. It wants the owner of the tables. To be called before anything is written there.
func (s *Store) AlignSeals(ctx context.Context) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, place, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		last := int64(binary.BigEndian.Uint64(place[:8])) //nolint:gosec // written from one
		var now, offset int64
		err = tx.QueryRowxContext(ctx, `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, tick_offset()`).Scan(&now, &offset)
		if err != nil || now+offset > last {
			return err
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf(
			`CREATE OR REPLACE FUNCTION tick_offset() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT %d::bigint'`, last-now+1))
		return err
	})
}
