package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
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

// servingConns are ten connections for requests, and one that shows others that a console serves.
const servingConns = 11

// serve brings up the database, loads demo data once where asked to, and serves until the context ends.
func serve(ctx context.Context, e environment, args []string) (err error) {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	demoMode := flags.Bool("demo", false, "with demo data and accounts whose password everybody knows, on loopback alone")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	web, err := readWeb(e)
	if err != nil {
		return err
	}
	config, err := readCloud(e.getenv, *demoMode)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, e, *demoMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(listener.Close())) }()
	db, err := migrated(ctx, e, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	if err := prepareDemo(ctx, e, db, *demoMode); err != nil {
		return err
	}
	cloud, err := config.open(ctx, e, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.close()) }()
	web.store.Provider = cloud.Name
	s, err := store.Open(ctx, db.app, web.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := warnOneRole(ctx, e, s.DB()); err != nil {
		return err
	}
	return serveStore(ctx, e, web, listener, s, db, cloud, *demoMode)
}

// prepareDemo loads the demo's data and accounts, or outside the demo disables accounts whose password everybody knows.
func prepareDemo(ctx context.Context, e environment, db database, on bool) error {
	if !on {
		return demo.RetireStaff(ctx, db.owner, e.out)
	}
	// The accounts first: where others work with the database, nothing is loaded at all.
	if err := demo.LoadStaff(ctx, db.owner, e.out); err != nil {
		return err
	}
	return demo.Load(ctx, db.owner, time.Now(), e.out)
}

// listen takes the address first: a console that cannot be reached should not touch the database.
func listen(ctx context.Context, e environment, demoMode bool) (net.Listener, error) {
	address := e.getenv("ARCADIA_ADDR")
	if address == "" {
		address = "127.0.0.1:8080"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("ARCADIA_ADDR %q: %w", address, err)
	}
	if ip := net.ParseIP(host); demoMode && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("ARCADIA_ADDR %q: everybody knows the password of the demo's accounts, so it is served on loopback alone", address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s; set ARCADIA_ADDR for another address: %w", address, err)
	}
	return listener, nil
}

// publicURL is where people reach the console, by default the name localhost: passkeys need a name, not an address.
func publicURL(e environment, listener net.Listener, secure bool) (*url.URL, error) {
	text := e.getenv("ARCADIA_PUBLIC_URL")
	if text == "" {
		_, port, err := net.SplitHostPort(listener.Addr().String())
		text = "http://localhost:" + port
		if secure {
			text = "https://localhost:" + port
		}
		if err != nil {
			return nil, err
		}
	}
	return parsePublicURL(text)
}

func parsePublicURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("ARCADIA_PUBLIC_URL %q is not a URL like https://console.example.com", text)
	}
	return u, nil
}

// web is how the console is reached, as the environment says.
type web struct {
	certificate *certificate           // nil: without TLS
	sso         *handlers.SingleSignOn // nil: without
	proxies     []*net.IPNet
	store       store.Options // with how long sessions live
}

func readWeb(e environment) (w web, err error) {
	if w.certificate, err = loadCertificate(e); err != nil {
		return w, err
	}
	if w.sso, err = singleSignOn(e.getenv); err != nil {
		return w, err
	}
	if w.store, err = storeOptions(e, servingConns); err != nil {
		return w, err
	}
	w.proxies, err = trustedProxies(e.getenv("ARCADIA_TRUSTED_PROXIES"))
	return w, err
}

// trustedProxies reads addresses and networks like 10.0.0.5,192.0.2.0/24.
func trustedProxies(text string) ([]*net.IPNet, error) {
	var list []*net.IPNet
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := netip.ParsePrefix(word)
		if address, addressErr := netip.ParseAddr(word); err != nil && addressErr == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || prefix.Bits() == 0 {
			return nil, fmt.Errorf("ARCADIA_TRUSTED_PROXIES: %q is not the address of a proxy, nor a network like 192.0.2.0/24", word)
		}
		list = append(list, &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())})
	}
	return list, nil
}

func serveStore(ctx context.Context, e environment, web web, listener net.Listener, s *store.Store, db database, cloud cloudSetup, demoMode bool) error {
	public, err := publicURL(e, listener, web.certificate != nil)
	if err != nil {
		return err
	}
	dev := e.getenv("ARCADIA_DEV") == "1"
	if dev {
		static.FromDisk("static")
	}
	console, err := handlers.New(handlers.Config{
		Store: s, Log: e.log, PublicURL: public, Demo: demoMode, Parse: csvimport.Parse, Dev: dev, SingleSignOn: web.sso, Proxies: web.proxies,
		Cloud: cloud.Cloud, SimulatedCloud: cloud.Simulated, SampleZone: cloud.SampleZone,
	})
	if err != nil {
		return err
	}
	stopSealing, err := seal(ctx, e, s)
	if err != nil {
		return err
	}
	defer stopSealing()
	defer watch(ctx, console)()
	stopRuns, err := workOnRuns(ctx, e, db.app, cloud)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: console, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 32 << 10, ErrorLog: errorLog(e.log),
	}
	served := make(chan error, 1)
	go func() { served <- serveOn(server, listener, web.certificate) }()
	fmt.Fprintf(e.out, "Arcadia Console: %s\n", public)
	if err := sayFirstAdmin(ctx, e, s); err != nil {
		e.log.WarnContext(ctx, "first admin", "error", err.Error())
	}
	select {
	case err = <-served:
	case <-db.died():
		err = errors.New("the embedded PostgreSQL ended by itself; its log is server.log in the data folder")
	case <-ctx.Done():
	}
	return errors.Join(err, shutDown(server, console, stopRuns))
}

// serveOn serves by TLS where there is a certificate.
func serveOn(server *http.Server, listener net.Listener, c *certificate) error {
	if c == nil {
		return server.Serve(listener)
	}
	server.TLSConfig = c.config()
	return server.ServeTLS(listener, "", "")
}

// seal begins to seal the record. What it returns ends that and waits until it has ended.
func seal(ctx context.Context, e environment, s *store.Store) (stop func(), err error) {
	sealing, err := newSealer(ctx, e, s)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		sealing.run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}, nil
}

// watch begins to tell open pages what changes. What it returns ends that and waits until it has ended.
func watch(ctx context.Context, console *handlers.Server) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		console.Watch(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// shutDown says that the console is not ready any more, takes no more runs, and finishes the calls and requests that are under way.
func shutDown(server *http.Server, console *handlers.Server, stopRuns func(context.Context) error) error {
	console.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- stopRuns(ctx) }()
	return errors.Join(server.Shutdown(ctx), <-stopped)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
