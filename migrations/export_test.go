package migrations

// Files are the SQL files, for tests that also walk down.
var Files = files
