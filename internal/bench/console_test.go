package main

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"arcadia.example/console/handlers"
	"arcadia.example/console/internal/csvimport"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/store"
)

// The bench is outside of the tests, but what it needs of the console is not: a sign-in, and a first page that it can read.
func TestFirstPageOfSomebodySignedIn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if err := demo.LoadStaff(t.Context(), db.OwnerDSN, io.Discard); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), db.AppDSN, store.Options{Conns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	server, err := handlers.New(handlers.Config{Store: s, Log: slog.New(slog.DiscardHandler), Demo: true, Parse: csvimport.Parse})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	c := &console{address: strings.TrimPrefix(listening.URL, "http://")}
	if err := c.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	browser, err := dial(c)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := firstPage(browser)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) < 5 || parts[0].bytes < 1000 {
		t.Errorf("the first page has the parts %v", parts)
	}
}
