package flow

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// An answer is the authorization response (RFC 6749, section 4.1.2).
type answer struct {
	code, issuer                string
	errorCode, errorDescription string
	pasted                      bool // into the terminal; no page shows how it ends
}

func newAnswer(query url.Values) *answer {
	return &answer{
		code: query.Get("code"), issuer: query.Get("iss"),
		errorCode: query.Get("error"), errorDescription: query.Get("error_description"),
	}
}

// isAnswer reports whether a query is an authorization response.
func isAnswer(query url.Values) bool { return query.Get("code") != "" || query.Get("error") != "" }

// A loopback waits for the authorization response on this machine (RFC 8252, section 7.3).
type loopback struct {
	// redirect is the redirect URI, byte for byte as it is sent.
	redirect string
	state    string
	// host and path are the only ones that are answered.
	host, path string
	listeners  []net.Listener
	server     *http.Server
	unused     sync.Map // the connections (net.Conn) on which no request has come yet

	answers chan *answer  // takes the first response with our state
	judged  chan struct{} // closed when outcome is known
	outcome page
	judge   sync.Once
}

// defaultRedirect is any free port and no path, as Bitbucket, GitHub, GitLab and Gitea accept it.
var defaultRedirect = &url.URL{Scheme: "http", Host: "127.0.0.1"}

// parseRedirect reads a redirect URI from settings: http, on this machine.
func parseRedirect(redirect string) (*url.URL, error) {
	if redirect == "" {
		return defaultRedirect, nil
	}
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("oauthRedirectURL must be http on this machine, such as http://localhost:3000/authenticated: %q", redirect)
	}
	return u, nil
}

// listen starts to wait for a response with the given state. A redirect URI without a port gets any free one; one
// with a port is kept as it is.
func listen(redirect, state string) (*loopback, error) {
	u, err := parseRedirect(redirect)
	if err != nil {
		return nil, err
	}
	listeners, port, err := openPort(u)
	if err != nil {
		return nil, err
	}
	if u.Port() == "" {
		withPort := *u
		withPort.Host = net.JoinHostPort(u.Hostname(), port)
		u, redirect = &withPort, withPort.String()
	}
	l := &loopback{
		redirect: redirect, state: state, host: u.Host, path: u.EscapedPath(), listeners: listeners,
		answers: make(chan *answer, 1), judged: make(chan struct{}),
	}
	if l.path == "" {
		l.path = "/"
	}
	l.server = &http.Server{
		Handler:           l,
		ReadHeaderTimeout: 10 * time.Second,
		ConnState:         l.noteUnused,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	for _, listener := range listeners {
		go l.server.Serve(listener)
	}
	return l, nil
}

// openPort listens on the host's address. A browser may take "localhost" for either loopback address, so for that
// name it listens on both where there are both: on the other one another program would get the answer.
func openPort(redirect *url.URL) (listeners []net.Listener, port string, err error) {
	host, port := redirect.Hostname(), redirect.Port()
	addresses := []string{host}
	if host == "localhost" {
		addresses = []string{"127.0.0.1", "::1"}
	}
	for _, address := range addresses {
		listener, err := net.Listen("tcp", net.JoinHostPort(address, port))
		if err == nil {
			listeners = append(listeners, listener)
			_, port, _ = net.SplitHostPort(listener.Addr().String())
		} else if len(listeners) == 0 || hasAddress(address) {
			for _, listener := range listeners {
				listener.Close()
			}
			return nil, "", fmt.Errorf("cannot wait for the browser at %s: %w", redirect, err)
		}
	}
	return listeners, port, nil
}

// hasAddress reports whether this machine has the address at all: one without IPv6 has no ::1.
func hasAddress(address string) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err == nil {
		listener.Close()
	}
	return err == nil
}

// ServeHTTP takes the first response that carries our state. Anything else, a favicon, a guess, another page's
// request, gets an error and does not end the wait.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case r.Host != l.host:
		http.Error(w, "wrong host", http.StatusMisdirectedRequest)
	case r.URL.EscapedPath() != l.path:
		http.NotFound(w, r)
	case r.Method != http.MethodGet:
		http.Error(w, "wrong method", http.StatusMethodNotAllowed)
	case !l.asked(query), !isAnswer(query):
		strayPage.serve(w, http.StatusBadRequest)
	default:
		l.take(newAnswer(query))
		<-l.judged
		l.outcome.serve(w, http.StatusOK)
	}
}

// noteUnused keeps the list of unused connections.
func (l *loopback) noteUnused(connection net.Conn, state http.ConnState) {
	if state == http.StateNew {
		l.unused.Store(connection, nil)
	} else {
		l.unused.Delete(connection)
	}
}

// asked reports whether a response has our state.
func (l *loopback) asked(query url.Values) bool {
	return subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(l.state)) == 1
}

// take passes on the first answer. A browser may load the page twice; the second gets the same verdict.
func (l *loopback) take(answer *answer) {
	select {
	case l.answers <- answer:
	default:
	}
}

// serves reports whether an address is that of the redirect URI.
func (l *loopback) serves(host, path string) bool {
	return host == l.host && cmp.Or(path, "/") == l.path
}

// wait returns the response, or why there is none.
func (l *loopback) wait(ctx context.Context) (*answer, error) {
	select {
	case answer := <-l.answers:
		return answer, nil
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
}

// verdict tells the browser how it ended.
func (l *loopback) verdict(outcome page) {
	l.judge.Do(func() {
		l.outcome = outcome
		close(l.judged)
	})
}

// close stops listening once the browser has its page.
func (l *loopback) close() {
	l.verdict(strayPage)
	for _, listener := range l.listeners {
		listener.Close() // Shutdown may come before Serve, and then it knows nothing of the listener yet.
	}
	// Browsers open a spare connection, for which Shutdown would wait, and git with it.
	l.unused.Range(func(connection, _ any) bool {
		connection.(net.Conn).Close()
		return true
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := l.server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		l.server.Close()
	}
}
