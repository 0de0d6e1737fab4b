package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

func TestWellKnown(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string][]string{
		"https://id.example": {
			"https://id.example/.well-known/openid-configuration",
			"https://id.example/.well-known/oauth-authorization-server"},
		"https://acme.eu.auth0.com/": { // Auth0's ends in a slash, which is not to be doubled.
			"https://acme.eu.auth0.com/.well-known/openid-configuration",
			"https://acme.eu.auth0.com/.well-known/oauth-authorization-server"},
		"https://id.example:8443/realms/a%20b": {
			"https://id.example:8443/realms/a%20b/.well-known/openid-configuration",
			"https://id.example:8443/.well-known/oauth-authorization-server/realms/a%20b"},
	} {
		if got := wellKnown(issuer); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", issuer, got, want)
		}
	}
}

// issuerServer starts a server that has documents at some paths, "ISSUER" in them standing for its own address.
func issuerServer(t *testing.T, documents map[string]string) (server *httptest.Server, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
		document, found := documents[r.URL.Path]
		to, redirected := strings.CutPrefix(document, "redirect ")
		switch {
		case redirected:
			http.Redirect(w, r, to, http.StatusFound)
		case !found:
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, strings.ReplaceAll(document, "ISSUER", "http://"+r.Host))
		}
	}))
	t.Cleanup(server.Close)
	return server, asked
}

const (
	openID = "/.well-known/openid-configuration"
	oauth  = "/.well-known/oauth-authorization-server"
	good   = `{"issuer":"ISSUER"}`
)

// TestDiscover: which documents are believed.
func TestDiscover(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, issuer string
		documents    map[string]string
		says         string // "" if it is believed
		asked        int
	}{
		{"OpenID Connect", "", map[string]string{openID: good, oauth: `{"issuer":"wrong"}`}, "", 1},
		{"Auth0", "/", map[string]string{openID: `{"issuer":"ISSUER/"}`}, "", 1},
		{"RFC 8414", "", map[string]string{oauth: good}, "", 2},
		{"RFC 8414 with a path", "/a/b", map[string]string{oauth + "/a/b": `{"issuer":"ISSUER/a/b"}`}, "", 2},
		{"a BOM", "", map[string]string{openID: "\uFEFF" + good}, "", 1},
		{"no document", "", nil, "answered with status 404", 2},
		{"a slash too few", "", map[string]string{openID: `{"issuer":"ISSUER/"}`}, `oauthIssuer is "ISSUER", and the server there calls itself "ISSUER/"`, 1},
		{"a slash too many", "/", map[string]string{openID: good}, "calls itself", 1},
		{"another issuer", "", map[string]string{openID: `{"issuer":"https://evil.example"}`}, `calls itself "https://evil.example"`, 1},
		{"a web page first", "", map[string]string{openID: "<!doctype html><title>Sign in</title>", oauth: good}, "", 2},
		{"no issuer first", "", map[string]string{openID: `{"token_endpoint":"ISSUER/token"}`, oauth: good}, "", 2},
		{"an issuer of another type first", "", map[string]string{openID: `{"issuer":["ISSUER"]}`, oauth: good}, "", 2},
		{"a list first", "", map[string]string{openID: `["ISSUER"]`, oauth: good}, "", 2},
		{"no issuer", "", map[string]string{openID: `{"token_endpoint":"ISSUER/token"}`}, "openid-configuration names no issuer", 2},
		{"no JSON", "", map[string]string{openID: `<html>`, oauth: `{"issuer":`}, "oauth-authorization-server sent an answer that makes no sense", 2},
		{"without end", "", map[string]string{openID: `{"x":"` + strings.Repeat("x", maxDocument) + `","issuer":"ISSUER"}`}, "makes no sense", 2},
		{"elsewhere", "", map[string]string{openID: "redirect /elsewhere", "/elsewhere": good}, "", 2},
		{"elsewhere, and not that issuer", "", map[string]string{openID: "redirect /elsewhere", "/elsewhere": `{"issuer":"https://evil.example"}`}, "calls itself", 2},
		{"to where anybody can answer", "", map[string]string{openID: "redirect http://git.example/"}, "answered with status 302", 2},
		{"round and round", "", map[string]string{openID: "redirect " + openID}, "answered with status 302", 11},
	} {
		server, asked := issuerServer(t, test.documents)
		issuer := server.URL + test.issuer
		found, err := new(Client).Discover(t.Context(), issuer)
		says := strings.ReplaceAll(test.says, "ISSUER", server.URL)
		switch {
		case says == "" && (err != nil || found.Issuer != issuer):
			t.Errorf("%s: %v", test.name, err)
		case says != "" && (!errors.Is(err, ErrIssuer) || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v, want %q", test.name, err, says)
		}
		if len(*asked) != test.asked {
			t.Errorf("%s: asked for %q", test.name, *asked)
		}
	}
	for _, issuer := range []string{"http://id.example", "id.example", "file:///etc/passwd", ""} {
		if _, err := new(Client).Discover(t.Context(), issuer); !errors.Is(err, ErrIssuer) {
			t.Errorf("issuer %q: %v", issuer, err)
		}
	}
}

// TestDiscoverStays: where git follows no redirect, this does not either.
func TestDiscoverStays(t *testing.T) {
	server, asked := issuerServer(t, map[string]string{openID: "redirect /elsewhere", "/elsewhere": good})
	client := &Client{Transport: gitTransport(t, "[http]\nfollowRedirects = false\n")}
	if _, err := client.Discover(t.Context(), server.URL); err == nil || len(*asked) != 2 {
		t.Errorf("asked for %q: %v", *asked, err)
	}
}

