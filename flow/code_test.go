package flow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/need"
	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	forge, client := startForge(t, testforge.Options{})
	token, account, visited, err := signInAs(t, client, testforge.Browser{As: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	if account != "bob" || token.AccessToken == "" || token.RefreshToken == "" || token.ExpiresIn != 7200 {
		t.Errorf("account %q, token of %d and %d bytes for %d s", account, len(token.AccessToken), len(token.RefreshToken), token.ExpiresIn)
	}
	if !strings.Contains(visited.page, "<h1>Signed in to git.example</h1>\n<p>Git can now use git.example as bob.</p>") {
		t.Errorf("the browser shows %s", visited.page)
	}
	if !strings.Contains(visited.told, visited.address) {
		t.Errorf("the terminal shows %q, without the address", visited.told)
	}
	wantStats(t, forge, map[string]int{"authorize": 1, "token": 1, "exchange_ok": 1, "user": 1})
}

// TestAuthorizeURL: what goes through the browser is complete, never the same twice, and survives openers that encode
// a URL once more.
func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	_, client := startForge(t, testforge.Options{})
	client.Profile.AuthURL = strings.Replace(client.Profile.AuthURL, "/site", "/c++/site", 1)
	ask := func() (address string, asked url.Values) {
		_, _, visited, _ := signInBy(t, client, answering(t, url.Values{"error": {"access_denied"}}))
		return visited.address, query(t, visited.address)
	}
	address, first := ask()
	_, second := ask()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "forge-client", "scope": "repository repository:write account",
		"code_challenge_method": "S256",
	} {
		if got := first.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, least := range map[string]int{"state": 26, "code_challenge": 43} {
		if len(first.Get(name)) < least || first.Get(name) == second.Get(name) {
			t.Errorf("%s: %q and then %q", name, first.Get(name), second.Get(name))
		}
	}
	if !strings.Contains(address, "/c++/site/") || !strings.Contains(address, "scope=repository%20repository") {
		t.Errorf("a plus of the path, and no other, stays: %s", address)
	}
	if strings.Contains(address, client.Secret.Reveal()) {
		t.Error("the secret goes through the browser")
	}
}

// TestPKCE: a code is worthless without the verifier, which never went through the browser.
func TestPKCE(t *testing.T) {
	t.Parallel()
	forge, client := startForge(t, testforge.Options{})
	_, _, visited, err := signInBy(t, client, func(address string) string {
		own := query(t, address).Get("code_challenge")
		page, err := testforge.Browser{}.Visit(strings.Replace(address, own, strings.Repeat("A", len(own)), 1))
		if err != nil {
			t.Error(err)
		}
		return page
	})
	if err == nil || slices.ContainsFunc(sentinels, func(sentinel error) bool { return errors.Is(err, sentinel) }) {
		t.Errorf("with a code for another verifier: %v", err)
	}
	if !strings.Contains(visited.page, "Not signed in") {
		t.Errorf("the browser shows %s", visited.page)
	}
	wantStats(t, forge, map[string]int{"token": 1, "exchange_refused": 1})
}

// TestRedirectURI: the forge compares the redirect URI with the registered one, and that of the exchange with that
// of the authorization, character for character.
func TestRedirectURI(t *testing.T) {
	t.Parallel()
	tests := []struct{ setting, registered string }{
		{"", "http://127.0.0.1"},
		{"http://127.0.0.1", "http://127.0.0.1"},
		{"http://127.0.0.1/call%2Fback", "http://127.0.0.1/call%2Fback"},
		{"http://localhost/", "http://localhost/"},
		{"http://localhost:PORT/authenticated", "http://localhost:PORT/authenticated"},
		{"http://127.0.0.1:PORT", "http://127.0.0.1:PORT"},
		{"http://[::1]:PORT/authenticated", "http://[::1]:PORT/authenticated"},
		{"http://[::1]", "http://[::1]"},
	}
	for _, test := range tests {
		t.Run(test.setting, func(t *testing.T) {
			if strings.Contains(test.setting, "::1") && !hasAddress("::1") {
				need.Skip(t, "no IPv6 here")
			}
			port := freePort(t)
			registered := strings.Replace(test.registered, "PORT", port, 1)
			forge, client := startForge(t, testforge.Options{Callback: registered})
			client.Profile.RedirectURL = strings.Replace(test.setting, "PORT", port, 1)
			_, account, visited, err := signInAs(t, client, testforge.Browser{})
			if err != nil || account != "alice" {
				t.Errorf("account %q, %v", account, err)
			}
			sent := query(t, visited.address).Get("redirect_uri")
			if strings.Contains(test.setting, "PORT") && sent != client.Profile.RedirectURL {
				t.Errorf("sent %s for %s", sent, client.Profile.RedirectURL)
			}
			wantStats(t, forge, map[string]int{"exchange_ok": 1})
		})
	}
}

