// Package catalog says what is sold (plans, regions, sizes) and how the fields of a tenant and a deployment must be
// written. It is pure: forms, imports and the API check their input here, before anything is stored.
package catalog

// Plan is a price at which a deployment is sold.
type Plan struct {
	Code       string
	Name       string
	PriceCents int // a month, in euro cents
}

// Place is a region in which machines stand.
type Place struct {
	Code, Name string
}

// Size is a kind of machine.
type Size struct {
	Code, Name string
}

// Currency is that of all plans.
const Currency = "EUR"

// Plans lists what is sold, the cheapest first.
var Plans = []Plan{
	{"starter", "Starter", 1900},
	{"standard", "Standard", 4900},
	{"business", "Business", 14900},
	{"enterprise", "Enterprise", 49900},
}

// Regions lists where a deployment can run.
var Regions = []Place{
	{"fra1", "Frankfurt"},
	{"ams3", "Amsterdam"},
	{"lon1", "London"},
	{"nyc1", "New York"},
	{"tor1", "Toronto"},
	{"sfo3", "San Francisco"},
	{"blr1", "Bangalore"},
	{"sgp1", "Singapore"},
	{"syd1", "Sydney"},
}

// Sizes lists the machines, the smallest first.
var Sizes = []Size{
	{"s-1vcpu-1gb", "1 CPU, 1 GB"},
	{"s-1vcpu-2gb", "1 CPU, 2 GB"},
	{"s-2vcpu-4gb", "2 CPUs, 4 GB"},
	{"s-4vcpu-8gb", "4 CPUs, 8 GB"},
	{"s-8vcpu-16gb", "8 CPUs, 16 GB"},
}

// FindPlan returns the plan with the code.
func FindPlan(code string) (Plan, bool) {
	for _, p := range Plans {
		if p.Code == code {
			return p, true
		}
	}
	return Plan{}, false
}

// FindRegion returns the region with the code.
func FindRegion(code string) (Place, bool) {
	for _, r := range Regions {
		if r.Code == code {
			return r, true
		}
	}
	return Place{}, false
}

// FindSize returns the size with the code.
func FindSize(code string) (Size, bool) {
	for _, s := range Sizes {
		if s.Code == code {
			return s, true
		}
	}
	return Size{}, false
}
