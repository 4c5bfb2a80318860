package provisioning

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/digitalocean/godo"
)

// DigitalOceanURL is where the provider answers.
const DigitalOceanURL = "https://api.digitalocean.com/"

const (
	callTimeout   = 30 * time.Second
	answerLimit   = 8 << 20 // bytes; a page of 200 droplets has less than one million
	providerPage  = 200     // the most that the provider gives at once
	providerPages = 500     // a list that is longer is an error, not a call without end
)

// DigitalOceanOptions say how the provider is reached.
type DigitalOceanOptions struct {
	Token   string            // secret; needed
	BaseURL string            // empty: DigitalOceanURL. Without TLS on loopback only
	Timeout time.Duration     // of one request, its answer read; 0: 30 seconds
	Base    http.RoundTripper // beneath the token; nil: a transport of its own
}

// DigitalOcean is the Cloud of that provider. It is safe for use by several goroutines.
type DigitalOcean struct {
	client *godo.Client
	token  string
	now    func() time.Time

	mu      sync.Mutex
	zones   []string // in lower case
	zonesAt time.Time
}

var _ Cloud = (*DigitalOcean)(nil)

// NewDigitalOcean returns the provider's client; an error if there is no token or the address is none. It calls nobody.
func NewDigitalOcean(o DigitalOceanOptions) (*DigitalOcean, error) {
	if o.Token == "" || strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the token of the cloud provider is missing, or has characters that no token has")
	}
	base, err := parseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = callTimeout
	}
	if o.Base == nil {
		o.Base = newTransport(o.Timeout)
	}
	// godo.New and not NewFromToken: that one repeats calls by itself, creates included.
	client, err := godo.New(&http.Client{
		Transport: bearer{token: o.Token, base: o.Base},
		Timeout:   o.Timeout,
		// Elsewhere the token would be told to somebody else, and a call made twice.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, godo.SetBaseURL(base), godo.SetUserAgent("arcadia-console"))
	if err != nil {
		return nil, err
	}
	return &DigitalOcean{client: client, token: o.Token, now: time.Now}, nil
}

// newTransport has a connection for each call. One that is kept may be closed by the provider just as a create is written to it,
// which makes that an unknown; and of a kept one net/http repeats reads by itself, where a method is to make one call.
func newTransport(timeout time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: min(timeout, 10*time.Second)}).DialContext,
		TLSHandshakeTimeout:   min(timeout, 10*time.Second),
		DisableKeepAlives:     true,
		ForceAttemptHTTP2:     true,
		ResponseHeaderTimeout: timeout,
	}
}

// parseBaseURL returns the address with the slash at its end that paths are set behind.
func parseBaseURL(text string) (string, error) {
	if text == "" {
		return DigitalOceanURL, nil
	}
	u, err := url.Parse(text)
	// The address itself is not repeated: a password may stand in it.
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("the address of the cloud provider is not a URL like " + DigitalOceanURL)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return "", errors.New("the address of the cloud provider must begin with https://: the token would be sent for all to read")
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/")+"/", ""
	return u.String(), nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// bearer adds the token to each request, and bounds what is read of its answer.
type bearer struct {
	token string
	base  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context()) // a RoundTripper leaves the request as it was
	r.Header.Set("Authorization", "Bearer "+b.token)
	answer, err := b.base.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, answerLimit)
	}
	return answer, err
}

// eachPage calls read with the options of one page after the other until it says that there are no more.
func eachPage(ctx context.Context, read func(context.Context, *godo.ListOptions) (*godo.Response, error)) error {
	for page := 1; page <= providerPages; page++ {
		answer, err := read(ctx, &godo.ListOptions{Page: page, PerPage: providerPage})
		if err != nil {
			return err
		}
		if answer == nil || answer.Links == nil || answer.Links.IsLastPage() {
			return nil
		}
	}
	return errEndless
}

var (
	errEndless = errors.New("the list has no end")
	// errNoAnswer is an answer that says success and does not hold what was asked for.
	errNoAnswer = errors.New("the answer cannot be read")
)

// unreadable reports whether an error is about what an answer holds, not about how it came.
func unreadable(err error) bool {
	return errors.Is(err, errNoAnswer) || errors.Is(err, errEndless) || errors.Is(err, io.EOF) || isSyntax(err)
}
