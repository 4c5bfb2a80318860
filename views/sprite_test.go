package views

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"

	"arcadia.example/console/static"
)

var spriteIcons = sync.OnceValue(func() map[string]bool {
	w := httptest.NewRecorder()
	static.Serve(w, httptest.NewRequest(http.MethodGet, static.Path("icons.svg"), nil))
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		names[m[1]] = true
	}
	return names
})

// icons are the names in the sprite.
func icons(t *testing.T) map[string]bool {
	t.Helper()
	if len(spriteIcons()) == 0 {
		t.Fatal("the sprite is empty")
	}
	return spriteIcons()
}
