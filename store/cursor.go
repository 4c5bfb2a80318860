package store

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// ErrCursor is returned for a place in a list that no page of ours ever named.
var ErrCursor = errors.New("there is no such place in this list")

// cursor is a place in a list: the sort key of a row and what tells rows of the same key apart. People see it as one
// opaque word in the address of a page.
type cursor struct {
	key string
	tie string
}

// cursorTime has the precision of the database, so that a place is never between two rows.
const cursorTime = "2006-01-02T15:04:05.000000Z"

func timeKey(t time.Time) string { return t.UTC().Format(cursorTime) }

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(c.key + "\n" + c.tie))
}

func parseCursor(s string) (cursor, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) > 2000 || !utf8.Valid(raw) || strings.ContainsRune(string(raw), 0) {
		return cursor{}, ErrCursor
	}
	key, tie, ok := strings.Cut(string(raw), "\n")
	if !ok || tie == "" {
		return cursor{}, ErrCursor
	}
	return cursor{key: key, tie: tie}, nil
}

func (c cursor) time() (time.Time, error) {
	t, err := time.Parse(cursorTime, c.key)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, ErrCursor
	}
	return t, nil
}

func (c cursor) id() (uuid.UUID, error) {
	id, err := uuid.Parse(c.tie)
	if err != nil {
		return uuid.Nil, ErrCursor
	}
	return id, nil
}
