package static

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// asset is one file as it goes over the wire.
type asset struct {
	contentType string
	body        []byte
	gzipped     []byte // nil where compression gains nothing
}

func newAsset(contentType string, body []byte, compress bool) asset {
	a := asset{contentType: contentType, body: body}
	if compress {
		a.gzipped = gzipBest(body)
	}
	return a
}

// gzipBest is slow and small: each asset is compressed once, when the program starts.
func gzipBest(body []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

func (a asset) write(w http.ResponseWriter, r *http.Request, cacheControl string) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", cacheControl)
	h.Set("X-Content-Type-Options", "nosniff")
	body := a.body
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = a.gzipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the reader has gone: there is nobody to tell
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "gzip" || coding == "*" {
			q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			value, err := strconv.ParseFloat(q, 64)
			return !ok || err == nil && value > 0
		}
	}
	return false
}
