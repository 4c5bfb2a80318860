package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// searchWorld is a small world with everything that can be searched for.
type searchWorld struct {
	*world
	northwind, percent   uuid.UUID // tenants
	shop, wiki, odd, old uuid.UUID // deployments
}

func newSearchWorld(t testing.TB) searchWorld {
	w := searchWorld{world: newWorld(t)}
	w.northwind = w.named(catalog.Tenant{
		Name: "Northwind Traders", Slug: "northwind", Email: "office@northwind.test", BillingEmail: "bills@nw-group.test", ExternalCustomerID: "10023456",
	})
	w.percent = w.named(catalog.Tenant{Name: `100% A_B \ Büro İzmir`, Slug: "percent", Email: "p_1@percent.test"})
	shop := deploymentFields("web-shop")
	shop.Name, shop.Hostname, shop.App = "Winter Shop", "shop.northwind.example", "magento"
	w.shop = w.create(w.northwind, shop, lifecycle.Active)
	wiki := deploymentFields("wiki")
	wiki.Name, wiki.App = "Shopping wiki", "deadbeef1"
	w.wiki = w.create(w.northwind, wiki, lifecycle.Trial)
	odd := deploymentFields("odd")
	odd.Name = `50%_off \o/ İstanbul`
	w.odd = w.create(w.percent, odd, lifecycle.Active)
	old := deploymentFields("old")
	old.Hostname = "old.northwind.example"
	w.old = w.create(w.northwind, old, lifecycle.Active)
	w.move(w.old, lifecycle.Cancel)
	w.move(w.old, lifecycle.Archive)
	w.exec(fmt.Sprintf(`UPDATE cloud_deployments SET droplet_id = 412345678, address = '203.0.113.7', edit_version = 2 WHERE id = '%s'`, w.shop),
		fmt.Sprintf(`UPDATE cloud_deployments SET droplet_id = 77, address = '2001:db8::1:7', edit_version = 2 WHERE id = '%s'`, w.wiki))
	return w
}

