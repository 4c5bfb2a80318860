package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, address string, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	w := httptest.NewRecorder()
	if !Serve(w, r) {
		w.WriteHeader(http.StatusNotFound) // as who asked would
	}
	return w.Result()
}

func TestEachBundleIsServedForGood(t *testing.T) {
	types := map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "worker.js": "text/javascript; charset=utf-8", "htmx.js": "text/javascript; charset=utf-8",
		"inter.woff2": "font/woff2", "icons.svg": "image/svg+xml",
	}
	for name, want := range types {
		address := Path(name)
		if !strings.HasPrefix(address, Prefix+strings.TrimSuffix(name, path.Ext(name))+"-") {
			t.Errorf("%s has the address %q without a hash", name, address)
		}
		for _, encoding := range []string{"", "gzip, br", "gzip;q=0"} {
			res := get(t, address, encoding)
			body := readAll(t, res)
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != want || len(body) == 0 {
				t.Errorf("%s: %d %q, %d bytes", name, res.StatusCode, res.Header.Get("Content-Type"), len(body))
			}
			if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("%s: Cache-Control %q", name, got)
			}
			zipped := encoding == "gzip, br" && name != "inter.woff2"
			if got := res.Header.Get("Content-Encoding") == "gzip"; got != zipped {
				t.Errorf("%s asked with %q: gzip %v", name, encoding, got)
			}
			if name != "inter.woff2" && res.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s does not vary", name)
			}
		}
	}
}

func readAll(t *testing.T, res *http.Response) []byte {
	t.Helper()
	var body io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = unzipped
	}
	all, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestUnknownNames(t *testing.T) {
	for _, address := range []string{"/static/", "/static/app.css", "/static/app-000000000000.css", "/static/../go.mod", "/static/vendor/htmx.min.js"} {
		if res := get(t, address, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", address, res.StatusCode)
		}
	}
	if Path("nothing.css") != "" {
		t.Error("an unknown bundle has an address")
	}
}

func TestSizesOverTheWire(t *testing.T) {
	limits := map[string]int{"app.css": 12 << 10, "app.js": 12 << 10, "worker.js": 2 << 10, "htmx.js": 14 << 10, "icons.svg": 4 << 10}
	built, err := build(embedded, plainName)
	if err != nil {
		t.Fatal(err)
	}
	for name, limit := range limits {
		a, _ := built.find(name)
		if size := len(a.gzipped); size > limit {
			t.Errorf("%s is %d bytes compressed, more than %d", name, size, limit)
		}
	}
}

func TestScriptsAreSentWithoutRemarks(t *testing.T) {
	code := "// gone\nconst address = 'https://x' // gone\nconst text = `\n// kept\n`\nshow(address, text)\n"
	sent, err := script(fstest.MapFS{"js/a.js": {Data: []byte(code)}}, []string{"a"})
	if want := "const address=\"https://x\",text=`\n// kept\n`;show(address,text)"; err != nil || string(sent) != want {
		t.Errorf("%q %v, want %q", sent, err, want)
	}
	if _, err := script(fstest.MapFS{"js/a.js": {Data: []byte("const = 1")}}, []string{"a"}); err == nil {
		t.Error("a script that no browser can read is sent")
	}
}

func TestStylesAndScriptsAreAllInTheBundles(t *testing.T) {
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(scripts, worker))))
	for dir, names := range map[string][]string{"css": styles, "js": all} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != len(names) {
			t.Errorf("%s has %d files, the bundle %d", dir, len(entries), len(names))
		}
	}
}

func TestStyleSheetUsesTheHashedFontAndNothingFromElsewhere(t *testing.T) {
	css := string(readAll(t, get(t, Path("app.css"), "")))
	if !strings.Contains(css, `url("`+Path("inter.woff2")+`")`) {
		t.Error("the style sheet does not name the font")
	}
	if strings.Contains(css, "http") || strings.Contains(css, "@import") {
		t.Error("the style sheet loads something from elsewhere")
	}
}

func TestFromDiskServesPlainNamesUncached(t *testing.T) {
	before := *current.Load()
	t.Cleanup(func() { use(before) })
	FromDisk(".")
	for _, name := range []string{"app.css", "app.js", "htmx.js", "inter.woff2", "icons.svg"} {
		if Path(name) != Prefix+name {
			t.Errorf("%s has the address %q", name, Path(name))
		}
		res := get(t, Path(name), "")
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q", name, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
	FromDisk(t.TempDir())
	if res := get(t, "/static/app.css", ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("from an empty folder: %d", res.StatusCode)
	}
}
