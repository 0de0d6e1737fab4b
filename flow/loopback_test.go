package flow

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"git-credential-grant/internal/printable"
)

const rightState = "STATE"

// waitFor listens for a response with rightState, until the end of the test.
func waitFor(t *testing.T, redirect string) *loopback {
	t.Helper()
	l, err := listen(redirect, rightState, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// get returns what a request for an address is answered.
func get(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	return send(t, http.MethodGet, address, "")
}

// send is safe for use by another goroutine than the test's.
func send(t *testing.T, method, address, host string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Error(err)
		return &http.Response{}, ""
	}
	request.Host = host
	client := &http.Client{Timeout: 10 * time.Second} // A request that is taken by mistake waits for a verdict.
	response, err := client.Do(request)
	if err != nil {
		t.Error(err)
		return &http.Response{}, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response, string(body)
}

// TestAdversary: while a sign-in waits, any program on the machine and any page in the browser can send requests to
// its port. None of them ends the wait, and the answer then still arrives.
func TestAdversary(t *testing.T) {
	t.Parallel()
	l := waitFor(t, "http://127.0.0.1/authenticated")
	base := "http://" + l.host
	for _, test := range []struct {
		name, method, target, host string
		status                     int
	}{
		{"the browser wants an icon", "GET", "/favicon.ico", "", 404},
		{"wrong path", "GET", "/?code=evil&state=STATE", "", 404},
		{"longer path", "GET", "/authenticated/more?code=evil&state=STATE", "", 404},
		{"path written otherwise", "GET", "/%61uthenticated?code=evil&state=STATE", "", 404},
		{"a name that was made to point here", "GET", "/authenticated?code=evil&state=STATE", "rebound.evil.example", 421},
		{"the same with our port", "GET", "/authenticated?code=evil&state=STATE", "localhost" + strings.TrimPrefix(l.host, "127.0.0.1"), 421},
		{"no port", "GET", "/authenticated?code=evil&state=STATE", "127.0.0.1", 421},
		{"a form of another page", "POST", "/authenticated?code=evil&state=STATE", "", 400},
		{"another method", "PUT", "/authenticated?code=evil&state=STATE", "", 405},
		{"semicolons between", "GET", "/authenticated?code=evil;state=STATE", "", 400},
		{"preflight", "OPTIONS", "/authenticated?code=evil&state=STATE", "", 405},
		{"no query", "GET", "/authenticated", "", 400},
		{"no state", "GET", "/authenticated?code=evil", "", 400},
		{"empty state", "GET", "/authenticated?code=evil&state=", "", 400},
		{"guessed state", "GET", "/authenticated?code=evil&state=GUESS", "", 400},
		{"state in another case", "GET", "/authenticated?code=evil&state=state", "", 400},
		{"beginning of the state", "GET", "/authenticated?code=evil&state=STAT", "", 400},
		{"state first wrong, then right", "GET", "/authenticated?code=evil&state=GUESS&state=STATE", "", 400},
		{"an error that anybody can send", "GET", "/authenticated?error=access_denied", "", 400},
		{"an error with a guessed state", "GET", "/authenticated?error=access_denied&state=GUESS", "", 400},
		{"neither code nor error", "GET", "/authenticated?state=STATE", "", 400},
		{"empty code", "GET", "/authenticated?state=STATE&code=", "", 400},
		{"broken encoding", "GET", "/authenticated?state=%zz&code=%zz", "", 400},
	} {
		response, body := send(t, test.method, base+test.target, test.host)
		if response.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.name, response.StatusCode, test.status)
		}
		if strings.Contains(body, "evil") || strings.Contains(body, rightState) {
			t.Errorf("%s: the page repeats what was sent: %s", test.name, body)
		}
		if len(l.answers) != 0 {
			t.Fatalf("%s: ended the wait", test.name)
		}
	}
	wantRightAnswer(t, l)
}

