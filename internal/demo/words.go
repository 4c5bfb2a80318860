package demo

import (
	"math/rand/v2"

	"arcadia.example/console/catalog"
)

// What the companies of a large set are called. None of these contains a word that is there to be searched.
var (
	companyFirst = []string{
		"Alder", "Amber", "Anchor", "Arbor", "Aspen", "Atlas", "Aurora", "Beacon", "Birch", "Blue Heron", "Bramble", "Bright", "Cedar",
		"Cinder", "Clover", "Coastal", "Copper", "Coral", "Crescent", "Delta", "Driftwood", "Eastgate", "Elm", "Ember", "Fern", "Field",
		"Fjord", "Flint", "Foxglove", "Garnet", "Glacier", "Golden", "Granite", "Harbor", "Hawthorn", "Hazel", "Heather", "Highland",
		"Hollow", "Indigo", "Iron", "Ivory", "Jasper", "Juniper", "Kestrel", "Lakeside", "Lantern", "Larch", "Laurel", "Linden", "Lunar",
		"Maple", "Marble", "Meadow", "Meridian", "Mill", "Mistral", "Moss", "Nimbus", "North", "Oak", "Ochre", "Olive", "Onyx", "Orchard",
		"Osprey", "Pebble", "Pine", "Polar", "Poplar", "Prairie", "Quarry", "Raven", "Redwood", "Ridge", "River", "Rowan", "Saffron",
		"Sage", "Sandstone", "Sequoia", "Silver", "Slate", "Solstice", "Sparrow", "Spruce", "Stone", "Summit", "Sycamore", "Tamarack",
		"Thistle", "Timber", "Topaz", "Umber", "Valley", "Velvet", "Violet", "Walnut", "Willow", "Winter",
	}
	companySecond = []string{
		"Analytics", "Apparel", "Architects", "Bakery", "Books", "Brewing", "Ceramics", "Clinic", "Coffee", "Consulting", "Cycles",
		"Dental", "Design", "Electric", "Energy", "Engineering", "Farms", "Films", "Finance", "Fitness", "Foods", "Freight", "Furniture",
		"Games", "Gardens", "Goods", "Health", "Homes", "Hotels", "Insurance", "Interiors", "Kitchens", "Labs", "Law", "Learning",
		"Logistics", "Marine", "Media", "Mobility", "Museum", "Music", "Optics", "Outfitters", "Partners", "Pharmacy", "Pictures",
		"Press", "Records", "Robotics", "Schools", "Security", "Software", "Sports", "Studio", "Supply", "Systems", "Tea", "Textiles",
		"Toys", "Trading", "Travel", "Ventures", "Wines", "Works",
	}
	purposes = []string{
		"production", "staging", "demo", "intranet", "press site", "shop", "blog", "help desk", "training", "archive", "events", "forum",
		"newsroom", "docs", "careers", "partners", "analytics", "backoffice", "test", "mobile", "gallery", "portal",
	}
	timeZones = []string{
		"Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Paris", "Europe/Stockholm", "America/New_York", "America/Toronto",
		"America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "UTC",
	}
)

// app is something that is deployed, with versions that were current at some time, the oldest first.
type app struct {
	name     string
	versions []string
}

var apps = []app{
	{"WordPress", []string{"6.4.3", "6.5.5", "6.6.2", "6.7.1"}},
	{"Ghost", []string{"5.75.0", "5.82.2", "5.96.0"}},
	{"Mattermost", []string{"9.5.2", "9.11.3", "10.1.2"}},
	{"GitLab", []string{"16.9.2", "17.2.1", "17.5.0"}},
	{"Nextcloud", []string{"28.0.4", "29.0.7", "30.0.1"}},
	{"Discourse", []string{"3.2.1", "3.3.2"}},
	{"Metabase", []string{"0.48.6", "0.50.21", "0.51.2"}},
	{"Odoo", []string{"16.0", "17.0"}},
	{"Matomo", []string{"4.16.1", "5.1.2"}},
	{"Moodle", []string{"4.3.4", "4.4.3"}},
	{"Keycloak", []string{"24.0.5", "25.0.6", "26.0.2"}},
	{"Zammad", []string{"6.2.0", "6.3.1"}},
}

var planWeights = []int{45, 32, 17, 6} // of catalog.Plans

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func weighted(rng *rand.Rand, plans []catalog.Plan, weights []int) catalog.Plan {
	n := rng.IntN(100)
	for i, w := range weights {
		if n -= w; n < 0 {
			return plans[i]
		}
	}
	return plans[0]
}
