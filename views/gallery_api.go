package views

// SampleAPI is a call of each kind, with all that a call can have.
func SampleAPI() APIGroup {
	return APIGroup{Name: "Deployments", Text: "App instances of a tenant.", Ways: []APIWay{
		{
			ID: "sampleGet", Method: "GET", Path: "/api/v1/deployments/{id}", Summary: "Get a deployment", Text: "With the moves that you could make now.",
			Needs: "Viewer, Support, Billing or Operator", Problems: []string{"not_found"},
			Parameters: []APIField{{Name: "id", Kind: "UUID", Place: "path", Needed: true, Text: "Its ID."}},
			Answers:    []APIAnswer{{Status: "200", Text: "The deployment.", Type: "Deployment"}, {Status: "304", Text: "It is as it was."}},
			Example:    "curl -H \"Authorization: Bearer $TOKEN\" https://console.example.com/api/v1/deployments/$ID",
		},
		{
			ID: "samplePost", Method: "POST", Path: "/api/v1/deployments/{id}/transitions", Summary: "Move a deployment", Text: "Decided as on the page.",
			Needs: "Support or Billing", Problems: []string{"stale", "not_found"},
			Parameters: []APIField{{Name: "Idempotency-Key", Kind: "text", Place: "header", Needed: true, Text: "A word of your own."}},
			Body: []APIField{
				{Name: "action", Kind: "word", Needed: true, Words: []string{"pause", "resume", "cancel"}},
				{Name: "notes", Kind: "text or null", Text: "What people should know."},
			},
			Answers: []APIAnswer{{Status: "200", Text: "It was moved.", Type: "Deployment"}},
			Example: "curl -H \"Authorization: Bearer $TOKEN\" https://console.example.com/api/v1/deployments/$ID/transitions \\\n  -H \"Idempotency-Key: $(uuidgen)\" \\\n  --json '{\"action\":\"pause\",\"version\":1}'",
		},
		{
			ID: "samplePatch", Method: "PATCH", Path: "/api/v1/tenants/{tenant}/deployments/with-a-very-long-path/{slug}", Summary: "Edit a deployment",
			Text: "What is left out stays.", Needs: "Support or Billing",
			Answers: []APIAnswer{{Status: "200", Text: "A page of the list.", Type: "Deployment", List: true}}, Example: "curl",
		},
	}}
}

// SampleProblems is a problem in its usual form, and one with two statuses.
func SampleProblems() []APIProblem {
	return []APIProblem{
		{Code: "not_found", Status: "404", Title: "There is no such thing", Text: "No tenant, deployment, run or path has this name."},
		{Code: "stale", Status: "409, 412", Title: "It changed in the meantime", Text: "Nothing was done. Look at how it stands now, and decide again."},
	}
}

func sampleTypes() []APIType {
	return []APIType{{Name: "Deployment", Fields: []APIField{
		{Name: "id", Kind: "UUID", Needed: true, Text: "Never changes."},
		{Name: "links", Kind: "Links", Type: "Deployment", Needed: true},
		{Name: "state", Kind: "word", Needed: true, Words: []string{"active", "paused"}},
	}}}
}
