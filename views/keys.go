package views

import "slices"

// keyHint is one line in the list of keys; static/js/keys.js makes them work.
type keyHint struct {
	Keys []string
	What string
}

// machineKeys lead to a page that is there only where machines are built.
var machineKeys = []string{"g", "p"}

var keyHints = []keyHint{
	{[]string{"/"}, "Find anything"},
	{[]string{"g", "d"}, "Deployments"},
	{[]string{"g", "t"}, "Tenants"},
	{machineKeys, "Provisioning"},
	{[]string{"g", "a"}, "Activity"},
	{[]string{"j"}, "Next row"},
	{[]string{"k"}, "Previous row"},
	{[]string{"Enter"}, "Open the row"},
	{[]string{"Esc"}, "Close"},
	{[]string{"?"}, "This list"},
}

func keyHintsFor(machines bool) []keyHint {
	if machines {
		return keyHints
	}
	return slices.DeleteFunc(slices.Clone(keyHints), func(k keyHint) bool { return slices.Equal(k.Keys, machineKeys) })
}