// freePort returns a port that is free on both loopback addresses, as far as one can know. It is none that a system gives
// to whoever wants any port, as the tests beside this one do.
func freePort(t *testing.T) string {
	t.Helper()
	for {
		listeners, port, err := openPort(&url.URL{Scheme: "http", Host: fmt.Sprint("localhost:", 20000+rand.IntN(12000))})
		if err != nil {
			continue
		}
		for _, listener := range listeners {
			listener.Close()
		}
		return port
	}
}

// TestPortTaken: with a port of its own in the redirect URI there is no other to go to. For localhost it has to be
// free on both addresses, or else the browser might hand the code to the program on the other one.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	for _, taken := range []string{"127.0.0.1", "::1"} {
		if taken == "::1" && !hasAddress("::1") {
			continue
		}
		other, err := net.Listen("tcp", net.JoinHostPort(taken, freePort(t)))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		_, port, _ := net.SplitHostPort(other.Addr().String())
		_, client := startForge(t, testforge.Options{})
		client.Profile.RedirectURL = "http://localhost:" + port + "/authenticated"
		_, _, visited, err := signInAs(t, client, testforge.Browser{})
		if err == nil || visited.address != "" {
			t.Fatalf("%s is taken: %v, and the browser opened %q", taken, err, visited.address)
		}
		wantText(t, err.Error(), []string{"cannot wait for the browser at " + client.Profile.RedirectURL, "the port is taken"})
		if !errors.Is(err, ErrPort) || runtime.GOOS == "linux" && !strings.Contains(err.Error(), fmt.Sprintf("(process %d)", os.Getpid())) {
			t.Error(err)
		}
		if taken == "127.0.0.1" {
			continue
		}
		left, err := net.Listen("tcp", "127.0.0.1:"+port)
		for tries := 0; err != nil && tries < 50; tries++ { // a process that starts just now has it for a moment
			time.Sleep(100 * time.Millisecond)
			left, err = net.Listen("tcp", "127.0.0.1:"+port)
		}
		if err != nil {
			t.Fatal("the other address was not given back:", err)
		}
		left.Close()
	}
}

// TestClientAuthentication: RFC 6749, section 2.3.1 wants the id and the secret form-encoded before they become the
// user name and password of Basic, and nothing of them in the body.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	const id, password = "an id: ü", "100% secret: ä+b/c"
	_, client := startForge(t, testforge.Options{ClientID: id, ClientSecret: password})
	if _, _, _, err := signInAs(t, client, testforge.Browser{}); err != nil {
		t.Error("the forge:", err)
	}

	var user, sent string
	var form url.Values
	client = tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		user, sent, _ = r.BasicAuth()
		r.ParseForm()
		form = r.PostForm
	})
	client.ID, client.Secret = id, secret.New(password)
	_, _, visited, _ := signInBy(t, client, answering(t, url.Values{"code": {"the code"}}))
	if user != "an+id%3A+%C3%BC" || sent != "100%25+secret%3A+%C3%A4%2Bb%2Fc" {
		t.Errorf("Basic %q %q", user, sent)
	}
	want := url.Values{
		"grant_type": {"authorization_code"}, "code": {"the code"},
		"redirect_uri":  {query(t, visited.address).Get("redirect_uri")},
		"code_verifier": form["code_verifier"],
	}
	if form.Encode() != want.Encode() || len(form.Get("code_verifier")) < 43 {
		t.Errorf("the body is %v, want %v", form, want)
	}
}

func TestPersonCancels(t *testing.T) {
	t.Parallel()
	forge, client := startForge(t, testforge.Options{})
	_, _, visited, err := signInAs(t, client, testforge.Browser{Cancel: true})
	if !errors.Is(err, ErrDenied) {
		t.Error("got", err)
	}
	if !strings.Contains(visited.page, "<h1>Access was not granted</h1>") {
		t.Errorf("the browser shows %s", visited.page)
	}
	wantStats(t, forge, map[string]int{"token": 0})
}