// TestDiscoverUnusable: what a server names beside what a sign-in needs may be wrong. What it needs is the server's fault,
// unless a setting names something else.
func TestDiscoverUnusable(t *testing.T) {
	t.Parallel()
	server, _ := issuerServer(t, map[string]string{openID: `{"issuer":"ISSUER","authorization_endpoint":["ISSUER/a"],"token_endpoint":"http://git.example/token",
		"device_authorization_endpoint":"/device","revocation_endpoint":"http://git.example/revoke","userinfo_endpoint":7,
		"scopes_supported":"openid offline_access","token_endpoint_auth_methods_supported":"client_secret_post",
		"authorization_response_iss_parameter_supported":"true"}`})
	var traced string
	client := &Client{Trace: func(format string, args ...any) { traced += fmt.Sprintf(format+"\n", args...) }}
	found, err := client.Discover(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := found.AddScopes(found.Apply(Generic))
	if p.DeviceAuthURL+p.RevokeURL+p.UserInfoURL != "" || !p.RequireIssuer || p.AuthStyle != oauth2.AuthStyleInParams || !slices.Equal(p.Scopes, []string{"openid", "offline_access"}) {
		t.Errorf("%+v", p)
	}
	for _, part := range []string{`device_authorization_endpoint is not an absolute URL: "/device"`, `revocation_endpoint must be https: "http://git.example/revoke"`} {
		if !strings.Contains(traced, part) {
			t.Errorf("%q is not traced: %s", part, traced)
		}
	}
	if err := found.Check(p); !errors.Is(err, ErrMetadata) || !strings.Contains(err.Error(), "in the metadata of "+server.URL+", authorization_endpoint is not set") {
		t.Error(err)
	}
	p.AuthURL = server.URL
	if err := found.Check(p); !errors.Is(err, ErrMetadata) || !strings.Contains(err.Error(), "token_endpoint must be https") {
		t.Error(err)
	}
	p.TokenURL = "http://git.example/other" // a person's own fault
	if err := found.Check(p); err != nil {
		t.Error(err)
	}
}

// auth0 is what a tenant of Auth0 says of itself, shortened (https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery).
const auth0 = `{"issuer":"https://acme.eu.auth0.com/",
"authorization_endpoint":"https://acme.eu.auth0.com/authorize",
"token_endpoint":"https://acme.eu.auth0.com/oauth/token",
"device_authorization_endpoint":"https://acme.eu.auth0.com/oauth/device/code",
"userinfo_endpoint":"https://acme.eu.auth0.com/userinfo",
"revocation_endpoint":"https://acme.eu.auth0.com/oauth/revoke",
"scopes_supported":["openid","profile","offline_access","name"],
"code_challenge_methods_supported":["S256","plain"],
"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt"]}`

// TestApply: what a document changes in a profile, and that its endpoints are checked like any other.
func TestApply(t *testing.T) {
	t.Parallel()
	var document map[string]any
	if err := json.Unmarshal([]byte(auth0), &document); err != nil {
		t.Fatal(err)
	}
	found := *newMetadata(document)
	p := found.AddScopes(found.Apply(Generic))
	want := Generic
	want.Issuer = "https://acme.eu.auth0.com/"
	want.AuthURL, want.TokenURL = "https://acme.eu.auth0.com/authorize", "https://acme.eu.auth0.com/oauth/token"
	want.DeviceAuthURL, want.RevokeURL = "https://acme.eu.auth0.com/oauth/device/code", "https://acme.eu.auth0.com/oauth/revoke"
	want.UserInfoURL, want.UserInfoName = "https://acme.eu.auth0.com/userinfo", "preferred_username"
	want.Discovered = []string{want.UserInfoURL, want.RevokeURL}
	want.Scopes, want.Prompt, want.LoginHint = []string{"openid", "offline_access"}, "consent", "login_hint"
	got, _ := json.Marshal(p)
	if wanted, _ := json.Marshal(want); string(got) != string(wanted) {
		t.Errorf("%s\nwant %s", got, wanted)
	}
	if err := (&Client{Profile: p}).Check(); err != nil {
		t.Error(err)
	}

	p.Scopes = []string{"code:write"}
	if p = found.AddScopes(p); !slices.Equal(p.Scopes, []string{"code:write", "offline_access"}) {
		t.Errorf("scopes %q", p.Scopes)
	}
	plain := Metadata{Issuer: "https://id.example", Authentication: []string{"client_secret_post"}, NamesIssuer: true}
	if p = plain.AddScopes(plain.Apply(Generic)); len(p.Scopes) > 0 || p.Prompt != "" || p.AuthStyle != oauth2.AuthStyleInParams || !p.RequireIssuer {
		t.Errorf("%+v", p)
	}

	// A device endpoint elsewhere would get the client's secret.
	elsewhere := found
	elsewhere.DeviceAuthURL = "https://evil.example/device"
	if p := elsewhere.Apply(Generic); p.DeviceAuthURL != "" {
		t.Errorf("%s is taken", p.DeviceAuthURL)
	}
	for _, endpoint := range []string{"file:///bin/sh", "http://evil.example/token", "/token", "javascript:alert(1)"} {
		for _, field := range []func(*Metadata) *string{
			func(m *Metadata) *string { return &m.AuthURL }, func(m *Metadata) *string { return &m.TokenURL },
			func(m *Metadata) *string { return &m.UserInfoURL }, func(m *Metadata) *string { return &m.RevokeURL },
		} {
			spoiled := found
			*field(&spoiled) = endpoint
			if (&Client{Profile: spoiled.Apply(Generic)}).Check() == nil {
				t.Errorf("%q is taken for an endpoint", endpoint)
			}
		}
	}
}
