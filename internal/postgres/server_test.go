package postgres

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestStartGivesRolesAndKeepsData(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := start(t, dir)
	run(t, s.OwnerDSN(), "CREATE EXTENSION pg_trgm; CREATE TABLE kept (word text); INSERT INTO kept VALUES ('yes')")
	for query, want := range map[string]string{
		"SHOW statement_timeout":                   "5s",
		"SHOW lock_timeout":                        "1s",
		"SHOW idle_in_transaction_session_timeout": "10s",
		"SHOW timezone":                            "UTC",
		"SELECT current_user":                      "arcadia_app",
		"SELECT lower('ÄÉ')":                       "äé",
		"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname='arcadia'":                    "arcadia_owner",
		"SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user": "false",
	} {
		if got := value(t, s.AppDSN(), query); got != want {
			t.Errorf("%s = %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{"CREATE TABLE mine ()", "SELECT * FROM kept", "CREATE DATABASE mine", "SET ROLE arcadia_owner"} {
		if _, err := open(t, s.AppDSN()).Exec(query); err == nil {
			t.Errorf("the serving role may: %s", query)
		}
	}
	stop(t, s)
	stop(t, s) // a second time does nothing
	expectNoProcess(t, filepath.Join(dir, "data"))
	if _, err := Attach(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Attach after Stop: %v", err)
	}

	s = start(t, dir)
	if got := value(t, s.OwnerDSN(), "SELECT word FROM kept"); got != "yes" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestProductSettings(t *testing.T) {
	t.Parallel()
	s, err := Join(t.Context(), madeDir(t), testLog(t)) // nobody owns it, so it starts
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for name, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": "",
		"max_connections": "100", "shared_buffers": "256MB", "random_page_cost": "1.1", "jit": "off",
	} {
		if got := value(t, s.AdminDSN("arcadia"), "SHOW "+name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestOneOwnerAndManyGuests(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	o := startOwner(t, dir)
	_, err := Start(t.Context(), dir, testLog(t))
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), strconv.Itoa(o.cmd.Process.Pid)) {
		t.Fatalf("a second owner: %v", err)
	}
	guest, err := Join(t.Context(), dir, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	if guest.Done() != nil {
		t.Error("a guest watches the owner's child")
	}
	stop(t, guest)
	if got := value(t, guest.AppDSN(), "SELECT 'still there'"); got != "still there" {
		t.Error(got)
	}
}

func TestGuestsWaitForAnOwnerThatStarts(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	errs := make(chan error)
	const racers = 4
	for range racers {
		go func() {
			s, err := Join(context.Background(), dir, testLog(t))
			if err == nil {
				t.Cleanup(func() { s.Stop() })
				err = s.ping(context.Background())
			}
			errs <- err
		}()
	}
	for range racers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
