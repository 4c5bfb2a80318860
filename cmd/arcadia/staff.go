package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
)

// staffCommand is one word after arcadia staff.
type staffCommand struct {
	name  string
	usage string
	of    func(d desk) deskWork
}

// deskWork is one command with all that it works with.
type deskWork func(ctx context.Context, args []string) error

var staffCommands = []staffCommand{
	{"add", "add EMAIL --name NAME --role ROLE[,ROLE]", func(d desk) deskWork { return d.add }},
	{"list", "list", func(d desk) deskWork { return d.list }},
	{"disable", "disable EMAIL", func(d desk) deskWork { return d.disable }},
	{"reset", "reset EMAIL", func(d desk) deskWork { return d.reset }},
	{"role", "role EMAIL ROLE[,ROLE]", func(d desk) deskWork { return d.role }},
}

// desk is what a command about staff works with.
type desk struct {
	store *store.Store
	actor access.Actor
	out   io.Writer
	base  *url.URL // where people reach the console
}

// staff runs a command about the people who work with the console. It may run while serve runs.
func staff(ctx context.Context, e environment, args []string) (err error) {
	command, err := findStaffCommand(args)
	if err != nil {
		return err
	}
	base, err := linkBase(e)
	if err != nil {
		return err
	}
	options, err := storeOptions(e, 1)
	if err != nil {
		return err
	}
	db, err := migrated(ctx, e, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	s, err := store.Open(ctx, db.app, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d := desk{store: s, actor: operatorAtTerminal(e), out: e.out, base: base}
	return plainError(command.of(d)(ctx, args[1:]))
}

func findStaffCommand(args []string) (staffCommand, error) {
	var lines []string
	for _, c := range staffCommands {
		if len(args) > 0 && args[0] == c.name {
			return c, nil
		}
		lines = append(lines, "  arcadia staff "+c.usage)
	}
	return staffCommand{}, fmt.Errorf("%w:\n%s", errUsage, strings.Join(lines, "\n"))
}

// linkBase is where people reach the console, as serve would say it.
func linkBase(e environment) (*url.URL, error) {
	if text := e.getenv("ARCADIA_PUBLIC_URL"); text != "" {
		return parsePublicURL(text)
	}
	port := "8080"
	if _, p, err := net.SplitHostPort(e.getenv("ARCADIA_ADDR")); err == nil && p != "0" {
		port = p
	}
	scheme := "http"
	if e.getenv("ARCADIA_TLS_CERT") != "" {
		scheme = "https"
	}
	return parsePublicURL(scheme + "://localhost:" + port)
}

// plainError says in words what the person at the terminal can mend.
func plainError(err error) error {
	var problems catalog.Problems
	switch {
	case errors.As(err, &problems):
		var texts []string
		for _, p := range problems {
			texts = append(texts, p.Text)
		}
		return errors.New(strings.Join(texts, " "))
	case errors.Is(err, store.ErrLastAdmin):
		return errors.New("this is the last admin who can sign in: make somebody else admin first")
	case errors.Is(err, store.ErrStale):
		return errors.New("somebody changed this person at the same moment: look with arcadia staff list, and try again")
	}
	return err
}

// add invites somebody.
func (d desk) add(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("staff add", flag.ContinueOnError)
	name := flags.String("name", "", "how the person is called")
	roles := flags.String("role", "", "viewer, support, billing, operator or admin; several with commas")
	email, err := parseEmail(flags, args)
	if err != nil {
		return err
	}
	set, err := parseRoles(*roles)
	if err != nil {
		return err
	}
	person, token, err := d.store.InviteStaff(ctx, d.actor, store.NewStaff{Email: email, Name: *name, Roles: set}, "")
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s <%s> is invited as %s.\n", printableText(person.Name), person.Email, person.Roles().Label("and"))
	return d.printLink(token)
}

// printLink prints a one-time link, which stands nowhere else.
func (d desk) printLink(token store.Token) error {
	ends := time.Now().Add(store.LinkLife)
	_, err := fmt.Fprintf(d.out, "This link works once, until %s. It is not shown again:\n\n  %s\n\n",
		ends.Format("2 Jan 2006, 15:04 MST"), d.base.JoinPath("welcome", token.String()))
	return err
}

// list prints everybody.
func (d desk) list(ctx context.Context, args []string) error {
	if err := parse(flag.NewFlagSet("staff list", flag.ContinueOnError), args, 0); err != nil {
		return err
	}
	people, err := d.store.ListStaff(ctx)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		_, err := fmt.Fprintln(d.out, "Nobody yet.", firstAdmin)
		return err
	}
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "E-MAIL\tNAME\tROLES\tSTATUS\tSECOND FACTOR\tLAST SIGN-IN\tSESSIONS")
	for _, p := range people {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", p.Email, printableText(p.Name), p.RolesText, p.Status, factorWords(p), lastSignIn(p), p.Sessions)
	}
	return table.Flush()
}

