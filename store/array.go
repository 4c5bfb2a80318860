package store

import (
	"database/sql/driver"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// uuidArray is sent as an array of UUIDs.
type uuidArray []uuid.UUID

// Value gives the text form of a PostgreSQL array.
func (a uuidArray) Value() (driver.Value, error) {
	words := make([]string, len(a))
	for i, id := range a {
		words[i] = id.String()
	}
	return "{" + strings.Join(words, ",") + "}", nil
}

// textArray is sent as an array of texts.
func textArray[T ~string](words []T) any {
	plain := make([]string, len(words))
	for i, word := range words {
		plain[i] = string(word)
	}
	return pq.Array(plain)
}
