package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
)

// Words that stand in the names of a large set as often as they say, for trying a search.
const (
	RareWord   = "quetzal"     // in one deployment
	SomeWord   = "observatory" // in one of 1,000
	CommonWord = "warehouse"   // in one of 33
)

const (
	largeSpan    = 3 * 365 * 24 * time.Hour // how long ago the first tenant came
	largeSeed    = 20260301
	busiest      = 400 // deployments of one tenant at most
	busyOneIn    = 500 // tenants
	busyShare    = 12  // percent of the further deployments that go to them
	maxLargeSize = 20_000_000
)

// LoadLarge fills an empty database with the given numbers of tenants and deployments, with about four events for each
// of these, by store.LoadBulk: all in one transaction, checked by the database. The same numbers and the same moment give
// the same rows. ownerDSN connects as the owner of the tables. store.ErrNotEmpty when there are tenants.
func LoadLarge(ctx context.Context, ownerDSN string, tenants, deployments int, now time.Time, out io.Writer) (err error) {
	if tenants < 1 || deployments < 0 || tenants > maxLargeSize || deployments > maxLargeSize {
		return fmt.Errorf("demo: %d tenants and %d deployments: it takes 1 to %d tenants and up to %[3]d deployments", tenants, deployments, maxLargeSize)
	}
	set := newLargeSet(tenants, deployments, now)
	if !set.fits() {
		return fmt.Errorf("demo: %d deployments do not fit %d tenants: one has %d at most", deployments, tenants, busiest)
	}
	st, err := store.Open(ctx, ownerDSN, store.Options{Loading: true, Conns: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	start := time.Now()
	err = st.LoadBulk(ctx, set.bulk(), func(step string) {
		fmt.Fprintf(out, "%6.1f s  %s\n", time.Since(start).Seconds(), step)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s and %s loaded in %.1f s.\n", Count(tenants, "tenant"), Count(deployments, "deployment"), time.Since(start).Seconds())
	return err
}

// largeSet knows which deployment belongs to which tenant; everything else of a row follows from its number.
type largeSet struct {
	now         time.Time
	start       time.Time
	tenants     int
	deployments int
	owner       []int32 // by deployment: the number of its tenant
	ordinal     []int16 // by deployment: how many the tenant had before
}

func newLargeSet(tenants, deployments int, now time.Time) *largeSet {
	now = now.UTC().Truncate(time.Microsecond)
	s := &largeSet{now: now, start: now.Add(-largeSpan), tenants: tenants, deployments: deployments}
	if s.fits() {
		s.assign()
	}
	return s
}

func (s *largeSet) fits() bool { return s.deployments <= s.tenants*busiest/2 }

// assign gives each tenant a deployment when it comes, and the further ones to those that are there by then, some of
// which are far busier than others.
func (s *largeSet) assign() {
	rng := rand.New(rand.NewPCG(largeSeed, 1))
	s.owner, s.ordinal = make([]int32, s.deployments), make([]int16, s.deployments)
	had := make([]int16, s.tenants)
	for i := range s.deployments {
		t := rng.IntN(s.come(i))
		if first := s.come(i) - 1; had[first] == 0 {
			t = first
		} else if rng.IntN(100) < busyShare {
			t -= t % busyOneIn
		}
		for had[t] >= busiest {
			t = (t + 1) % s.come(i)
		}
		s.owner[i], s.ordinal[i] = int32(t), had[t]
		had[t]++
	}
}

// come is how many tenants are there when deployment i comes: at least one.
func (s *largeSet) come(i int) int {
	return min(s.tenants, 1+int(int64(i)*int64(s.tenants)/int64(max(s.deployments, 1))))
}

// tenantAt spreads the tenants evenly over the time; deploymentAt each deployment likewise, a little after its tenant.
func (s *largeSet) tenantAt(t int) time.Time {
	return s.start.Add(time.Duration(float64(largeSpan) * 0.99 * float64(t) / float64(s.tenants))).Truncate(time.Microsecond)
}

func (s *largeSet) deploymentAt(i int) time.Time {
	even := time.Duration(float64(largeSpan) * 0.99 * float64(i) / float64(s.deployments))
	return s.start.Add(even + time.Duration(float64(largeSpan)*0.005)).Truncate(time.Microsecond)
}

func (s *largeSet) bulk() store.Bulk {
	return store.Bulk{
		Actor:       access.Actor{Kind: access.System, ID: "demo", Name: "Demo data"},
		Tenants:     each(s.tenants, s.tenant),
		Deployments: each(s.deployments, func(i int) store.BulkDeployment { d, _ := s.deployment(i); return d }),
		Events: func(yield func(store.BulkEvent) bool) {
			for i := range s.deployments {
				_, events := s.deployment(i)
				for _, e := range events {
					if !yield(e) {
						return
					}
				}
			}
		},
		Versions: maxLargeEvents, Provider: Provider,
	}
}

func each[T any](n int, row func(int) T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := range n {
			if !yield(row(i)) {
				return
			}
		}
	}
}

func (s *largeSet) tenant(t int) store.BulkTenant {
	rng := rand.New(rand.NewPCG(largeSeed+1, uint64(t)))
	at := s.tenantAt(t)
	name := pick(rng, companyFirst) + " " + pick(rng, companySecond)
	slug := tenantSlug(name, t)
	return store.BulkTenant{
		ID: idFrom(at, rng.Uint64(), rng.Uint64()), EditID: idFrom(at, rng.Uint64(), rng.Uint64()), InsertedAt: at,
		Fields: catalog.Tenant{
			Name: name, Slug: slug, Email: "it@" + slug + ".example", BillingEmail: "accounts@" + slug + ".example",
			ExternalCustomerID: fmt.Sprintf("C-%07d", t+1), TimeZone: pick(rng, timeZones),
		},
	}
}

func tenantSlug(name string, t int) string { return fmt.Sprintf("%s-%d", catalog.Slugify(name), t+1) }
