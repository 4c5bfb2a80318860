package static

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vendored reads the table of vendor/VERSIONS.md: file to checksum.
func vendored(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("vendor/VERSIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) == 7 && len(strings.TrimSpace(cells[5])) == 64 {
			sums[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[5])
		}
	}
	return sums
}

func TestVendoredFilesAreWhatTheTableSays(t *testing.T) {
	sums := vendored(t)
	err := filepath.WalkDir("vendor", func(path string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, "vendor/"))
		if err != nil || d.IsDir() || name == "VERSIONS.md" || strings.HasPrefix(name, "licences/") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		if got := hex.EncodeToString(sum[:]); sums[name] != got {
			t.Errorf("%s has the checksum %s, the table says %q", name, got, sums[name])
		}
		delete(sums, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range sums {
		t.Errorf("%s stands in the table and is not there", name)
	}
}
