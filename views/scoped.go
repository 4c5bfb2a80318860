package views

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// references are the attributes of the components that hold ids.
var references = regexp.MustCompile(` (id|for|list|aria-labelledby|aria-describedby|data-refocus)="([^"]*)"`)

// sections are landmarks, which a page has once each; in the gallery they are groups.
var sections = strings.NewReplacer("<section", `<div role="group"`, "</section>", "</div>")

// scoped draws a component that is meant to stand on a page once with ids of its own, so that the gallery can show
// it several times. The scope comes from the page's context.
func scoped(c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var drawn bytes.Buffer
		if err := c.Render(ctx, &drawn); err != nil {
			return err
		}
		mark := "-" + nextScope(ctx)
		out := references.ReplaceAllStringFunc(drawn.String(), func(found string) string {
			parts := references.FindStringSubmatch(found)
			ids := strings.Fields(parts[2])
			for i := range ids {
				ids[i] += mark
			}
			return " " + parts[1] + `="` + strings.Join(ids, " ") + `"`
		})
		out = sections.Replace(out)
		_, err := io.WriteString(w, out)
		return err
	})
}

type scopeKey struct{}

// withScopes gives the context a counter of its own.
func withScopes(c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(context.WithValue(ctx, scopeKey{}, new(int)), w)
	})
}

func nextScope(ctx context.Context) string {
	n, ok := ctx.Value(scopeKey{}).(*int)
	if !ok {
		return "0"
	}
	*n++
	return strconv.Itoa(*n)
}
