package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// The kinds of rows in a seal. They are part of what is hashed: a number is never given to another table.
const (
	sealedEvent    = 1
	sealedNote     = 2
	sealedEdit     = 3
	sealedActivity = 4
)

// sealedTable is one table of the record as it is sealed. What is hashed is put together here and not in the database, whose
// owner is among those whom the seals watch.
type sealedTable struct {
	kind    byte
	name    string
	key     []string // columns that tell its rows apart: the first of columns
	columns []string // all but the tick, which stands in the place, and those that the database makes from others
}

// sealedTables is the record. A column that is added to one of these tables is not covered by the seals before it: it takes a
// kind of its own, for a new table beside it, or a new version of rowVersion from some seal on.
var sealedTables = []sealedTable{
	{sealedEvent, "cloud_deployment_events", []string{"deployment_id", "version"}, []string{
		"deployment_id", "version", "from_state", "to_state", "reason", "actor_kind", "actor", "actor_name", "actor_roles", "notes", "command_id",
		"reverts_version", "state_since", "occurred_at", "grouped",
	}},
	{sealedNote, "cloud_notes", []string{"id"}, []string{
		"id", "tenant_id", "deployment_id", "notes", "actor_kind", "actor", "actor_name", "actor_roles", "command_id", "occurred_at",
	}},
	{sealedEdit, "cloud_edits", []string{"id"}, []string{
		"id", "tenant_id", "deployment_id", "changes", "actor_kind", "actor", "actor_name", "actor_roles", "occurred_at",
	}},
	{sealedActivity, "activity", []string{"id"}, []string{
		"id", "actor_kind", "actor", "actor_name", "actor_roles", "kind", "object_kind", "object_id", "object_name", "changes", "address", "occurred_at",
	}},
}

// rowVersion begins what is hashed of a row.
const rowVersion = "arcadia row 1\n"

// asText is a column as it is hashed: times as microseconds, which no setting of the server changes, and all else as text.
func asText(column string) string {
	if column == "occurred_at" || column == "state_since" {
		return `(extract(epoch FROM r.` + column + `) * 1000000)::bigint::text`
	}
	return `r.` + column + `::text`
}

// from reads rows in the order of the chain. The condition is one about r.
func (t sealedTable) from(condition string) string {
	texts := make([]string, len(t.columns))
	for i, column := range t.columns {
		texts[i] = asText(column)
	}
	return `SELECT r.tick, r.occurred_at, ` + strings.Join(texts, ", ") + ` FROM public.` + t.name + ` r` + condition + ` ORDER BY r.tick, ` + t.keySQL()
}

func (t sealedTable) keySQL() string { return `r.` + strings.Join(t.key, `, r.`) }

// after is the condition that a row comes after a place in the chain, and its arguments. Rows of one tick go by kind, then by
// key.
func (t sealedTable) after(place sealEntry) (condition string, args []any) {
	tick, key, compare := place.tick(), place.key(), ">"
	if t.kind != place.kind() {
		key, compare = make([]byte, keySize), ">="
	}
	if t.kind < place.kind() {
		tick++
	}
	args = []any{tick}
	switch t.kind {
	case sealedEvent:
		args = append(args, uuid.UUID(key[:16]), binary.BigEndian.Uint32(key[16:]))
	case sealedActivity:
		args = append(args, int64(binary.BigEndian.Uint64(key[:8]))) //nolint:gosec // written from one
	default:
		args = append(args, uuid.UUID(key[:16]))
	}
	places := "$1, $2"
	if len(args) == 3 {
		places += ", $3"
	}
	return ` WHERE (r.tick, ` + t.keySQL() + `) ` + compare + ` (` + places + `)`, args
}

// sealRowReader takes rows of one table from what from selects.
type sealRowReader struct {
	table   sealedTable
	columns []sql.RawBytes
	targets []any
	text    []byte // what is hashed of the newest row
	tick    int64
	at      time.Time
}

func (t sealedTable) reader() *sealRowReader {
	r := &sealRowReader{table: t, columns: make([]sql.RawBytes, len(t.columns))}
	r.targets = []any{&r.tick, &r.at}
	for i := range r.columns {
		r.targets = append(r.targets, &r.columns[i])
	}
	return r
}

// all reads all rows.
func (r *sealRowReader) all(rows *sqlx.Rows) (list []sealableRow, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := rows.Scan(r.targets...); err != nil {
			return nil, err
		}
		row, err := r.row()
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// row makes an entry of what was scanned: each column with its length, so that no two rows look alike, and NULL unlike any text.
func (r *sealRowReader) row() (sealableRow, error) {
	r.text = append(append(r.text[:0], rowVersion...), r.table.kind)
	for _, column := range r.columns {
		if column == nil {
			r.text = append(r.text, '-')
			continue
		}
		r.text = append(strconv.AppendInt(r.text, int64(len(column)), 10), ':')
		r.text = append(r.text, column...)
	}
	row := sealableRow{OccurredAt: r.at}
	binary.BigEndian.PutUint64(row.entry[:8], uint64(r.tick)) //nolint:gosec // ticks are never negative
	row.entry[8] = r.table.kind
	digest := sha256.Sum256(r.text)
	copy(row.entry[placeSize:], digest[:])
	return row, r.putKey(row.entry.key())
}

// putKey writes the key so that its bytes sort as the columns do.
func (r *sealRowReader) putKey(key []byte) error {
	if r.table.kind == sealedActivity {
		id, err := strconv.ParseUint(string(r.columns[0]), 10, 63)
		binary.BigEndian.PutUint64(key, id)
		return err
	}
	id, err := uuid.ParseBytes(r.columns[0])
	copy(key, id[:])
	if err != nil || r.table.kind != sealedEvent {
		return err
	}
	version, err := strconv.ParseUint(string(r.columns[1]), 10, 31)
	binary.BigEndian.PutUint32(key[16:], uint32(version)) //nolint:gosec // of 31 bits
	return err
}

// sealableRow is a row of the record as a seal covers it.
type sealableRow struct {
	entry      sealEntry
	OccurredAt time.Time
}

// sealEntry is a row in a seal: the tick of its transaction (8 bytes), its kind (1), its key (20), each so that bytes sort as rows
// do, and the SHA-256 of its columns (32).
type sealEntry [entrySize]byte

const (
	keySize   = 20
	placeSize = 8 + 1 + keySize
	entrySize = placeSize + sha256.Size
)

func (e *sealEntry) place() []byte { return e[:placeSize] }

func (e *sealEntry) tick() int64 { return int64(binary.BigEndian.Uint64(e[:8])) } //nolint:gosec // written from one

func (e *sealEntry) kind() byte { return e[8] }

func (e *sealEntry) key() []byte { return e[9:placeSize] }

// object names the row for people, with the deployment where it is one of its events.
func (e *sealEntry) object() (deployment uuid.UUID, text string) {
	id := uuid.UUID(e.key()[:16])
	switch e.kind() {
	case sealedEvent:
		return id, fmt.Sprintf("event %d", binary.BigEndian.Uint32(e.key()[16:]))
	case sealedNote:
		return uuid.Nil, "note " + id.String()
	case sealedEdit:
		return uuid.Nil, "edit " + id.String()
	}
	return uuid.Nil, fmt.Sprintf("activity %d", binary.BigEndian.Uint64(e.key()[:8]))
}
