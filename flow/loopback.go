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
	"strings"
	"sync"
	"syscall"
	"time"

	"git-credential-grant/internal/printable"
)

// An answer is the authorization response (RFC 6749, section 4.1.2).
type answer struct {
	code, issuer                string
	errorCode, errorDescription string
	pasted                      bool // into the terminal; no page shows how it ends
}

// ErrPort: the port of the redirect URI is taken, or there is none.
var ErrPort = errors.New("cannot wait for the browser")

func newAnswer(query url.Values) *answer {
	return &answer{
		code: query.Get("code"), issuer: query.Get("iss"),
		errorCode: query.Get("error"), errorDescription: query.Get("error_description"),
	}
}

// parseAnswer reads the parameters of an answer. Those with a broken encoding are left out, and an error. A semicolon
// separates nothing (https://url.spec.whatwg.org/#urlencoded-parsing); net/url leaves out what has one.
func parseAnswer(query string) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
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
	// authorize is the page at which the person signs in. A person may paste its address instead.
	authorize string
	tell      func(message string) // shows it to the person
	told      sync.Map             // the messages that were shown already
	listeners []net.Listener       // none where the port is taken
	server    *http.Server
	unused    sync.Map // the connections (net.Conn) on which no request has come yet

	answers chan *answer  // takes the first response with our state
	judged  chan struct{} // closed when outcome is known
	outcome page
	judge   sync.Once
}

// defaultRedirect is any free port and no path, as Bitbucket, GitHub, GitLab and Gitea accept it.
var defaultRedirect = &url.URL{Scheme: "http", Host: "127.0.0.1"}

// redirectOverSix takes its place on a machine that has no IPv4 (RFC 8252, section 7.3).
var redirectOverSix = &url.URL{Scheme: "http", Host: "[::1]"}

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
// with a port is kept as it is. If there is no port to listen at, which is an [ErrPort], the answer can still be pasted.
func listen(redirect, state string, tell func(message string)) (*loopback, error) {
	u, err := parseRedirect(redirect)
	if err != nil {
		return nil, err
	}
	listeners, port, err := openPort(u)
	if err != nil && u == defaultRedirect {
		if six, portOfSix, failed := openPort(redirectOverSix); failed == nil {
			u, listeners, port, err = redirectOverSix, six, portOfSix, nil
		}
	}
	switch {
	case err == nil && u.Port() == "":
		withPort := *u
		withPort.Host = net.JoinHostPort(u.Hostname(), port)
		u, redirect = &withPort, withPort.String()
	case redirect == "":
		redirect = u.String()
	}
	l := &loopback{
		redirect: redirect, state: state, host: u.Host, path: cmp.Or(u.EscapedPath(), "/"), listeners: listeners,
		tell: tell, answers: make(chan *answer, 1), judged: make(chan struct{}),
	}
	l.serve()
	return l, err
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
		listener, failed := net.Listen("tcp", net.JoinHostPort(address, port))
		if failed == nil {
			listeners = append(listeners, listener)
			_, port, _ = net.SplitHostPort(listener.Addr().String())
			continue
		}
		err = fmt.Errorf("%w at %s: %w", ErrPort, redirect, taken(failed, port))
		if hasAddress(address) {
			for _, listener := range listeners {
				listener.Close()
			}
			return nil, "", err
		}
	}
	if len(listeners) > 0 {
		err = nil
	}
	return listeners, port, err
}

// taken says who has a port, where that is what is wrong and it can be found out.
func taken(err error, port string) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	if process := listening(port); process != "" {
		return fmt.Errorf("the port is taken by %s", printable.Line(process))
	}
	return errors.New("the port is taken")
}

// hasAddress reports whether this machine has the address at all: one without IPv6 has no ::1.
func hasAddress(address string) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err == nil {
		listener.Close()
	}
	return err == nil
}

// serve answers what comes, from now on.
func (l *loopback) serve() {
	l.server = &http.Server{
		Handler:           l,
		ReadHeaderTimeout: 10 * time.Second,
		ConnState:         l.trackUnused,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	for _, listener := range l.listeners {
		go l.server.Serve(plainListener{listener, func() {
			l.tellOnce("the browser looks for the answer by https, which nothing here speaks: " +
				"change https to http in its address bar, or paste the address here")
		}})
	}
}

// ServeHTTP takes the first response that carries our state, also one that comes as a form
// (https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html). Anything else, a favicon, a guess, another
// page's request, gets an error and does not end the wait.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.RawQuery
	if r.Method == http.MethodPost {
		form, _ := io.ReadAll(io.LimitReader(r.Body, maxPaste))
		query = string(form)
	}
	switch {
	case r.Host != l.host:
		http.Error(w, "wrong host", http.StatusMisdirectedRequest)
	case r.URL.EscapedPath() != l.path:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		http.Error(w, "wrong method", http.StatusMethodNotAllowed)
	default:
		parameters, _ := parseAnswer(query)
		l.receive(w, parameters)
	}
}

// receive takes an answer, or says why it is none.
func (l *loopback) receive(w http.ResponseWriter, query url.Values) {
	if l.asked(query) && isAnswer(query) {
		l.take(newAnswer(query))
		<-l.judged
		l.outcome.serve(w, http.StatusOK)
		return
	}
	what := l.stray(query)
	if what.told != "" {
		l.tellOnce(what.told)
	}
	what.page.serve(w, http.StatusBadRequest)
}

// tellOnce shows the person a message, the first time: anybody can send requests to the port, as many as they like.
func (l *loopback) tellOnce(message string) {
	if _, again := l.told.LoadOrStore(message, nil); !again {
		l.tell(message)
	}
}

// trackUnused keeps the list of unused connections.
func (l *loopback) trackUnused(connection net.Conn, state http.ConnState) {
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
