package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/provisioning"
	"arcadia.example/console/store"
)

var (
	errAsk     = errors.New("a person has to decide: see the Provisioning page")
	errNoCloud = errors.New("there is no cloud provider to sweep: ARCADIA_CLOUD_TOKEN is not set")
	errNoDemo  = errors.New("set ARCADIA_CLOUD_URL to the address that serve --demo prints as its simulated cloud")
)

// sweep compares the machines at the provider with what the database knows, and removes those that nothing needs. It fails when a
// person has to decide about some.
func sweep(ctx context.Context, e environment, args []string) (err error) {
	flags := flag.NewFlagSet("sweep", flag.ContinueOnError)
	dry := flags.Bool("dry-run", false, "say what would be done, and change nothing")
	demoMode := flags.Bool("demo", false, "at the simulated cloud of serve --demo, which ARCADIA_CLOUD_URL names")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	config, err := readCloud(e.getenv, *demoMode)
	switch {
	case err != nil:
		return err
	case *demoMode && config.url == "":
		return errNoDemo
	case !*demoMode && config.token == "":
		return errNoCloud
	}
	db, err := migrated(ctx, e, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	cloud, err := config.open(ctx, e, db)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, db.app, store.Options{Conns: 1, Provider: cloud.Name})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return sweepWith(ctx, e.out, provisioning.NewSweeper(provisioning.Options{Store: s, Cloud: cloud.Cloud, Log: e.log}), *dry)
}

func sweepWith(ctx context.Context, out io.Writer, sweeper *provisioning.Sweeper, dry bool) error {
	look := sweeper.Sweep
	if dry {
		look = sweeper.Preview
	}
	swept, err := look(ctx)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	if err := printSwept(out, swept, dry); err != nil {
		return err
	}
	if swept.Asks() > 0 {
		return errAsk
	}
	return nil
}

// printSwept lists every machine, with what became of it and why: what is removed first, what is in use last.
func printSwept(out io.Writer, swept provisioning.Swept, dry bool) error {
	lines := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(swept.Droplets)+len(swept.Missing) > 0 {
		fmt.Fprintln(lines, "DROPLET\tNAME\tAGE\tDEPLOYMENT\tWHAT\tWHY")
	}
	slices.SortStableFunc(swept.Droplets, func(a, b store.JudgedDroplet) int { return cmp.Compare(urgency(a.Verdict), urgency(b.Verdict)) })
	for _, d := range swept.Droplets {
		what, why := sweptWords(swept, d, dry)
		fmt.Fprintf(lines, "%d\t%s\t%s\t%s\t%s\t%s\n", d.ID, dash(d.Name), roughly(time.Since(d.CreatedAt)), dash(d.DeploymentName), what, why)
	}
	for _, d := range swept.Missing {
		fmt.Fprintf(lines, "%d\t%s\t-\t%s\tmissing\t%s\n", d.DropletID, dash(d.Name), dash(d.DeploymentName), lifecycle.SweepMissing.Why())
	}
	if err := lines.Flush(); err != nil {
		return err
	}
	for _, n := range swept.TakenBack {
		verb := "was taken back"
		if dry {
			verb = "would be taken back"
		}
		fmt.Fprintf(out, "%s (%s) pointed at %s, which is gone: it %s.\n", n.Hostname, n.DeploymentName, n.Value, verb)
	}
	_, err := fmt.Fprintln(out, summary(swept, dry))
	return err
}

// urgency is the place of a machine in the list.
func urgency(v lifecycle.SweepVerdict) int {
	switch {
	case v == lifecycle.SweepRemove:
		return 0
	case v.Asks():
		return 1
	case !v.Settled():
		return 2
	}
	return 3
}

func sweptWords(swept provisioning.Swept, d store.JudgedDroplet, dry bool) (what, why string) {
	why = d.Verdict.Why()
	switch {
	case d.Verdict != lifecycle.SweepRemove:
		return "kept", why
	case dry:
		return "would be removed", why
	case slices.Contains(swept.Removed, d.ID):
		return "removed", why
	}
	if fault, failed := swept.Failed[d.ID]; failed {
		return "not removed", fault.Message
	}
	return "not removed", "The provider asked to wait; the next sweep goes on"
}

// summary is the last line: "7 droplets at the provider: 1 removed, 6 kept. 2 need a person."
func summary(swept provisioning.Swept, dry bool) string {
	removed, verb := len(swept.Removed), "removed"
	if dry {
		removed, verb = 0, "would be removed"
		for _, d := range swept.Droplets {
			if d.Verdict == lifecycle.SweepRemove {
				removed++
			}
		}
	}
	text := fmt.Sprintf("%s at the provider: %d %s, %d kept.", counted(len(swept.Droplets), "droplet"), removed, verb, len(swept.Droplets)-removed)
	if n := len(swept.Missing); n > 0 {
		text += fmt.Sprintf(" %s missing.", counted(n, "droplet"))
	}
	switch n := swept.Asks(); n {
	case 0:
	case 1:
		text += " 1 needs a person."
	default:
		text += fmt.Sprintf(" %d need a person.", n)
	}
	if dry {
		text += " Nothing was changed."
	}
	return text
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// roughly is an age with one unit: "35 minutes", "2 days".
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "new"
	case d < 2*time.Hour:
		return counted(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return counted(int(d/time.Hour), "hour")
	}
	return counted(int(d/(24*time.Hour)), "day")
}
