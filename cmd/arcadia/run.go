package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"arcadia.example/console/internal/demo"
)

// getenv reads one variable of the environment; empty when it is not set.
type getenv func(string) string

// subcommand is one word after arcadia.
type subcommand struct {
	name  string
	usage string
	run   func(ctx context.Context, env environment, args []string) error
}

// environment is what every subcommand works with.
type environment struct {
	getenv getenv
	out    io.Writer
	log    *slog.Logger
}

var subcommands = []subcommand{
	{"serve", "serve [--demo]                            serve the console", serve},
	{"migrate", "migrate                                   bring the database up to this version", migrate},
	{"demo", "demo [--tenants N --deployments N]        load demo data, small or large, into an empty database", demoData},
	{"import", "import FILE.csv                           bring in tenants and deployments: all of them or none", importFile},
	{"staff", "staff add|list|disable|reset|role         who may sign in, and as what; makes the first admin", staff},
	{"verify", "verify [--checkpoints FILE --signer KEY]  replay all events, check the seals of the whole record", verify},
	{"sweep", "sweep [--dry-run] [--demo]                compare the provider's droplets with the inventory, remove orphans", sweep},
	{"checkpoint", "checkpoint                                print how far the seals reach, signed, to be kept elsewhere", checkpoint},
}

var errUsage = errors.New("usage")

// run is the whole program; tests call it as main does.
func run(ctx context.Context, args []string, env getenv, out io.Writer) error {
	e := environment{getenv: env, out: out, log: newLog(env, os.Stderr)}
	if len(args) > 0 {
		for _, c := range subcommands {
			if c.name == args[0] {
				return c.run(ctx, e, args[1:])
			}
		}
	}
	var names []string
	for _, c := range subcommands {
		names = append(names, "  arcadia "+c.usage)
	}
	text := "commands:\n" + strings.Join(names, "\n")
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		fmt.Fprintln(out, text)
		return nil
	}
	return fmt.Errorf("there is no command %q; %s", args[0], text)
}

// newLog writes JSON, one line each, to w. ARCADIA_LOG is debug, info (the default), warn or error.
func newLog(env getenv, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(env("ARCADIA_LOG"))); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

// parse reads the flags of a subcommand, whose mistakes are returned and not printed; positional counts what must
// stand after them.
func parse(flags *flag.FlagSet, args []string, positional int) error {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: arcadia %s: %w", errUsage, flags.Name(), err)
	}
	if flags.NArg() != positional {
		return fmt.Errorf("%w: arcadia %s takes %s after its flags, not %d", errUsage, flags.Name(), demo.Count(positional, "argument"), flags.NArg())
	}
	return nil
}
