package demo

// company is a customer of the demo. Where it is says which regions its apps run in and when its people work.
type company struct {
	name, zone string
}

// companies are invented. The first ten have the most deployments.
var companies = []company{
	{"Northwind Traders", "Europe/Berlin"},
	{"Halcyon Hotels", "Europe/Lisbon"},
	{"Brightwater Media", "Europe/London"},
	{"Cobalt Robotics", "America/New_York"},
	{"Tessellate Design", "Europe/Stockholm"},
	{"Maple & Main", "America/Toronto"},
	{"Kestrel Analytics", "America/Los_Angeles"},
	{"Pan-Pacific Freight", "Asia/Singapore"},
	{"Wattle Street Schools", "Australia/Sydney"},
	{"Indigo Textiles", "Asia/Kolkata"},
	{"Alder Architects", "Europe/Berlin"},
	{"Amberline Insurance", "Europe/Paris"},
	{"Apex Climbing Halls", "Europe/Berlin"},
	{"Bakehouse Nine", "Europe/London"},
	{"Barefoot Yoga", "Australia/Sydney"},
	{"Bellweather Energy", "Europe/London"},
	{"Birch & Bramble", "Europe/Stockholm"},
	{"Blue Heron Books", "America/Toronto"},
	{"Bosun Marine Supply", "Europe/Lisbon"},
	{"Campfire Games", "America/Los_Angeles"},
	{"Canopy Garden Centres", "Europe/London"},
	{"Cedar Clinic Group", "America/New_York"},
	{"Cicero Legal", "Europe/Paris"},
	{"Citrus Grove Farms", "America/Los_Angeles"},
	{"Clementine Catering", "Europe/Paris"},
	{"Copperfield Press", "Europe/London"},
	{"Corvid Security", "America/New_York"},
	{"Daybreak Coffee", "America/New_York"},
	{"Dovetail Furniture", "Europe/Stockholm"},
	{"Eastgate Dental", "Europe/London"},
	{"Elderflower Drinks", "Europe/Berlin"},
	{"Fathom Diving", "Asia/Singapore"},
	{"Fieldnotes Research", "America/Toronto"},
	{"Fjordline Ferries", "Europe/Stockholm"},
	{"Foxglove Pharmacy", "Europe/London"},
	{"Garnet & Sons", "Asia/Kolkata"},
	{"Glasshouse Studios", "America/New_York"},
	{"Granite Peak Outfitters", "America/Toronto"},
	{"Harbourside Theatre", "Australia/Sydney"},
	{"Hearth & Hound", "Europe/London"},
	{"Hollow Oak Brewing", "America/New_York"},
	{"Icehouse Records", "Europe/Berlin"},
	{"Iris Opticians", "Europe/Paris"},
	{"Jackdaw Cycles", "Europe/London"},
	{"Juniper Learning", "Asia/Kolkata"},
	{"Kiln & Clay", "Europe/Lisbon"},
	{"Lakeshore Realty", "America/Toronto"},
	{"Lantern Festivals", "Asia/Singapore"},
	{"Larkspur Veterinary", "Europe/London"},
	{"Lumen Lighting", "Europe/Berlin"},
	{"Marigold Events", "Asia/Kolkata"},
	{"Meridian Surveyors", "Europe/London"},
	{"Mistral Sailing School", "Europe/Paris"},
	{"Moonrise Bakery", "Europe/Berlin"},
	{"Nimbus Weather", "America/New_York"},
	{"Nordlys Travel", "Europe/Stockholm"},
	{"Oakline Logistics", "America/New_York"},
	{"Orchard Primary Trust", "Europe/London"},
	{"Osprey Drones", "America/Los_Angeles"},
	{"Paperboat Toys", "Asia/Singapore"},
	{"Piedmont Wines", "Europe/Paris"},
	{"Quillon Software", "Europe/Berlin"},
	{"Redstart Recruiting", "Europe/London"},
	{"Riverbend Fitness", "America/New_York"},
	{"Saltmarsh Seafood", "Europe/Lisbon"},
	{"Sandpiper Tours", "Australia/Sydney"},
	{"Silverbirch Accounting", "Europe/Stockholm"},
	{"Solstice Solar", "Australia/Sydney"},
	{"Spindle & Loom", "Asia/Kolkata"},
	{"Stonebridge Museum", "Europe/London"},
	{"Tamarind Kitchens", "Asia/Singapore"},
	{"Thistledown Wool", "Europe/London"},
	{"Umbra Film Labs", "America/Los_Angeles"},
	{"Verdant Vertical Farms", "Europe/Berlin"},
	{"Whitecap Surf", "Australia/Sydney"},
	{"Zephyr Air Charter", "America/Los_Angeles"},
}

