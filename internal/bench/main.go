// Command bench measures the console beside pgbench, which runs the same SQL on the same database, and checks the bars
// for speed: how much slower pages are at a million deployments than at ten thousand, how long searches take, how many rows
// a list reads, how heavy the first page is. It is run from the root of the project, by make bench.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

// bench is what was asked for.
type bench struct {
	dir      string // of the PostgreSQL that is kept between runs
	sizes    []int  // deployments; rising
	tenants  int    // of the largest set; 0: a tenth of the deployments
	clients  int
	seconds  int // of each measurement
	rounds   int // of measurements; their medians are told
	clean    bool
	only     string
	progress io.Writer
	out      io.Writer
}

var errBars = errors.New("a bar was missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	b := bench{out: out, progress: progress}
	if err := b.parse(args); err != nil {
		return err
	}
	if b.clean {
		return b.remove()
	}
	return b.measure(ctx)
}

func (b *bench) parse(args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(b.progress)
	flags.StringVar(&b.dir, "data", ".arcadia/bench", "folder of the PostgreSQL with the loaded sets, kept between runs")
	sizes := flags.String("sizes", "10000,1000000", "deployments: a small set and a large one")
	flags.IntVar(&b.tenants, "tenants", 0, "tenants of the largest set; 0: a tenth of its deployments")
	deployments := flags.Int("deployments", 0, "deployments of the largest set, instead of the last of -sizes")
	flags.IntVar(&b.clients, "clients", 8, "concurrent clients")
	flags.IntVar(&b.seconds, "seconds", 5, "seconds of each measurement")
	flags.IntVar(&b.rounds, "rounds", 3, "rounds of measurements; their medians are told")
	flags.StringVar(&b.only, "only", "", "measure only works whose name contains this")
	flags.BoolVar(&b.clean, "clean", false, "remove the folder of -data and do nothing else")
	if err := flags.Parse(args); err != nil {
		return err
	}
	words := strings.Split(*sizes, ",")
	if *deployments != 0 {
		words[len(words)-1] = strconv.Itoa(*deployments)
	}
	for _, word := range words {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1000 || len(b.sizes) > 0 && n <= b.sizes[len(b.sizes)-1] {
			return fmt.Errorf("sizes %q: rising numbers of at least 1000 each", strings.Join(words, ","))
		}
		b.sizes = append(b.sizes, n)
	}
	if b.clients < 1 || b.clients > 64 || b.seconds < 1 || b.rounds < 1 || flags.NArg() > 0 {
		return errors.New("-clients is 1 to 64, -seconds and -rounds at least 1, and there are no further arguments")
	}
	return nil
}

func (b *bench) tenantsFor(deployments int) int {
	if b.tenants > 0 && deployments == b.sizes[len(b.sizes)-1] {
		return b.tenants
	}
	return deployments / 10
}

// remove deletes the folder, but only one that a server of this product was in.
func (b *bench) remove() error {
	if _, err := os.Stat(b.dir + "/data/PG_VERSION"); err != nil {
		return fmt.Errorf("there is no PostgreSQL of the bench in %s: %w", b.dir, err)
	}
	return os.RemoveAll(b.dir)
}

// measure does the whole work, with one console for each set.
func (b *bench) measure(ctx context.Context) (err error) {
	tool, err := findPgbench(ctx)
	if err != nil {
		return err
	}
	server, err := startServer(ctx, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	databases, err := b.databases(ctx, server)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%s. %d clients, %d rounds of %d s each, medians of the rounds.\n", machine(ctx, databases[0]), b.clients, b.rounds, b.seconds)
	fmt.Fprintf(b.out, "The data is kept in %s; make bench ARGS=-clean removes it.\n", b.dir)
	var sets []*set
	defer func() {
		for _, s := range sets {
			err = errors.Join(err, s.close())
		}
	}()
	for _, d := range databases {
		s, err := openSet(ctx, d, b.clients)
		if err != nil {
			return err
		}
		sets = append(sets, s)
	}
	return b.report(ctx, tool, sets)
}

// report measures and prints one part after the other. A missed bar does not keep the rest from being measured.
func (b *bench) report(ctx context.Context, tool pgbench, sets []*set) error {
	largest := sets[len(sets)-1]
	missed := 0
	for _, part := range []func() (int, error){
		func() (int, error) { return 0, b.compare(ctx, tool, largest) },
		func() (int, error) { return b.growth(ctx, sets) },
		func() (int, error) { return b.searches(ctx, largest) },
		func() (int, error) { return b.rowsRead(ctx, largest) },
		func() (int, error) { return b.weight(largest) },
	} {
		n, err := part()
		if err != nil {
			return err
		}
		missed += n
	}
	if missed > 0 {
		return fmt.Errorf("%w: %d of them", errBars, missed)
	}
	fmt.Fprintln(b.out, "\nEvery bar is held.")
	return nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