func (w searchWorld) named(f catalog.Tenant) uuid.UUID {
	id, err := w.CreateTenant(w.t.Context(), store.NewTenant{Command: w.by(support), Fields: f})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestSearchDeployments(t *testing.T) {
	t.Parallel()
	w := newSearchWorld(t)
	names := map[uuid.UUID]string{w.shop: "shop", w.wiki: "wiki", w.odd: "odd", w.old: "old"}
	for search, want := range map[string]string{
		"shop":                    "shop wiki", // whole word and part of one
		"web-SHOP":                "shop",
		"b-sho":                   "shop",
		"northwind":               "shop wiki old", // of the tenant
		"traders magento":         "shop",          // all words, in any field
		"magento traders nothing": "",
		"shop.northwind.example":  "shop",
		"https://shop.northwind.example/cart?x=1": "shop", // as pasted from the customer's browser
		"wi":                 "shop wiki", // short: the start of a word
		"nd":                 "",          // short: not inside one
		"%":                  "",          // no word starts with it
		"0%":                 "",
		"50%":                "odd",
		"50%_off":            "odd",
		"5__off":             "",
		"%_off":              "odd",
		`\o/`:                "odd",
		`\`:                  "odd",
		"i̇stanbul":          "",
		"istanbul":           "odd", // as the database lowers it
		"İSTANBUL":           "odd",
		"BÜRO":               "odd",
		"deadbeef1":          "wiki",
		"deadbeef":           "wiki", // could be the start of an ID, and is a word
		w.shop.String():      "shop",
		w.shop.String()[:23]: "shop",
		" " + strings.ToUpper(w.shop.String()) + " ": "shop",
		uuid.NewString(): "",
		"  ":             "shop wiki odd old",
	} {
		for _, sort := range store.DeploymentSorts {
			page, err := w.ListDeployments(t.Context(), store.DeploymentFilter{Search: search, Sort: sort})
			if err != nil {
				t.Errorf("%q: %v", search, err)
			}
			var got []string
			for _, name := range []string{"shop", "wiki", "odd", "old"} {
				if slices.ContainsFunc(page.Rows, func(r store.DeploymentRow) bool { return names[r.ID] == name }) {
					got = append(got, name)
				}
			}
			if strings.Join(got, " ") != want || len(got) != len(page.Rows) {
				t.Errorf("%q by %s: %v, want %s", search, sort, got, want)
			}
		}
	}
}

func TestSearchTenants(t *testing.T) {
	t.Parallel()
	w := newSearchWorld(t)
	for search, want := range map[string]struct {
		id     uuid.UUID
		nearly bool
	}{
		"northwind":             {w.northwind, false},
		"THWIND":                {w.northwind, false},
		"traders office":        {w.northwind, false},
		"bills@nw-group":        {w.northwind, false},
		"10023456":              {w.northwind, false}, // a customer's number that could be the start of an ID
		"100%":                  {w.percent, false},
		"a_b":                   {w.percent, false},
		`\`:                     {w.percent, false},
		"büro":                  {w.percent, false},
		"p_1":                   {w.percent, false},
		"Nortwind Tradrs":       {w.northwind, true},
		"nothwind":              {w.northwind, true},
		"norhtwind":             {w.northwind, true},
		"northwnd traders":      {w.northwind, true},
		"zzzzqq":                {},
		w.percent.String():      {w.percent, false},
		w.percent.String()[:28]: {w.percent, false},
	} {
		page, err := w.ListTenants(t.Context(), store.TenantFilter{Search: search})
		switch {
		case err != nil, want.id == uuid.Nil && len(page.Rows) > 0:
			t.Errorf("%q: %d rows, %v", search, len(page.Rows), err)
		case want.id != uuid.Nil && (len(page.Rows) == 0 || page.Rows[0].ID != want.id || page.Nearly != want.nearly):
			t.Errorf("%q: %d rows, nearly %t", search, len(page.Rows), page.Nearly)
		}
	}
}

func TestSearchForAnything(t *testing.T) {
	t.Parallel()
	w := newSearchWorld(t)
	for q, want := range map[string]uuid.UUID{
		w.shop.String():                             w.shop,
		strings.ToUpper(w.wiki.String()):            w.wiki,
		strings.ReplaceAll(w.odd.String(), "-", ""): w.odd,
		w.northwind.String():                        w.northwind,
		"412345678":                                 w.shop,
		"77":                                        w.wiki,
		"203.0.113.7":                               w.shop,
		" 203.0.113.7 ":                             w.shop,
		"2001:db8::1:7":                             w.wiki,
		"2001:0DB8:0000:0000:0000:0000:0001:0007":      w.wiki,
		"shop.northwind.example":                       w.shop,
		"SHOP.Northwind.example":                       w.shop,
		"  shop.northwind.example\n":                   w.shop,
		"urn:uuid:" + strings.ToLower(w.shop.String()): w.shop,
	} {
		found, err := w.Search(t.Context(), q)
		if err != nil {
			t.Errorf("%q: %v", q, err)
		}
		if found.DeploymentID.UUID != want && found.TenantID.UUID != want {
			t.Errorf("%q: %+v, want %s", q, found, want)
		}
	}
	// What is not the very one of anything is searched for as words.
	for q, want := range map[string]int{"shop": 2, "412345679": 0, "203.0.113": 0, "old.northwind.example": 1, "traders": 3, "": 0, " \t ": 0} {
		found, err := w.Search(t.Context(), q)
		if err != nil || found.DeploymentID.Valid || found.TenantID.Valid || len(found.Deployments) != want {
			t.Errorf("%q: %d deployments, want %d: %+v %v", q, len(found.Deployments), want, found, err)
		}
	}
}

// What has the words as whole words comes before what has them inside others, however new that is.
func TestWholeWordsFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	var whole, inside []uuid.UUID
	for i := range 3 {
		for _, part := range []string{"art", "party"} {
			f := deploymentFields(fmt.Sprintf("x%d-%d", i, len(part)))
			f.Name = part + " supplies"
			id := w.create(tenantID, f, lifecycle.Active)
			if part == "art" {
				whole = append(whole, id)
			} else {
				inside = append(inside, id)
			}
		}
	}
	slices.Reverse(whole)
	slices.Reverse(inside)
	for _, q := range []string{"art", "ART Supplies"} {
		found, err := w.Search(t.Context(), q)
		if got := idsOf(found.Deployments); err != nil || !slices.Equal(got, append(slices.Clone(whole), inside...)) {
			t.Errorf("%q: %v %v", q, got, err)
		}
	}
}

// Hostile searches are answered or refused as input, never the database's complaint.
func TestHostileSearches(t *testing.T) {
	t.Parallel()
	w := newSearchWorld(t)
	for _, q := range []string{
		"a\x00b", "\x00", "shop\x00.example", "a\xffb", "\xff\xfe", "'; DROP TABLE cloud_tenants; --", `"`, `\\\`, "%%%%", strings.Repeat("_", 500),
		strings.Repeat("word ", 200), strings.Repeat("x", 5000), "-1", "99999999999999999999999999", "1e400", "0x10", "fe80::1%eth0", "::", "0.0.0.0",
		"1.2.3.4/8", "\u202eabc", "${jndi:x}", "{" + uuid.NewString() + "}", "........", "00000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "- - -",
	} {
		w.hostile(q)
	}
}

func (w searchWorld) hostile(q string) {
	w.t.Helper()
	_, search := w.Search(w.t.Context(), q)
	_, tenants := w.ListTenants(w.t.Context(), store.TenantFilter{Search: q})
	_, deployments := w.ListDeployments(w.t.Context(), store.DeploymentFilter{Search: q})
	for what, err := range map[string]error{"search": search, "tenants": tenants, "deployments": deployments} {
		if err != nil && !errors.Is(err, store.ErrInput) {
			w.t.Errorf("%s for %.40q: %v", what, q, err)
		}
	}
}

// FuzzSearch searches for anything at all.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"shop", "a\x00b", "\xff", "100%", `\`, "203.0.113.7", uuid.NewString(), "412345678", "deadbeef"} {
		f.Add(q)
	}
	w := newSearchWorld(f)
	f.Fuzz(func(t *testing.T, q string) {
		searchWorld{world: &world{Store: w.Store, t: t}}.hostile(q)
	})
}