// printableText keeps a name that somebody typed from steering the terminal.
func printableText(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

func factorWords(p store.Staff) string {
	var words []string
	if p.Passkeys > 0 {
		words = append(words, "passkey")
	}
	if p.HasTOTP {
		words = append(words, "app")
	}
	if p.HasSSO() {
		words = append(words, "single sign-on")
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func lastSignIn(p store.Staff) string {
	if !p.LastSignInAt.Valid {
		return "never"
	}
	return p.LastSignInAt.Time.UTC().Format("2006-01-02 15:04 MST")
}

// disable keeps somebody out, at once.
func (d desk) disable(ctx context.Context, args []string) error {
	email, err := parseEmail(flag.NewFlagSet("staff disable", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	person, err := d.find(ctx, email)
	if err != nil {
		return err
	}
	change := store.StaffChange{ID: person.ID, EditVersion: person.EditVersion, Name: person.Name, Roles: person.Roles(), Disabled: true}
	if err := d.store.ChangeStaff(ctx, d.actor, change, ""); err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.out, "%s is disabled; all sessions ended.\n", person.Email)
	return err
}

// reset gives somebody a new way in.
func (d desk) reset(ctx context.Context, args []string) error {
	email, err := parseEmail(flag.NewFlagSet("staff reset", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	person, err := d.find(ctx, email)
	if err != nil {
		return err
	}
	if person.Status == store.StaffDisabled {
		return fmt.Errorf("%s is disabled, and a link would not work: an admin enables people under Settings, Staff", person.Email)
	}
	token, err := d.store.MakeLink(ctx, d.actor, person.ID, "")
	if err != nil {
		return err
	}
	if person.Status == store.StaffActive {
		fmt.Fprintln(d.out, "Using the link clears password, passkeys, authenticator app and the link to single sign-on, and ends all sessions.")
	}
	return d.printLink(token)
}

// role gives somebody other roles in place of those that they have.
func (d desk) role(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("staff role", flag.ContinueOnError)
	if err := parse(flags, args, 2); err != nil {
		return err
	}
	roles, err := parseRoles(flags.Arg(1))
	if err != nil {
		return err
	}
	person, err := d.find(ctx, flags.Arg(0))
	if err != nil {
		return err
	}
	change := store.StaffChange{
		ID: person.ID, EditVersion: person.EditVersion, Name: person.Name, Roles: roles, Disabled: person.Status == store.StaffDisabled,
	}
	if err := d.store.ChangeStaff(ctx, d.actor, change, ""); err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.out, "%s is %s now, from the next request on.\n", person.Email, roles.Label("and"))
	return err
}

func (d desk) find(ctx context.Context, email string) (store.Staff, error) {
	person, err := d.store.FindStaff(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return person, fmt.Errorf("nobody has the e-mail %q: see arcadia staff list", email)
	}
	return person, err
}

func parseRoles(text string) (access.Roles, error) {
	roles, err := access.ParseRoles(text)
	if err != nil || roles == 0 {
		return 0, fmt.Errorf("%w: a role is viewer, support, billing, operator or admin; several with commas, as in support,billing", errUsage)
	}
	return roles, nil
}

// parseEmail takes the e-mail that stands before the flags, or after them.
func parseEmail(flags *flag.FlagSet, args []string) (string, error) {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args[0], parse(flags, args[1:], 0)
	}
	err := parse(flags, args, 1)
	return flags.Arg(0), err
}

// firstAdmin says how to let the first person in.
const firstAdmin = `Make the first admin with: arcadia staff add you@example.com --name "Your Name" --role admin`

// sayFirstAdmin prints how to begin, where nobody can sign in.
func sayFirstAdmin(ctx context.Context, e environment, s *store.Store) error {
	has, err := s.HasStaff(ctx)
	if err != nil || has {
		return err
	}
	_, err = fmt.Fprintln(e.out, "Nobody can sign in yet.", firstAdmin)
	return err
}
