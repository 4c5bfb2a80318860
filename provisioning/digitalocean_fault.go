package provisioning

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/digitalocean/godo"
)

// How long a call that was too early waits, whatever the provider says.
const (
	waitLeast   = time.Second
	waitMost    = 10 * time.Minute
	waitUnsaid  = 10 * time.Second // where the provider does not say
	waitPending = 5 * time.Second  // while a machine is busy with another action
)

// refused is a call that is not made: the provider would do something else than is meant.
func refused(call, message string) error {
	return &Fault{Kind: Definite, Call: call, Message: plainMessage(message, "")}
}

// fault says what a failed call means; nil if it did not fail.
func (c *DigitalOcean) fault(call string, answer *godo.Response, err error) error {
	if err == nil {
		return nil
	}
	f := &Fault{Kind: Unknown, Call: call}
	if answer != nil && answer.Response != nil {
		f.Status = answer.StatusCode
	}
	var said *godo.ErrorResponse
	var argument *godo.ArgError
	switch {
	case errors.As(err, &said):
		f.Message = c.words(said, f.Status)
		f.Kind, f.RetryAfter = judge(f.Status, f.Message, answer, clockOf(answer, c.now))
	case errors.As(err, &argument): // nothing was sent
		f.Kind, f.Message = Definite, c.plain(argument.Error())
	default:
		f.Message = c.plain(brokenOff(err))
	}
	return f
}

// judge returns what a status means, and how long to wait where it means that.
func judge(status int, message string, answer *godo.Response, now time.Time) (FaultKind, time.Duration) {
	switch {
	case status == http.StatusNotFound:
		return NotFound, 0
	case status == http.StatusTooManyRequests:
		return Limited, waitOf(answer.Header, now)
	case status == http.StatusRequestTimeout:
		return Unknown, 0
	case status == http.StatusUnprocessableEntity && strings.Contains(strings.ToLower(message), "pending event"):
		// A 422 that does pass: the machine is busy with something else, a deletion included. Nothing was done.
		return Limited, waitPending
	case status >= 400 && status < 500:
		return Definite, 0
	}
	return Unknown, 0
}

// clockOf is the time at which an answer was given, by the clock of who gave it: that of this machine may be wrong, and only the difference
// to the time at which a limit ends counts.
func clockOf(answer *godo.Response, here func() time.Time) time.Time {
	if answer != nil && answer.Response != nil {
		if at, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
			return at
		}
	}
	return here()
}

// waitOf reads how long the provider asks to wait, within bounds.
func waitOf(h http.Header, now time.Time) time.Duration {
	wait := waitUnsaid
	said := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(said, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(said); err == nil {
		wait = date.Sub(now)
	} else if reset, err := strconv.ParseInt(h.Get("RateLimit-Reset"), 10, 64); err == nil && reset > 0 {
		wait = time.Duration(min(reset-now.Unix(), int64(waitMost/time.Second))) * time.Second // time.Unix would wrap around
	}
	return min(max(wait, waitLeast), waitMost)
}

// words are the provider's own, with the number under which its support finds the call.
func (c *DigitalOcean) words(said *godo.ErrorResponse, status int) string {
	text := said.Message
	if text == "" && said.NestedError != nil {
		text = said.NestedError.Message
	}
	text = c.plain(text)
	if text == "" || strings.HasPrefix(text, "<") { // a page of something between us and the provider
		text = strings.TrimSpace(fmt.Sprintf("HTTP %d %s", status, http.StatusText(status)))
	}
	if said.RequestID != "" {
		text += " (request " + c.plain(said.RequestID) + ")"
	}
	return text
}

// brokenOff says in words why there is no answer. Neither the address nor what was sent is repeated.
func brokenOff(err error) string {
	var network net.Error
	var number syscall.Errno
	var large *http.MaxBytesError
	var sending *url.Error // from before the first byte of an answer's body
	switch {
	case errors.Is(err, context.Canceled):
		return "The call was broken off here."
	case errors.As(err, &network) && network.Timeout():
		return "No answer in time."
	case errors.As(err, &large):
		return "The answer is too large."
	case !errors.As(err, &sending) && unreadable(err):
		return "The answer cannot be read."
	case errors.Is(err, io.EOF):
		return "The connection was closed without an answer."
	case errors.As(err, &number):
		return "The connection broke: " + number.Error() + "."
	}
	return "The connection broke: " + innermost(err).Error() + "."
}

// innermost is the first cause: what wraps it names the address.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// isSyntax reports whether an answer is not the JSON that it should be.
func isSyntax(err error) bool {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &wrongType) || errors.Is(err, io.ErrUnexpectedEOF)
}
