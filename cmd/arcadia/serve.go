package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"arcadia.example/console/handlers"
	"arcadia.example/console/internal/csvimport"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/static"
	"arcadia.example/console/store"
)

// How long things may take before they are given up.
const (
	headerTimeout   = 5 * time.Second
	bodyTimeout     = 30 * time.Second
	answerTimeout   = 60 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 20 * time.Second
)

// serve brings up the database, loads demo data once where asked to, and serves until the context ends.
func serve(ctx context.Context, e environment, args []string) (err error) {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	demoMode := flags.Bool("demo", false, "with demo data, and people to choose from")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	if !*demoMode {
		return errors.New("there is no sign-in yet, so the console serves only its demo: arcadia serve --demo")
	}
	listener, err := listen(ctx, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(listener.Close())) }()
	db, err := migrated(ctx, e, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	if err := demo.Load(ctx, db.owner, time.Now(), e.out); err != nil {
		return err
	}
	s, err := store.Open(ctx, db.app, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := warnOneRole(ctx, e, s.DB()); err != nil {
		return err
	}
	return serveStore(ctx, e, listener, s, db)
}

// listen takes the address first: a console that cannot be reached should not touch the database.
func listen(ctx context.Context, e environment) (net.Listener, error) {
	address := e.getenv("ARCADIA_ADDR")
	if address == "" {
		address = "127.0.0.1:8080"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("ARCADIA_ADDR %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("ARCADIA_ADDR %q: the demo has no sign-in, so it is served on loopback alone", address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s; set ARCADIA_ADDR for another address: %w", address, err)
	}
	return listener, nil
}

// publicURL is where people reach the console, by default the name localhost: passkeys need a name, not an address.
func publicURL(e environment, listener net.Listener) (*url.URL, error) {
	text := e.getenv("ARCADIA_PUBLIC_URL")
	if text == "" {
		_, port, err := net.SplitHostPort(listener.Addr().String())
		text = "http://localhost:" + port
		if err != nil {
			return nil, err
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("ARCADIA_PUBLIC_URL %q is not a URL like https://console.example.com", text)
	}
	return u, nil
}

func serveStore(ctx context.Context, e environment, listener net.Listener, s *store.Store, db database) error {
	public, err := publicURL(e, listener)
	if err != nil {
		return err
	}
	dev := e.getenv("ARCADIA_DEV") == "1"
	if dev {
		static.FromDisk("static")
	}
	console, err := handlers.New(handlers.Config{Store: s, Log: e.log, PublicURL: public, People: demoPeople(), Person: demo.Start, Parse: csvimport.Parse, Dev: dev})
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: console, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 32 << 10, ErrorLog: errorLog(e.log),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(e.out, "Arcadia Console: %s\n", public)
	select {
	case err := <-served:
		return err
	case <-db.died():
		err = errors.New("the embedded PostgreSQL ended by itself; its log is server.log in the data folder")
	case <-ctx.Done():
	}
	return errors.Join(err, shutDown(server, console))
}

// shutDown finishes the requests that are under way.
func shutDown(server *http.Server, console *handlers.Server) error {
	console.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return server.Shutdown(ctx)
}

func demoPeople() []handlers.Person {
	var people []handlers.Person
	for _, p := range demo.People {
		people = append(people, handlers.Person{ID: p.ID, Name: p.Name, Roles: p.Roles})
	}
	return people
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
