package main

import (
	"log"
	"log/slog"
)

// errorLog lets the HTTP server complain in the same log.
func errorLog(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelWarn) }
