package views

// What a live part of a page shows, for data-live: it is read again when that changes.

func liveDeployment(id string) string { return "deployment:" + id }

func liveTenant(id string) string { return "tenant:" + id }
