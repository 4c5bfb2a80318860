package handlers

import (
	"net/url"
	"strings"
)

const maxNext = 2000 // bytes

// localPath is where to go on after a form, if that is a path of this console; otherwise "/". Browsers take
// backslashes for slashes and drop tabs and line ends, so what has any of them, or two slashes, is not followed.
func localPath(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		return "/"
	}
	for _, r := range next {
		if r <= ' ' || r == '\\' || r == 0x7f || r == '\uFFFD' {
			return "/"
		}
	}
	lower := strings.ToLower(next)
	for _, escaped := range []string{"/%09", "/%0a", "/%0d", "/%2f", "/%5c"} {
		if strings.HasPrefix(lower, escaped) {
			return "/"
		}
	}
	return next
}

// withNext is a path of ours that leads on to another one afterwards.
func withNext(path, next string) string {
	if next = localPath(next); next == "/" {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}
