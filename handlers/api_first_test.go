package handlers_test
import ("testing";"os";"arcadia.example/console/access";"arcadia.example/console/handlers")
func TestTry(t *testing.T) {
	c := newConsole(t)
	os.WriteFile("/tmp/openapi.json", mustDoc(), 0o644)
	_ = c
	p := c.program("Bridge", access.Support|access.Billing)
	for _, path := range []string{"/me","/tenants","/tenants/northwind","/deployments","/tenants/northwind/deployments/web-shop","/deployments/"+c.deployment.String()+"/events","/deployments/"+c.deployment.String()+"/notes","/tenants/northwind/notes", "/openapi.json"} {
		a := p.ask("GET", "/api/v1"+path)
		t.Logf("%s %d %v %.3000s", path, a.status, a.header, a.body)
	}
	a := p.post("/deployments", "k1", `{"tenant":"northwind","name":"Second","plan":"standard","region":"fra1","size":"s-1vcpu-1gb"}`)
	t.Log(a.status, a.body)
	a = p.post("/deployments/"+c.deployment.String()+"/transitions", "k2", `{"action":"pause","version":1}`)
	t.Log(a.status, a.body)
	a = p.post("/deployments/"+c.deployment.String()+"/transitions", "k3", `{"action":"archive","version":1}`)
	t.Log(a.status, a.body)
}
func mustDoc() []byte { b, err := handlers.Document(); if err != nil { panic(err) }; return b }
