package main

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// mentioned finds the addresses of what a page loads.
var mentioned = regexp.MustCompile(`(?:href|src)="(/static/[^"#]+)`)

// part is one answer over the wire, with its head, compressed.
type part struct {
	path  string
	bytes int64
}

// firstPage loads the list as a browser does that has nothing yet; pages come as Zstandard.
func firstPage(c *client) ([]part, error) {
	body, err := c.do(request{path: "/deployments", status: http.StatusOK})
	if err != nil {
		return nil, err
	}
	parts := []part{{"/deployments", c.bytes}}
	unpacked, err := zstd.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	text, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, found := range mentioned.FindAllSubmatch(text, -1) {
		if path := string(found[1]); !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		before := c.bytes
		if _, err := c.do(request{path: path, status: http.StatusOK}); err != nil {
			return nil, err
		}
		parts = append(parts, part{path, c.bytes - before})
	}
	return parts, nil
}

func (p part) font() bool { return strings.HasSuffix(p.path, ".woff2") }