// TestRefusals: what the authorization server may answer instead of a code (RFC 6749, section 4.1.2.1).
func TestRefusals(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]error{
		"access_denied":              ErrDenied,
		"invalid_scope":              ErrScope,
		"unauthorized_client":        ErrClientRefused,
		"invalid_client":             ErrClientRefused,
		"server_error":               nil,
		"temporarily_unavailable":    nil,
		"invalid_grant":              nil,
		"\x1b[2Jsomething\u202eelse": nil,
	} {
		client := tokenServer(t, func(http.ResponseWriter, *http.Request) { t.Error("a token was asked for") })
		_, _, visited, err := signInBy(t, client, answering(t, url.Values{"error": {code}, "error_description": {"it\nsays so"}}))
		wantSentinel(t, code, err, want)
		wantText(t, err.Error(), []string{"git.example answered: " + strings.TrimSpace(printable.Line(code)) + " it says so"})
		if strings.Contains(visited.page, "Signed in to") {
			t.Errorf("%q: the browser shows %s", code, visited.page)
		}
	}
}

// wantSentinel checks that an error is the one sentinel, or with nil none of them but still an error.
func wantSentinel(t *testing.T, name string, err, want error) {
	t.Helper()
	if err == nil {
		t.Fatalf("%q: no error", name)
	}
	for _, sentinel := range sentinels {
		if errors.Is(err, sentinel) != (sentinel == want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
}

func TestUnknownScope(t *testing.T) {
	t.Parallel()
	_, client := startForge(t, testforge.Options{})
	client.Profile.Scopes = []string{"everything"}
	_, _, _, err := signInAs(t, client, testforge.Browser{})
	wantSentinel(t, "everything", err, ErrScope)
}

// TestIssuer: the answer of another server than the one that was asked is not used, be it an error (RFC 9207, section 2.4). A
// server whose issuer is not known is one on the host of its page. Who it was is said, and nothing else.
func TestIssuer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		known    string
		required bool
		sent     string
		says     string // "" if the answer is used
	}{
		{"https://git.example", false, "https://git.example", ""},
		{"https://git.example", false, "", ""},
		{"https://git.example", true, "https://git.example", ""},
		{"https://git.example", true, "", `it does not say that it came from https://git.example`},
		{"https://git.example", false, "https://evil.example", `came from "https://evil.example", and not from the server that was asked, "https://git.example"`},
		{"https://git.example", false, "https://git.example/", `came from "https://git.example/", and not`},
		{"", false, "", ""},
		{"", false, "http://SERVER", ""},
		{"", false, "http://SERVER/login/oauth", ""},
		{"", false, "https://evil.example", `came from "https://evil.example", and not from the server that was asked, "SERVER"`},
		{"", false, "http://SERVER.evil.example", "came from"},
		{"", false, "http://localhost", "came from"},
		{"", false, "SERVER", "came from"},
		{"", false, "\x1b[2J\u202e STATE", `came from "[2J  …", and not`},
	} {
		var asked bool
		client := tokenServer(t, func(http.ResponseWriter, *http.Request) { asked = true })
		client.Profile.Issuer, client.Profile.RequireIssuer = test.known, test.required
		server := hostOf(client.Profile.AuthURL)
		respond := func(answer url.Values) error {
			_, _, _, err := signInBy(t, client, func(address string) string {
				state := query(t, address).Get("state")
				if test.sent != "" {
					answer.Set("iss", strings.NewReplacer("SERVER", server, "STATE", state).Replace(test.sent))
				}
				return answering(t, answer)(address)
			})
			return err
		}
		err := respond(url.Values{"code": {"the code"}})
		if asked != (test.says == "") {
			t.Errorf("%+v: the code was used: %t", test, asked)
		}
		if test.says != "" {
			wantText(t, err.Error(), []string{strings.ReplaceAll(test.says, "SERVER", server), "RFC 9207"}, "the code")
		}
		err = respond(url.Values{"error": {"access_denied"}})
		if errors.Is(err, ErrDenied) != (test.says == "") {
			t.Errorf("%+v: an error answer gives %v", test, err)
		}
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	_, client := startForge(t, testforge.Options{})
	ui := UI{Timeout: time.Millisecond, Browse: func(string) error { return nil }}
	_, _, err := client.SignIn(t.Context(), ui, "")
	wantSentinel(t, "nobody comes", err, ErrTimeout)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	_, client := startForge(t, testforge.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ui := UI{Timeout: time.Minute, Browse: func(string) error { cancel(); return nil }}
	_, _, err := client.SignIn(ctx, ui, "")
	wantSentinel(t, "Ctrl-C", err, ErrCancelled)
}

// TestCancelledTooLate: the code works once, so what comes back for it is kept whatever happens meanwhile.
func TestCancelledTooLate(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		answerJSON(w, http.StatusOK, `{"access_token":"the-token","token_type":"bearer"}`)
	})
	client.Profile.UserInfoURL = ""
	page := make(chan string, 1)
	ui := UI{Timeout: time.Minute, Browse: func(address string) error {
		go func() { page <- answering(t, url.Values{"code": {"the code"}})(address) }()
		return nil
	}}
	token, _, err := client.SignIn(ctx, ui, "")
	if err != nil || token.AccessToken != "the-token" {
		t.Errorf("token %v, %v", token, err)
	}
	<-page
}

