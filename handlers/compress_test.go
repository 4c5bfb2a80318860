package handlers_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// fleeting is what differs from one drawing of a page to the next.
var fleeting = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|<time.*?</time>|[0-9]+ seconds?`)

func TestPagesAreCompressedAsTheBrowserKnows(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	plain := c.get(c.path(""))
	if plain.header.Get("Content-Encoding") != "" {
		t.Fatalf("sent as %q, unasked", plain.header.Get("Content-Encoding"))
	}
	for accepted, want := range map[string]string{
		"gzip": "gzip", "gzip, deflate, br, zstd": "zstd", "zstd;q=0, gzip": "gzip", "br": "", "identity": "",
	} {
		a := c.get(c.path(""), header("Accept-Encoding", accepted))
		if got := a.header.Get("Content-Encoding"); got != want {
			t.Errorf("%s: sent as %q, not %q", accepted, got, want)
			continue
		}
		if got, want := fleeting.ReplaceAllString(unpacked(t, want, a.body), ""), fleeting.ReplaceAllString(plain.body, ""); got != want {
			t.Errorf("%s: another page came", accepted)
		}
		if want != "" && len(a.body) > len(plain.body)/3 {
			t.Errorf("%s: %d of %d bytes", accepted, len(a.body), len(plain.body))
		}
		if !strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: Vary is %q", accepted, a.header.Values("Vary"))
		}
	}
}

func TestWhatFailsComesWhole(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	a := c.get("/deployments/nobody", header("Accept-Encoding", "gzip, zstd"))
	if c.wants(a, http.StatusNotFound, "</html>"); a.header.Get("Content-Encoding") != "" {
		t.Errorf("an error page is sent as %q", a.header.Get("Content-Encoding"))
	}
	head := c.as("billing", http.MethodHead, "/deployments", "", header("Accept-Encoding", "gzip"))
	if head.status != http.StatusOK {
		t.Errorf("HEAD: %d", head.status)
	}
}

func unpacked(t *testing.T, encoding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// BenchmarkCompress measures what a list page costs with the standard library's gzip and with what the console uses:
// go test ./handlers -run - -bench Compress
func BenchmarkCompress(b *testing.B) {
	var row strings.Builder
	for i := range 50 {
		fmt.Fprintf(&row, `<tr class="row" data-testid="deployment-row" data-id="%s"><td><a href="/deployments/%[1]s">Shop %d</a></td>
<td><span class="badge" data-state="active"><svg class="icon"><use href="/static/icons.svg#check"></use></svg>Active</span></td><td>%d days</td></tr>`,
			uuid.NewString(), i, i*i)
	}
	page := []byte(row.String())
	standard, _ := stdgzip.NewWriterLevel(io.Discard, 1)
	better, _ := gzip.NewWriterLevel(io.Discard, 1)
	best, _ := zstd.NewWriter(io.Discard, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	for name, w := range map[string]interface {
		io.WriteCloser
		Reset(io.Writer)
	}{"standard gzip": standard, "gzip": better, "zstd": best} {
		b.Run(name, func(b *testing.B) {
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				w.Reset(&out)
				if _, err := w.Write(page); err != nil || w.Close() != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(out.Len()), "bytes")
		})
	}
}
