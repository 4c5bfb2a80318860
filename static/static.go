// Package static holds what the browser loads besides pages: styles, scripts, font and icons. Names carry a hash of
// their content, so that they can be cached for good; nothing is fetched from a third party.
package static

import (
	"embed"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
)

// Prefix is where Serve is to be mounted.
const Prefix = "/static/"

//go:embed mark.svg css/*.css js/*.js vendor/htmx.min.js vendor/inter-latin-wght.woff2 vendor/lucide/*.svg
var embedded embed.FS

// source answers for one way of serving: from the binary with hashed names, or from disk for development.
type source interface {
	path(name string) string
	find(path string) (asset, bool)
	cacheControl() string
}

var current atomic.Pointer[source]

func init() {
	built, err := build(embedded, hashedName)
	if err != nil {
		panic(err) // the embedded files are part of the program: this cannot happen in one that was tested
	}
	use(built)
}

func use(s source) { current.Store(&s) }

// FromDisk serves from the folder of this package from now on, read anew for each request, under plain names and
// never cached: for development.
func FromDisk(dir string) { use(disk{os.DirFS(dir)}) }

// Path is the address of a bundle: "app.css", "app.js", "worker.js", "htmx.js", "inter.woff2", "icons.svg", "mark.svg". It is empty for
// any other name.
func Path(name string) string { return (*current.Load()).path(name) }

// Icon is the address of one icon in the sprite.
func Icon(name string) string { return Path("icons.svg") + "#" + name }

// Serve answers a GET or HEAD for what is below Prefix. Where there is nothing of that name it writes nothing and returns
// false.
func Serve(w http.ResponseWriter, r *http.Request) bool {
	from := *current.Load()
	found, ok := from.find(strings.TrimPrefix(r.URL.Path, Prefix))
	if ok {
		found.write(w, r, from.cacheControl())
	}
	return ok
}