// TestExchangeFails: the browser is told of success only after the exchange, and a code is not sent twice.
func TestExchangeFails(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]error{
		"500": nil, "429": nil, "garbage": nil, "hang-up": nil, "lost": nil, "newline": nil, "redirect": ErrInTheWay,
		"invalid_grant":       nil,
		"invalid_client":      ErrClientRefused,
		"unauthorized_client": ErrClientRefused,
	} {
		forge, client := startForge(t, testforge.Options{})
		forge.SetFault(kind, 0)
		token, _, visited, err := signInAs(t, client, testforge.Browser{})
		wantSentinel(t, kind, err, want)
		wantText(t, err.Error(), nil, client.Secret.Reveal())
		if token != nil || !strings.Contains(visited.page, "<h1>Not signed in to git.example</h1>") {
			t.Errorf("%s: token %v, and the browser shows %s", kind, token, visited.page)
		}
		wantStats(t, forge, map[string]int{"token": 1, "user": 0, "redirect_followed": 0})
	}
}

// TestNoAccountName: a sign-in without a name still serves.
func TestNoAccountName(t *testing.T) {
	t.Parallel()
	check := func(name string, forge *testforge.Forge, client *Client, asked int) {
		t.Helper()
		token, account, visited, err := signInAs(t, client, testforge.Browser{})
		if err != nil || account != "" || token.AccessToken == "" {
			t.Errorf("%s: account %q, %v", name, account, err)
		}
		if !strings.Contains(visited.page, "Git can now use git.example as an unnamed account.") {
			t.Errorf("%s: the browser shows %s", name, visited.page)
		}
		wantStats(t, forge, map[string]int{"user": asked, "redirect_followed": 0})
	}
	// A connection that breaks is tried twice.
	for kind, asked := range map[string]int{"500": 1, "401": 1, "garbage": 1, "empty": 1, "hang-up": 2, "redirect": 1} {
		forge, client := startForge(t, testforge.Options{})
		forge.SetFault("user:"+kind, 0)
		check(kind, forge, client, asked)
	}
	forge, client := startForge(t, testforge.Options{})
	client.Profile.Scopes = []string{"repository"}
	check("without the scope for it", forge, client, 1)
	forge, client = startForge(t, testforge.Options{})
	client.Profile.UserInfoURL = ""
	check("no such endpoint", forge, client, 0)
}

// TestAccountNameIsText: a name is shown in a terminal and sent to git, which takes a line feed for the next attribute.
func TestAccountNameIsText(t *testing.T) {
	t.Parallel()
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, http.StatusOK, `{"access_token":"the-token","token_type":"bearer",
			"username":"eve\nhost=evil.example\u001b[2J","number":17}`)
	})
	client.Profile.UserInfoURL = client.Profile.TokenURL
	for name, want := range map[string]string{"username": "eve host=evil.example [2J", "number": "", "missing": ""} {
		client.Profile.UserInfoName = name
		_, account, _, err := signInBy(t, client, answering(t, url.Values{"code": {"the code"}}))
		if account != want || err != nil {
			t.Errorf("%s: %q, %v", name, account, err)
		}
	}
}

