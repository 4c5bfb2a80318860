package static

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// sprite puts all vendored icons into one SVG, each a symbol named like its file. Stroke and colour come from
// the style sheet, so that an icon follows the text beside it.
func sprite(files fs.FS) ([]byte, error) {
	names, err := fs.Glob(files, "vendor/lucide/*.svg")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		shapes, err := inner(body)
		if err != nil {
			return nil, fmt.Errorf("static: %s: %w", name, err)
		}
		id := strings.TrimSuffix(path.Base(name), ".svg")
		fmt.Fprintf(&out, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, id, shapes)
	}
	out.WriteString(`</svg>`)
	return out.Bytes(), nil
}

// inner returns what stands between the svg tags.
func inner(svg []byte) ([]byte, error) {
	start := bytes.Index(svg, []byte("<svg"))
	end := bytes.LastIndex(svg, []byte("</svg>"))
	if start < 0 || end < start {
		return nil, fmt.Errorf("not an SVG file")
	}
	open := bytes.IndexByte(svg[start:], '>')
	return bytes.Join(bytes.Fields(svg[start+open+1:end]), []byte(" ")), nil
}
