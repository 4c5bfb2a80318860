package store_test

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

func TestAPITokenHasAFormThatScannersKnow(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^arc_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$`)
	seen := map[string]bool{}
	for range 200 {
		token := store.NewAPIToken()
		text := token.String()
		if got, ok := store.ParseAPIToken(text); !ok || got != token || !form.MatchString(text) || !strings.HasPrefix(text, token.Code()+"_") {
			t.Fatalf("%s: %v %t", text, got, ok)
		}
		if seen[text] || seen[token.Code()] {
			t.Fatal("a token came twice")
		}
		seen[text], seen[token.Code()] = true, true
	}
	text := store.NewAPIToken().String()
	other := "0"
	if text[20] == '0' {
		other = "1"
	}
	for name, text := range map[string]string{
		"nothing": "", "another prefix": "abc" + text[3:], "one letter less": text[:len(text)-1], "one letter more": text + "A",
		"another letter": text[:20] + other + text[21:], "a space": " " + text, "a line end": text[:61] + "\n", "no second bar": text[:12] + "A" + text[13:],
		"a letter of another alphabet": text[:20] + "-" + text[21:],
	} {
		if _, ok := store.ParseAPIToken(text); ok {
			t.Errorf("%s: %q is taken for a token", name, text)
		}
	}
}

func FuzzParseAPIToken(f *testing.F) {
	f.Add(store.NewAPIToken().String())
	f.Add("")
	f.Add("arc_00000000_" + strings.Repeat("0", 49))
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := store.ParseAPIToken(text)
		if ok && (token.String() != text || len(token.Code()) != 12) || strings.ContainsFunc(token.String(), func(r rune) bool { return ok && r > 'z' }) {
			t.Errorf("%q: %v %t", text, token, ok)
		}
	})
}

// Ended, revoked, disabled, made up: all are the same error, at once and in every process.
func TestTokensThatDoNotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := openStore(t, w.db.AppDSN, store.Options{Conns: 2})
	dead := func(what string, text string) {
		t.Helper()
		for i, s := range []*store.Store{w.Store, other} {
			if caller, err := s.Authenticate(t.Context(), text, "192.0.2.9"); !errors.Is(err, store.ErrNotFound) || caller != (store.Caller{}) {
				t.Errorf("%s, process %d: %+v %v, want ErrNotFound", what, i, caller, err)
			}
		}
	}
	i := w.integration("Bridge", access.Support)
	kept, ended, revoked := w.apiToken(i), w.apiToken(i), w.apiToken(i)
	works := func(what string, token store.APIToken) {
		t.Helper()
		for _, s := range []*store.Store{w.Store, other} {
			caller, err := s.Authenticate(t.Context(), token.String(), "192.0.2.9")
			if err != nil || caller.IntegrationID != i.ID || caller.TokenCode != token.Code() || caller.Actor().Validate() != nil ||
				caller.Actor().Kind != access.API || caller.Actor().ID != "bridge" {
				t.Errorf("%s: %+v %v", what, caller, err)
			}
		}
	}
	for _, token := range []store.APIToken{kept, ended, revoked} {
		works("fresh", token)
	}
	if err := w.RevokeToken(t.Context(), admin, i.ID, w.tokenRow(i, revoked).ID, ""); err != nil {
		t.Fatal(err)
	}
	w.exec(`ALTER TABLE integration_tokens DISABLE TRIGGER keep_token`,
		`UPDATE integration_tokens SET inserted_at = now() - interval '30 days', expires_at = now() - interval '1 millisecond' WHERE code = '`+ended.Code()+`'`,
		`ALTER TABLE integration_tokens ENABLE TRIGGER keep_token`)
	dead("revoked", revoked.String())
	dead("ended", ended.String())
	dead("made up", store.NewAPIToken().String())
	dead("no token at all", "nonsense")
	dead("nothing", "")
	works("the one that was kept", kept)
	change := store.IntegrationChange{ID: i.ID, EditVersion: 1, NewIntegration: store.NewIntegration{Name: i.Name, Roles: i.Roles()}, Disabled: true}
	if err := w.ChangeIntegration(t.Context(), admin, change, ""); err != nil {
		t.Fatal(err)
	}
	dead("disabled", kept.String())
	change.EditVersion, change.Disabled = 2, false
	if err := w.ChangeIntegration(t.Context(), admin, change, ""); err != nil {
		t.Fatal(err)
	}
	works("let in again", kept)
}

func TestMakeToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.integration("Bridge", access.Support)
	for name, c := range map[string]struct {
		edit   func(*store.NewIntegrationToken)
		fields []string
	}{
		"no end":       {func(n *store.NewIntegrationToken) { n.Ends = time.Time{} }, []string{"ends"}},
		"an end now":   {func(n *store.NewIntegrationToken) { n.Ends = time.Now() }, []string{"ends"}},
		"a late end":   {func(n *store.NewIntegrationToken) { n.Ends = time.Now().AddDate(0, 0, 367) }, []string{"ends"}},
		"a long label": {func(n *store.NewIntegrationToken) { n.Label = strings.Repeat("x", 101) }, []string{"label"}},
	} {
		n := w.wantedToken(i)
		c.edit(&n)
		w.untouched(name, func() {
			_, err := w.MakeToken(t.Context(), admin, n, "")
			problems(t, err, c.fields...)
		})
	}
	n := w.wantedToken(i)
	n.Key = ""
	if _, err := w.MakeToken(t.Context(), admin, n, ""); !errors.Is(err, store.ErrInput) {
		t.Errorf("no key: %v", err)
	}
	n = w.wantedToken(i)
	n.IntegrationID = uuid.New()
	if _, err := w.MakeToken(t.Context(), admin, n, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	n = w.wantedToken(i)
	n.Ends = time.Now().AddDate(1, 0, 0)
	token, err := w.MakeToken(t.Context(), admin, n, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	row := w.tokenRow(i, token)
	if row.Label != "CI" || row.MadeByName != "Admin" || !row.Live || row.LastUsedAt.Valid || row.RevokedAt.Valid {
		t.Errorf("%+v", row)
	}
	if got := w.newest("kind || ' ' || object_name || ' ' || changes"); !strings.HasPrefix(got, "token_made Bridge ") || !strings.Contains(got, token.Code()) {
		t.Errorf("recorded as %s", got)
	}
	if content := w.everything(); strings.Contains(content, strings.ToLower(token.String()[13:])) || !strings.Contains(content, strings.ToLower(token.Code())) {
		t.Error("the token stands in the database, or its beginning does not")
	}
}

// A form that is sent twice leaves one token that works; one that is in use already is not taken away by it.
func TestTheSameFormMakesOneToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	i := w.integration("Bridge", access.Support)
	n := w.wantedToken(i)
	tokens := make([]store.APIToken, 8)
	var all sync.WaitGroup
	for j := range tokens {
		all.Go(func() {
			var err error
			if tokens[j], err = w.MakeToken(t.Context(), admin, n, ""); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.integrated(i.ID).Tokens; got != 1 {
		t.Errorf("%d tokens work, want 1", got)
	}
	if got := strings.Count(strings.Join(w.deeds(), " "), "token_revoked"); got != len(tokens)-1 {
		t.Errorf("%d were revoked", got)
	}
	for _, token := range tokens {
		if w.tokenRow(i, token).Live {
			if _, err := w.Authenticate(t.Context(), token.String(), ""); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := w.MakeToken(t.Context(), admin, n, ""); !errors.Is(err, store.ErrTokenInUse) {
		t.Errorf("%v, want ErrTokenInUse", err)
	}
	if got := w.integrated(i.ID).Tokens; got != 1 {
		t.Errorf("%d tokens work, want 1", got)
	}
}

func TestRevokeToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i, j := w.integration("Bridge", access.Support), w.integration("Other", access.Support)
	token := w.tokenRow(i, w.apiToken(i))
	w.untouched("a token of another integration", func() {
		if err := w.RevokeToken(t.Context(), admin, j.ID, token.ID, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
		if err := w.RevokeToken(t.Context(), access.Actor{}, i.ID, token.ID, ""); !errors.Is(err, access.ErrNoActor) {
			t.Errorf("%v, want ErrNoActor", err)
		}
	})
	if err := w.RevokeToken(t.Context(), admin, i.ID, token.ID, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	w.untouched("a second time", func() {
		if err := w.RevokeToken(t.Context(), support, i.ID, token.ID, ""); err != nil {
			t.Error(err)
		}
	})
	if list, err := w.ListIntegrationTokens(t.Context(), i.ID); err != nil || list[0].RevokedBy != "Admin" || list[0].Live {
		t.Errorf("%+v %v", list, err)
	}
}

// The use of a token is noted once a minute and with where it came from, and costs no round trip more.
func TestAuthenticateIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.integration("Bridge", access.Support)
	token := w.apiToken(i)
	meter, dsn := newMeter(t, w.db.AppDSN)
	s := openStore(t, dsn, store.Options{Conns: 1})
	used := func() string { return w.value(`SELECT last_used_at::text || last_used_from FROM integration_tokens`) }
	call := func(what, address string) string {
		t.Helper()
		before := meter.trips.Load()
		if _, err := s.Authenticate(t.Context(), token.String(), address); err != nil {
			t.Fatal(err)
		}
		if n := meter.trips.Load() - before; n != 1 {
			t.Errorf("%s: %d round trips, want 1", what, n)
		}
		return used()
	}
	first := call("first", "192.0.2.9")
	if !strings.HasSuffix(first, "192.0.2.9") {
		t.Errorf("used %s", first)
	}
	if again := call("again", "192.0.2.10"); again != first {
		t.Errorf("noted %s, a moment after %s", again, first)
	}
	w.exec(`UPDATE integration_tokens SET last_used_at = clock_timestamp() - interval '61 seconds'`)
	if later := call("after a minute", "192.0.2.10"); !strings.HasSuffix(later, "192.0.2.10") {
		t.Errorf("a later use is not noted: %s", later)
	}
}

// Wrong tokens are counted by address, in all processes together; a right one works on, and passwords are not affected.
func TestWrongTokensAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	right := w.apiToken(w.integration("Bridge", access.Support)).String()
	processes := []*store.Store{w.Store, openStore(t, w.db.AppDSN, store.Options{Conns: 5}), openStore(t, w.db.AppDSN, store.Options{Conns: 5})}
	looked := 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range 300 {
		text := store.NewAPIToken().String()
		if n%2 == 0 {
			text = "nonsense"
		}
		all.Go(func() {
			_, err := processes[n%3].Authenticate(t.Context(), text, "203.0.113.9")
			for errors.Is(err, store.ErrBusy) {
				_, err = processes[n%3].Authenticate(t.Context(), text, "203.0.113.9")
			}
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, store.ErrNotFound) {
				looked++
			} else if !errors.Is(err, store.ErrTooManyTries) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if looked != store.MaxTokenGuesses {
		t.Errorf("%d were looked at, want %d", looked, store.MaxTokenGuesses)
	}
	counted := w.value(`SELECT n FROM guesses`)
	if _, err := w.Authenticate(t.Context(), "nonsense", "203.0.113.9"); !errors.Is(err, store.ErrTooManyTries) || w.value(`SELECT n FROM guesses`) != counted {
		t.Errorf("%v, and it was written", err)
	}
	if _, err := w.Authenticate(t.Context(), "nonsense", "203.0.113.10"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another address: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), right, "203.0.113.9"); err != nil {
		t.Errorf("a right token: %v", err)
	}
	if ok, err := w.CountGuess(t.Context(), "dana@arcadia.test", "203.0.113.9"); !ok || err != nil {
		t.Errorf("a password from there: %t %v", ok, err)
	}
	w.exec(`UPDATE guesses SET started_at = started_at - interval '16 minutes'`)
	if _, err := w.Authenticate(t.Context(), "nonsense", "203.0.113.9"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after a quarter of an hour: %v", err)
	}
}

// What an integration does stands under its slug as an action of the API, with the roles that it had.
func TestMovesOfAnIntegration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.integration("Billing bridge", access.Support)
	caller, err := w.Authenticate(t.Context(), w.apiToken(i).String(), "192.0.2.9")
	if err != nil {
		t.Fatal(err)
	}
	id := w.deployment(w.tenant("acme"), "shop")
	moved, err := w.Transition(t.Context(), w.ask(caller.Actor(), id, lifecycle.Pause))
	if err != nil || moved.Verdict != lifecycle.Accepted {
		t.Fatalf("%+v %v", moved, err)
	}
	w.unchanged("what support may not", func() {
		moved, err := w.Transition(t.Context(), w.ask(caller.Actor(), id, lifecycle.MarkPastDue))
		if err != nil || moved.Verdict != lifecycle.Refused || moved.Refusal.Code != lifecycle.Forbidden {
			t.Errorf("%+v %v", moved, err)
		}
	})
	timeline, err := w.GetDeploymentTimeline(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	if e := timeline.Entries[0]; e.ActorKind != access.API || e.Actor != "billing-bridge" || e.ActorName != "Billing bridge" || e.ActorLabel() != "API" || e.ActorRoles != "support" {
		t.Errorf("%+v", e)
	}
	moves, err := w.ListIntegrationMoves(t.Context(), i.Slug, 20)
	if err != nil || len(moves) != 1 || moves[0].DeploymentID != id || moves[0].From != lifecycle.Active || moves[0].To != lifecycle.Paused {
		t.Errorf("%+v %v", moves, err)
	}
	deeds, err := w.ListIntegrationActivity(t.Context(), i.ID, 20)
	if err != nil || len(deeds) != 2 || deeds[0].Deed != store.TokenMade || deeds[1].Deed != store.IntegrationCreated {
		t.Errorf("%+v %v", deeds, err)
	}
}