// TestNoBrowser: the person opens the address that the terminal shows, also where a browser was found and does not start.
func TestNoBrowser(t *testing.T) {
	t.Parallel()
	for name, browse := range map[string]func(string) error{
		"none":             nil,
		"one that is gone": func(string) error { return errors.New("no such file") },
	} {
		_, client := startForge(t, testforge.Options{})
		ui := UI{Timeout: time.Minute, Browse: browse}
		ui.Paste = func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }
		done := make(chan error, 1)
		var told strings.Builder
		ui.Tell = func(message string) {
			told.WriteString(message + "\n")
			_, address, found := strings.Cut(message, "sign in to git.example at\n  ")
			if !found {
				return
			}
			address, _, _ = strings.Cut(address, "\n")
			go func() {
				_, err := testforge.Browser{}.Visit(address)
				done <- err
			}()
		}
		_, account, err := client.SignIn(t.Context(), ui, "")
		if account != "alice" || err != nil {
			t.Errorf("%s: account %q, %v", name, account, err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if said := strings.Contains(told.String(), "no browser could be started: no such file\n"); said != (browse != nil) {
			t.Errorf("%s: told %q", name, &told)
		}
	}
}

// TestNobodySees: where no browser starts, and nobody is at a terminal or another way is better, that is said at once.
func TestNobodySees(t *testing.T) {
	t.Parallel()
	for _, device := range []string{"", "https://git.example/device"} {
		_, client := startForge(t, testforge.Options{})
		client.Profile.DeviceAuthURL = device
		ui := UI{Timeout: time.Minute}
		ui.Browse = func(string) error { return errors.New("no such file") }
		if device != "" {
			ui.Paste = func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }
		}
		if _, _, err := client.SignIn(t.Context(), ui, ""); !errors.Is(err, ErrNoBrowser) {
			t.Errorf("device %q: %v", device, err)
		}
	}
}

// TestCheck: nothing is opened and nothing sent before the addresses were looked at.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		spoil func(*Profile)
		want  string
	}{
		{func(p *Profile) {}, ""},
		{func(p *Profile) { p.UserInfoURL = "" }, ""},
		{func(p *Profile) { p.AuthURL = "file:///bin/sh" }, "oauthAuthURL"},
		{func(p *Profile) { p.AuthURL = "javascript:alert(1)" }, "oauthAuthURL"},
		{func(p *Profile) { p.TokenURL = "http://git.example/token" }, "oauthTokenURL must be https"},
		{func(p *Profile) { p.TokenURL = "" }, "oauthTokenURL is not set"},
		{func(p *Profile) { p.UserInfoURL = "ftp://git.example/user" }, "oauthUserInfoURL"},
		{func(p *Profile) { p.RedirectURL = "https://git.example/authenticated" }, "oauthRedirectURL"},
	} {
		client := newClient(t, "https://git.example")
		test.spoil(&client.Profile)
		switch err := client.Check(); {
		case test.want == "" && err == nil:
		case test.want == "" || err == nil || !strings.Contains(err.Error(), test.want):
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestParseRedirect(t *testing.T) {
	t.Parallel()
	for redirect, ok := range map[string]bool{
		"":                                      true,
		"http://localhost:3000/authenticated":   true,
		"http://127.0.0.1":                      true,
		"http://127.0.0.2:80/x":                 true,
		"http://[::1]:3000":                     true,
		"https://localhost:3000":                false,
		"http://git.example:3000":               false,
		"http://127.0.0.1.evil.example":         false,
		"http://localhost.evil.example":         false,
		"http://0.0.0.0:3000":                   false,
		"http://[::]:3000":                      false,
		"http://alice@localhost:3000":           false,
		"http://localhost:3000/?next=elsewhere": false,
		"http://localhost:3000/#part":           false,
		"http://localhost:port/":                false,
		"localhost:3000":                        false,
		"//localhost:3000":                      false,
		"urn:ietf:wg:oauth:2.0:oob":             false,
		"http://local\x1bhost":                  false,
		fmt.Sprintf("http://%c:3000", '\u2488'): false,
	} {
		if _, err := parseRedirect(redirect); (err == nil) != ok {
			t.Errorf("%q: %v", redirect, err)
		}
	}
}
