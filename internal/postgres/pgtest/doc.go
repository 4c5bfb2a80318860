// Package pgtest gives each test a PostgreSQL database of its own, with all
// migrations applied: a clone of a template that is migrated once.
//
// # One server for all test binaries
//
// `go test ./...` runs a process for each package, several at once. They share
// one server (see package postgres), without the settings that only matter when
// a machine loses power. It belongs to a keeper: the first test process starts
// its own binary once more, in a session of its own, and that process owns the
// server. Each test process holds a shared flock as long as it lives; the
// keeper waits for the exclusive one, gets it when the last test process has
// ended, however it ended, stops the server and goes.
//
// # A server of one's own
//
// With ARCADIA_TEST_DATABASE_URL, a superuser's connection string, the tests
// use that server instead and create the roles arcadia_owner and arcadia_app
// there, with a password derived from the superuser's.
//
// # What stays
//
// A data folder for each user and major version of PostgreSQL, in it one
// template for the newest migrations. Databases of test processes that have
// ended are dropped by the next one: the clone that was made in advance for a
// test that did not come, and all of one that was killed. Each process holds an
// advisory lock whose number is in the names of its databases.
package pgtest
