package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// address is a request for a list with the parameters as they came over the wire.
func address(path, query string) echo.Context {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.URL.RawQuery = query
	return echo.New().NewContext(r, httptest.NewRecorder())
}

// deploymentsAt and tenantsAt read an address as the pages do: what is asked of the store, and the address as the page writes it.
func deploymentsAt(query string) (store.DeploymentFilter, views.ListQuery, error) {
	var q listQuery
	if err := readQuery(address("/deployments", query), &q, "state"); err != nil {
		return store.DeploymentFilter{}, views.ListQuery{}, err
	}
	filter, err := q.deployments()
	return filter, q.view("/deployments"), err
}

func tenantsAt(query string) (store.TenantFilter, views.ListQuery, error) {
	var q tenantQuery
	if err := readQuery(address("/tenants", query), &q); err != nil {
		return store.TenantFilter{}, views.ListQuery{}, err
	}
	filter, err := q.tenants()
	return filter, q.shared().view("/tenants"), err
}

// FuzzListQuery looks for parameters of a list that are taken for something else than they say: an impossible one is 400 with
// words, and a possible one is asked for as it stands and comes back in the page's own links.
func FuzzListQuery(f *testing.F) {
	for _, query := range []string{
		"", "q=shop&sort=name&state=active&state=paused&limit=10&after=x", "limit=1e9", "limit=-1", "limit=0", "limit=101", "limit=%2B5", "limit=05",
		"limit=9223372036854775808", "page=-1", "sort=id;DROP", "sort=Name", "state=gone", "tenant=1", "tenant=00000000-0000-0000-0000-000000000000",
		"q=%00", "q=%ff", "q=a&q=b", "Q=a", "after=a&before=b", "%71=x", "q=%20%20", "q=" + strings.Repeat("x", 201), "&&&", "=", "%zz", "q=%u0041",
		"listQuery.Q=x", "state=active;state=paused", "tenant={00000000-0000-0000-0000-000000000000}", "q=\u202e", "limit=\u0661", "sort=since&sort=name", "\xfd&\xfd",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		deployments, view, err := deploymentsAt(query)
		if refused(t, query, err) {
			return
		}
		if n := deployments.Page.Limit; n < 0 || n > 100 || deployments.Sort != "" && !contains(words(store.DeploymentSorts), string(deployments.Sort)) {
			t.Errorf("%q: %+v", query, deployments)
		}
		if !utf8.ValidString(deployments.Search) || strings.ContainsRune(deployments.Search, 0) || len([]rune(deployments.Search)) > maxSearch {
			t.Errorf("%q searches for %q", query, deployments.Search)
		}
		own, err := url.Parse(view.URL())
		if err != nil || own.Path != "/deployments" || own.Host != "" {
			t.Fatalf("%q: the page's own address is %q", query, view.URL())
		}
		again, _, err := deploymentsAt(own.RawQuery)
		deployments.Page.After, deployments.Page.Before = "", "" // a page's own address is that of the first page
		if err != nil || !sameDeployments(again, deployments) {
			t.Errorf("%q: the page's own address %q asks for %+v, not %+v: %v", query, own, again, deployments, err)
		}
	})
}

// FuzzTenantQuery is the same for the list of tenants.
func FuzzTenantQuery(f *testing.F) {
	for _, query := range []string{"", "q=a&sort=newest&limit=7&before=x", "state=active", "sort=since", "limit=1e9", "q=%ff", "tenant=1"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		tenants, view, err := tenantsAt(query)
		if refused(t, query, err) {
			return
		}
		own, err := url.Parse(view.URL())
		if err != nil || own.Path != "/tenants" || own.Host != "" {
			t.Fatalf("%q: the page's own address is %q", query, view.URL())
		}
		again, _, err := tenantsAt(own.RawQuery)
		tenants.Page.After, tenants.Page.Before = "", ""
		if err != nil || !reflect.DeepEqual(again, tenants) {
			t.Errorf("%q: the page's own address %q asks for %+v, not %+v: %v", query, own, again, tenants, err)
		}
	})
}

// refused expects of an error that it is 400 with words.
func refused(t *testing.T, query string, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	if f := failureOf(err); f.status != http.StatusBadRequest || f.text == "" || !utf8.ValidString(f.text) || len(f.text) > 500 {
		t.Errorf("%q: %d %q", query, f.status, f.text)
	}
	return true
}

// sameDeployments compares filters; in which order, and how often, states are named makes no difference.
func sameDeployments(a, b store.DeploymentFilter) bool {
	set := func(f *store.DeploymentFilter) map[string]bool {
		states := map[string]bool{}
		for _, s := range f.States {
			states[string(s)] = true
		}
		f.States = nil
		return states
	}
	x, y := set(&a), set(&b)
	return reflect.DeepEqual(x, y) && reflect.DeepEqual(a, b)
}

func words[T ~string](list []T) (all []string) {
	for _, one := range list {
		all = append(all, string(one))
	}
	return all
}

// FuzzBody looks for bodies of the API that are taken for something else than they say: an impossible one is 400 with words, and of
// a possible one every text can be stored, and the same said once more is the same.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `[]`, `{"action": "pause", "version": 1}`, `{"action": "pause", "version": 1, "version": 2}`, `{"Action": "pause"}`, `{"action": null}`,
		`{"notes": "a\u0000b"}`, `{"notes": "\ud800"}`, "{\"notes\": \"\xff\"}", `{"version": 1.0}`, `{"version": 1e0}`, `{"version": 9223372036854775808}`, `{"version": -0}`,
		`{"reason": {"a": [1]}}`, `{"action": "pause"} {}`, `{"action": "pa\u0075se"}`, `{"\u0061ction": "pause"}`, "\ufeff{}", `{"": ""}`, "{\"notes\": \"\u202e\"}", "{\"a\": 1\n}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var said apiTransition
		if refused(t, string(body), parseBody(body, &said)) {
			return
		}
		for _, text := range []string{string(said.Action), string(said.Reason), said.Notes} {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				t.Errorf("%q says %q", body, text)
			}
		}
		again, err := json.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		var once apiTransition
		if err := parseBody(again, &once); err != nil || once != said {
			t.Errorf("%q says %+v, written again %q says %+v: %v", body, said, again, once, err)
		}
	})
}

// FuzzIfMatch looks for an If-Match that is taken for a version which it does not name.
func FuzzIfMatch(f *testing.F) {
	for _, line := range []string{`"v3.e2.0123456789abcdef"`, `W/"v3.e2.x"`, `"v3"`, `v3`, `"v03"`, `"v+3"`, `"v3", "v4"`, `*`, `""`, `"`, `"e2.v3"`, `"v4294967299"`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c := address("/api/v1/deployments", "")
		c.Request().Header["If-Match"] = []string{line}
		wanted, err := seenVersion(c, "v", "version", 0)
		if refused(t, line, err) {
			return
		}
		if wanted.version < 0 || !wanted.byHeader || wanted.version > 0 && !strings.Contains(line, "v"+strconv.Itoa(wanted.version)) {
			t.Errorf("%q is taken for version %d", line, wanted.version)
		}
	})
}