// wantRightAnswer checks that a wait is not over and takes the right answer.
func wantRightAnswer(t *testing.T, l *loopback) {
	t.Helper()
	page := make(chan string, 1)
	go func() {
		_, body := get(t, l.redirect+"?code=right&state="+rightState)
		page <- body
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := l.wait(ctx)
	if err != nil || *got != (answer{code: "right"}) {
		t.Errorf("got %v, %v", got, err)
	}
	l.verdict(successPage)
	if body := <-page; !strings.Contains(body, "<h1>Signed in") {
		t.Errorf("the browser shows %s", body)
	}
}

// TestAnswerForms: in which ways an answer may come.
func TestAnswerForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, query, form, code string }{
		{"GET", "code=a;b&state=STATE", "", "a;b"}, // net/url would drop such a code
		{"GET", "state=STATE&code=a%3Bb&x=1;2", "", "a;b"},
		{"POST", "", "code=right&state=STATE", "right"}, // response_mode=form_post
		{"POST", "code=evil&state=GUESS", "state=STATE&code=a;b", "a;b"},
	} {
		l := waitFor(t, "")
		request, err := http.NewRequest(test.method, l.redirect+"?"+test.query, strings.NewReader(test.form))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		go func() {
			if response, err := http.DefaultClient.Do(request); err == nil {
				response.Body.Close()
			}
		}()
		got, err := l.wait(ctx)
		cancel()
		if err != nil || got.code != test.code {
			t.Errorf("%+v: got %+v, %v", test, got, err)
		}
		l.verdict(successPage)
	}
}

// TestStrayIsTold: what looks like an answer and is none does not end the wait, and the person is told so, once each. The
// words of whoever sent it are not repeated.
func TestStrayIsTold(t *testing.T) {
	t.Parallel()
	const words = "&error_description=call+555+now"
	for query, want := range map[string]struct{ told, page string }{
		"error=access_denied" + words:            {"the browser came with an error (access_denied) that does not say", "answered with an error: access_denied."},
		"error=evil" + words:                     {"the browser came with an error (an error) that does not say", "answered with an error: an error."},
		"code=c":                                 {"(no state)", "it has no state in it"},
		"code=c&state=GUESS":                     {"the answer to another sign-in", "is not part of a sign-in"},
		"error=server_error&state=GUESS" + words: {"the answer to another sign-in", "is not part of a sign-in"},
		"state=STATE":                            {"an answer without a code", "neither a code nor an error"},
		"state=STATE&code=%zz":                   {"an answer without a code", "neither a code nor an error"},
		"":                                       {"", "is not part of a sign-in"},
		"utm_source=x":                           {"", "is not part of a sign-in"},
	} {
		var told []string
		l, err := listen("", rightState, func(message string) { told = append(told, message) })
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			response, body := get(t, l.redirect+"?"+query)
			if response.StatusCode != http.StatusBadRequest || !strings.Contains(body, want.page) || strings.Contains(body, "555") {
				t.Errorf("%s: status %d, the page says %s", query, response.StatusCode, body)
			}
		}
		text := strings.Join(told, "\n")
		if len(told) > 1 || (want.told == "") != (text == "") || !strings.Contains(text, want.told) || strings.Contains(text, "555") {
			t.Errorf("%s: told %q", query, told)
		}
		wantRightAnswer(t, l)
		l.close()
	}
}

// TestSpokenToByTLS: a browser that turns http into https is sent away at once, and the person is told what to do.
func TestSpokenToByTLS(t *testing.T) {
	t.Parallel()
	told := make(chan string, 9)
	l, err := listen("", rightState, func(message string) { told <- message })
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	for range 2 {
		connection, err := net.Dial("tcp", l.host)
		if err != nil {
			t.Fatal(err)
		}
		connection.SetDeadline(time.Now().Add(5 * time.Second))
		err = tls.Client(connection, &tls.Config{InsecureSkipVerify: true}).Handshake()
		if timed, ok := errors.AsType[net.Error](err); err == nil || ok && timed.Timeout() {
			t.Errorf("the handshake ends with %v", err)
		}
		connection.Close()
	}
	wantRightAnswer(t, l)
	close(told)
	if message := <-told; !strings.Contains(message, "change https to http") || len(told) != 0 {
		t.Errorf("told %q, and %d more", message, len(told))
	}
}

