package cloudsim

import (
	"fmt"
	"net/http"
	"strconv"
)

const (
	usualPage = 20
	mostPage  = 200
)

// paged answers with one page of a list, and links to the others.
func paged[T any](c *call, base, name string, list []T, told func(T) any) answer {
	query := c.request.URL.Query()
	page, okPage := number(query.Get("page"), 1, 1<<30)
	size, okSize := number(query.Get("per_page"), usualPage, mostPage)
	if !okPage || !okSize {
		return failed(http.StatusBadRequest, "bad_request", "page and per_page must be numbers; per_page at most 200.")
	}
	items := []any{}
	for i := (page - 1) * size; i < min(page*size, len(list)); i++ {
		items = append(items, told(list[i]))
	}
	link := func(n int) string {
		query.Set("page", strconv.Itoa(n))
		return fmt.Sprintf("%s%s?%s", base, c.request.URL.Path, query.Encode())
	}
	pages, last := map[string]string{}, max((len(list)+size-1)/size, 1)
	if page > 1 {
		pages["first"], pages["prev"] = link(1), link(page-1)
	}
	if page < last {
		pages["next"], pages["last"] = link(page+1), link(last)
	}
	links := map[string]any{}
	if len(pages) > 0 {
		links["pages"] = pages
	}
	return found(map[string]any{name: items, "links": links, "meta": map[string]any{"total": len(list)}})
}

func number(text string, usual, most int) (int, bool) {
	if text == "" {
		return usual, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= most
}
