package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/csvimport"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/store"
)

// importFile brings in every row of a file, or none and says what is wrong with each.
func importFile(ctx context.Context, e environment, args []string) (err error) {
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	if err := parse(flags, args, 1); err != nil {
		return err
	}
	content, err := os.ReadFile(flags.Arg(0))
	if err != nil {
		return err
	}
	rows, problems := csvimport.Parse(bytes.NewReader(content))
	if len(problems) > 0 {
		return refuseImport(e, problems)
	}
	db, err := migrated(ctx, e, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	s, err := db.loader(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	// The content is the key: a file that was brought in is not brought in twice.
	sum := sha256.Sum256(content)
	imported, err := s.Import(ctx, store.NewImport{
		Command: store.Command{Actor: operatorAtTerminal(e), Key: "import:" + hex.EncodeToString(sum[:])}, Rows: rows,
	})
	if errors.As(err, &problems) {
		return refuseImport(e, problems)
	}
	if err != nil {
		return err
	}
	if imported.Replayed {
		fmt.Fprint(e.out, "This file was imported before; nothing was done again. Then: ")
	}
	fmt.Fprintf(e.out, "%s and %s imported\n", demo.Count(imported.Tenants, "tenant"), demo.Count(imported.Deployments, "deployment"))
	return nil
}

var errImport = errors.New("nothing was imported")

func refuseImport(e environment, problems store.LineErrors) error {
	for _, p := range problems {
		fmt.Fprintln(e.out, p)
	}
	return errImport
}

// operatorAtTerminal is who runs a command on the machine itself.
func operatorAtTerminal(e environment) access.Actor {
	name := e.getenv("USER")
	if name == "" {
		name = "command line"
	}
	return access.Actor{Kind: access.System, ID: "cli:" + name, Name: name + " (command line)"}
}