var successPage = (&Client{GitHost: "git.example"}).page("alice", nil)

// TestSlowLoris: connections on which nothing comes are in nobody's way.
func TestSlowLoris(t *testing.T) {
	t.Parallel()
	l := waitFor(t, "")
	var slow []net.Conn
	for _, sent := range []string{"", "GET / HTTP/1.1\r\nHost: "} {
		connection, err := net.Dial("tcp", l.host)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		io.WriteString(connection, sent)
		slow = append(slow, connection)
	}
	wantRightAnswer(t, l)
	l.close()
	for _, connection := range slow {
		if _, err := bufio.NewReader(connection).ReadByte(); err == nil {
			t.Error("an answer to no request")
		}
	}
}

func TestFlood(t *testing.T) {
	t.Parallel()
	l := waitFor(t, "")
	var flood sync.WaitGroup
	for i := range 200 {
		flood.Go(func() {
			if response, _ := get(t, fmt.Sprintf("%s?code=evil&state=%d", l.redirect, i)); response.StatusCode != http.StatusBadRequest {
				t.Error("status", response.StatusCode)
			}
		})
	}
	wantRightAnswer(t, l)
	flood.Wait()
}

// TestSameVerdict: browsers load a page twice, for a preview for instance, and each must tell the same truth.
func TestSameVerdict(t *testing.T) {
	t.Parallel()
	l := waitFor(t, "")
	pages := make(chan string)
	for range 2 {
		go func() {
			_, body := get(t, l.redirect+"?code=right&state="+rightState)
			pages <- body
		}()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := l.wait(ctx); err != nil {
		t.Fatal(err)
	}
	l.verdict((&Client{GitHost: "git.example"}).page("", errors.New("the first verdict")))
	l.verdict(successPage)
	if first, second := <-pages, <-pages; first != second || !strings.Contains(first, "the first verdict") {
		t.Errorf("the browser shows %s and %s", first, second)
	}
}

func TestPortIsClosed(t *testing.T) {
	t.Parallel()
	for _, redirect := range []string{"", "http://localhost"} {
		l := waitFor(t, redirect)
		_, port, _ := net.SplitHostPort(l.host)
		l.close()
		for _, address := range []string{"127.0.0.1", "::1"} {
			if connection, err := net.Dial("tcp", net.JoinHostPort(address, port)); err == nil {
				connection.Close()
				t.Errorf("%q: %s still listens", redirect, address)
			}
		}
	}
}

// TestHeaders: the page comes from this program alone, and the address with the code goes nowhere.
func TestHeaders(t *testing.T) {
	t.Parallel()
	l := waitFor(t, "")
	stray, _ := get(t, l.redirect)
	l.verdict(successPage)
	outcome, _ := get(t, l.redirect+"?code=right&state="+rightState)
	for _, response := range []*http.Response{stray, outcome} {
		got := response.Header.Clone()
		got.Del("Date")
		got.Del("Content-Length")
		want := http.Header{
			"Content-Type":            {"text/html; charset=utf-8"},
			"Content-Security-Policy": {pagePolicy()},
			"Cache-Control":           {"no-store"},
			"Referrer-Policy":         {"no-referrer"},
			"X-Content-Type-Options":  {"nosniff"},
			"Connection":              {"close"},
		}
		if response.Close { // net/http keeps this header there.
			got.Set("Connection", "close")
		}
		if !maps.EqualFunc(got, want, func(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }) {
			t.Errorf("status %d has the headers\n%v, want\n%v", response.StatusCode, got, want)
		}
	}
	policy := regexp.MustCompile(`^default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$`)
	if !policy.MatchString(pagePolicy()) {
		t.Errorf("policy %s", pagePolicy())
	}
}

// TestNothingIsMarkup: what a server says of an error is text, in the page as in the terminal.
func TestNothingIsMarkup(t *testing.T) {
	t.Parallel()
	for _, words := range []string{
		"<script>alert(1)</script>",
		`"><img src=x onerror=alert(1)>`,
		"</title></style></h1><h1>Signed in to git.example",
		"{{next}}{{class}}",
		"&lt;b&gt;",
		"\x1b]0;owned\x07\x1b[2J\u202egnp.exe",
	} {
		client := tokenServer(t, func(http.ResponseWriter, *http.Request) {})
		_, _, visited, err := signInBy(t, client, answering(t, url.Values{"error": {words}, "error_description": {words}}))
		if err == nil {
			t.Fatal("signed in")
		}
		wantText(t, err.Error(), nil)
		wantPage(t, visited.page)
		want := html.EscapeString(strings.TrimSpace(printable.Line(words) + " " + printable.Line(words)))
		if !strings.Contains(visited.page, want) {
			t.Errorf("the page does not say %s: %s", want, visited.page)
		}
	}
}

// TestNamesAreNoMarkup: nor are the names of the host and of the account, whatever the outcome.
func TestNamesAreNoMarkup(t *testing.T) {
	t.Parallel()
	const name = `<b onclick="alert(1)">'evil'</b>`
	client := &Client{GitHost: name}
	for _, outcome := range append([]error{nil, errors.New(name)}, sentinels...) {
		for _, account := range []string{"", name} {
			response := httptest.NewRecorder()
			client.page(account, outcome).serve(response, http.StatusOK)
			wantPage(t, response.Body.String())
		}
	}
}

// pageShape is the page with anything for its words that is not markup.
var pageShape = regexp.MustCompile("^" + regexp.MustCompile(`\\{\\{\w+\\}\\}`).ReplaceAllString(regexp.QuoteMeta(pageHTML), `[^<>"'\x00-\x1f]*`) + "$")

// wantPage checks that a page is page.html with words in it, and no more.
func wantPage(t *testing.T, body string) {
	t.Helper()
	if !pageShape.MatchString(body) {
		t.Errorf("more than words were put into the page: %s", body)
	}
}

// FuzzCallback: whatever the query of a callback is, only one with the right state is taken, nothing panics, and the
// page repeats nothing as markup.
func FuzzCallback(f *testing.F) {
	for _, seed := range []string{
		"", "code=right&state=STATE", "error=access_denied&state=STATE", "error=%3Cscript%3E&error_description=%1b%0a%22&state=STATE",
		"code=a;b&state=STATE", "state=STATE&state=GUESS&code=1&code=2&iss=https://git.example", "state=STATE&code=%zz", "code=1;state=STATE", "%", "state=STATE&error=%ff%fe",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rawQuery string) {
		l := &loopback{state: rightState, host: "127.0.0.1:1", path: "/", tell: func(string) {}, answers: make(chan *answer, 1), judged: make(chan struct{})}
		request := &http.Request{Method: http.MethodGet, Host: l.host, URL: &url.URL{Path: "/", RawQuery: rawQuery}}
		response := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			l.ServeHTTP(response, request)
		}()
		select {
		case <-done:
			if response.Code != http.StatusBadRequest {
				t.Errorf("status %d without a verdict", response.Code)
			}
		case taken := <-l.answers:
			parsed, _ := parseAnswer(rawQuery)
			if parsed.Get("state") != rightState || taken.code == "" && taken.errorCode == "" {
				t.Errorf("took %+v", taken)
			}
			client := &Client{GitHost: "git.example"}
			refusal := client.denied(taken, handshake{})
			wantText(t, refusal.Error(), nil)
			l.verdict(client.page("", refusal))
			<-done
		}
		wantPage(t, response.Body.String())
	})
}
