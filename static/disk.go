package static

import "io/fs"

// disk builds everything anew for each request: slow, and a change shows at the next reload.
type disk struct{ files fs.FS }

func (d disk) path(name string) string {
	switch name {
	case "app.css", "app.js", "worker.js", "htmx.js", "inter.woff2", "icons.svg", "mark.svg":
		return Prefix + name
	}
	return ""
}

func (d disk) find(name string) (asset, bool) {
	b, err := build(d.files, plainName)
	if err != nil {
		return asset{}, false
	}
	return b.find(name)
}

func (d disk) cacheControl() string { return "no-store" }
