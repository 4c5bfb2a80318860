package views

// keyHint is one line in the list of keys; static/js/keys.js makes them work.
type keyHint struct {
	Keys []string
	What string
}

var keyHints = []keyHint{
	{[]string{"/"}, "Find anything"},
	{[]string{"g", "d"}, "Deployments"},
	{[]string{"g", "t"}, "Tenants"},
	{[]string{"g", "a"}, "Activity"},
	{[]string{"j"}, "Next row"},
	{[]string{"k"}, "Previous row"},
	{[]string{"Enter"}, "Open the row"},
	{[]string{"Esc"}, "Close"},
	{[]string{"?"}, "This list"},
}
