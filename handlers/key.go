package handlers

import (
	"time"

	"github.com/google/uuid"
)

func init() { uuid.EnableRandPool() } // a list has a key in each row

// newKey is a one-time key for a form: however often the form is sent, it counts once.
func newKey() string { return uuid.NewString() }

// now is the moment for which a page is drawn. Decisions take the time of the database.
func now() time.Time { return time.Now().UTC() }
