package csvimport

import (
	"bufio"
	"io"
)

// mark is the byte order mark that spreadsheets put before UTF-8.
const mark = "\xef\xbb\xbf"

func skipMark(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	if start, err := buffered.Peek(len(mark)); err == nil && string(start) == mark {
		// What was just looked at can be skipped.
		_, _ = buffered.Discard(len(mark))
	}
	return buffered
}
