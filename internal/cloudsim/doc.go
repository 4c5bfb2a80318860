// Package cloudsim is a cloud provider that costs nothing: a real HTTP server with machines and zones of its own that answers the
// calls of provisioning.DigitalOcean as the provider does, late where that one is late. What goes wrong is switched on by a
// Fault, in Go or by HTTP below /_sim, and every call stands in a journal. It serves on loopback alone.
//
//	sim, err := cloudsim.Start(cloudsim.Options{Token: "t", Zones: []string{"apps.example"}, Activation: 8 * time.Second})
//	defer sim.Close()
//	cloud, err := provisioning.NewDigitalOcean(provisioning.DigitalOceanOptions{Token: "t", BaseURL: sim.URL()})
//	sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: cloudsim.HangAfter, Times: 1})
//	sim.Advance(10 * time.Second) // the machine is active
//	sim.Effects(cloudsim.CreateDroplet)
package cloudsim
