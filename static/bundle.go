package static

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// styles and scripts are joined in this order. Cascade layers are declared in the first file.
var (
	styles = []string{
		"tokens", "base", "layout", "controls", "badge", "card", "table", "filter", "panel", "map", "timeline", "run", "sweep",
		"dialog", "notice", "live", "form", "pages", "account", "records", "settings", "login", "api", "gallery",
	}
	scripts = []string{
		"dialog", "focus", "keys", "notice", "time", "forms", "errors", "session", "passkey", "newpasskey", "stream", "calm", "offer", "live",
	}
	worker = []string{"stream", "worker"} // what all pages of a browser share
)

// bundle is a finished set of assets.
type bundle struct {
	paths  map[string]string // logical name to address
	assets map[string]asset  // name below Prefix to content
}

func (b *bundle) path(name string) string { return b.paths[name] }

func (b *bundle) find(name string) (asset, bool) { a, ok := b.assets[name]; return a, ok }

func (b *bundle) cacheControl() string { return "public, max-age=31536000, immutable" }

// namer makes the served name of a bundle out of its logical name and its content.
type namer func(name string, body []byte) string

func hashedName(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
}

func plainName(name string, _ []byte) string { return name }

func build(files fs.FS, name namer) (*bundle, error) {
	b := &bundle{paths: map[string]string{}, assets: map[string]asset{}}
	add := func(logical, contentType string, body []byte) {
		served := name(logical, body)
		b.paths[logical] = Prefix + served
		b.assets[served] = newAsset(contentType, body, path.Ext(logical) != ".woff2")
	}
	font, err := fs.ReadFile(files, "vendor/inter-latin-wght.woff2")
	if err != nil {
		return nil, err
	}
	htmx, err := fs.ReadFile(files, "vendor/htmx.min.js")
	if err != nil {
		return nil, err
	}
	icons, err := sprite(files)
	if err != nil {
		return nil, err
	}
	css, err := join(files, "css", ".css", styles)
	if err != nil {
		return nil, err
	}
	app, err := script(files, scripts)
	if err != nil {
		return nil, err
	}
	shared, err := script(files, worker)
	if err != nil {
		return nil, err
	}
	mark, err := fs.ReadFile(files, "mark.svg")
	if err != nil {
		return nil, err
	}
	add("mark.svg", "image/svg+xml", mark)
	add("inter.woff2", "font/woff2", font)
	add("htmx.js", "text/javascript; charset=utf-8", htmx)
	add("icons.svg", "image/svg+xml", icons)
	css = bytes.ReplaceAll(css, []byte("inter.woff2"), []byte(b.paths["inter.woff2"]))
	add("app.css", "text/css; charset=utf-8", css)
	add("app.js", "text/javascript; charset=utf-8", app)
	add("worker.js", "text/javascript; charset=utf-8", shared)
	return b, nil
}

// script joins some scripts and leaves out what is there for who changes them. Names stay, for who reads a stack trace.
func script(files fs.FS, names []string) ([]byte, error) {
	body, err := join(files, "js", ".js", names)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	small := js.Minifier{KeepVarNames: true}
	if err := small.Minify(minify.New(), &out, bytes.NewReader(body), nil); err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return out.Bytes(), nil
}

func join(files fs.FS, dir, ext string, names []string) ([]byte, error) {
	var out bytes.Buffer
	for _, n := range names {
		body, err := fs.ReadFile(files, dir+"/"+n+ext)
		if err != nil {
			return nil, fmt.Errorf("static: %w", err)
		}
		out.Write(body)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}
