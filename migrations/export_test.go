package migrations

// NewProvider knows all migrations, for tests that also walk down.
var NewProvider = newProvider