// accounts are customers whose whole account was moved at once; what each went through stands in stories_account.go.
var accounts = []struct {
	company
	story func(*script)
}{
	{company{"Alpenglow Ski Resorts", "Europe/Berlin"}, (*script).skiResort},
	{company{"Sunny Cove Campsites", "Europe/Lisbon"}, (*script).campsite},
	{company{"Evergreen Ice Rinks", "America/Toronto"}, (*script).pausedAccount},
	{company{"Tidewater Trading Post", "America/New_York"}, (*script).suspendedAccount},
	{company{"Pop-Up Pavilion", "Europe/London"}, (*script).cancelledAccount},
	{company{"Lodestar Shipping", "Asia/Singapore"}, (*script).restoredAccount},
}

// regionsOf are where the apps of a company run, the nearest first.
var regionsOf = map[string][]string{
	"Europe/Berlin": {"fra1", "fra1", "ams3"}, "Europe/Paris": {"ams3", "fra1"}, "Europe/Stockholm": {"fra1", "ams3"},
	"Europe/London": {"lon1", "lon1", "ams3"}, "Europe/Lisbon": {"lon1", "ams3"}, "America/New_York": {"nyc1", "nyc1", "tor1"},
	"America/Toronto": {"tor1", "nyc1"}, "America/Los_Angeles": {"sfo3", "sfo3", "nyc1"}, "Asia/Kolkata": {"blr1", "blr1", "sgp1"},
	"Asia/Singapore": {"sgp1", "sgp1", "blr1"}, "Australia/Sydney": {"syd1", "syd1", "sgp1"},
}

// use is what a company runs an app for.
type use struct {
	name, slug string
	apps       []string
}

var uses = []use{
	{"Web shop", "shop", []string{"WordPress", "Odoo"}},
	{"Company website", "www", []string{"WordPress", "Ghost"}},
	{"Intranet", "intranet", []string{"WordPress", "Nextcloud"}},
	{"Customer portal", "portal", []string{"Odoo", "Zammad"}},
	{"Help desk", "help", []string{"Zammad"}},
	{"Team chat", "chat", []string{"Mattermost"}},
	{"Source code", "git", []string{"GitLab"}},
	{"Shared files", "files", []string{"Nextcloud"}},
	{"Community forum", "forum", []string{"Discourse"}},
	{"Dashboards", "dashboards", []string{"Metabase"}},
	{"Web statistics", "stats", []string{"Matomo"}},
	{"Staff training", "training", []string{"Moodle"}},
	{"Single sign-on", "login", []string{"Keycloak"}},
	{"Newsletter", "news", []string{"Ghost"}},
	{"Bookings", "bookings", []string{"Odoo", "WordPress"}},
	{"Careers page", "careers", []string{"WordPress", "Ghost"}},
	{"Press room", "press", []string{"Ghost"}},
	{"Staging shop", "staging-shop", []string{"WordPress", "Odoo"}},
	{"Back office", "office", []string{"Odoo"}},
	{"Partner academy", "academy", []string{"Moodle"}},
}
