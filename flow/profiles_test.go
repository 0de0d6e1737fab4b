package flow

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"git-credential-grant/internal/secret"
)

// TestForges says what git needs of each forge, on its own host and, where its software runs elsewhere too, there.
func TestForges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, host        string
		auth, token, user string
		device, revoke    string
		scopes, redirect  string
		username          string
		any, kills        bool
		client, hint      string
	}{
		{name: "bitbucket", host: "https://bitbucket.org",
			auth: "https://bitbucket.org/site/oauth2/authorize", token: "https://bitbucket.org/site/oauth2/access_token",
			user: "https://api.bitbucket.org/2.0/user", revoke: "https://bitbucket.org/site/oauth2/revoke",
			scopes: "repository repository:write account", username: "x-token-auth"},
		{name: "bitbucket-dc", host: "https://git.example",
			auth: "https://git.example/rest/oauth2/latest/authorize", token: "https://git.example/rest/oauth2/latest/token",
			scopes: "REPO_WRITE", redirect: "http://localhost:34106/", username: "x-token-auth", any: true, kills: true},
		{name: "github", host: "https://github.com",
			auth: "https://github.com/login/oauth/authorize", token: "https://github.com/login/oauth/access_token",
			user: "https://api.github.com/user", device: "https://github.com/login/device/code",
			revoke: "https://api.github.com/applications/CLIENT_ID/grant",
			scopes: "repo workflow", username: "oauth2", any: true, kills: true, hint: "login"},
		{name: "github", host: "https://ghe.example",
			auth: "https://ghe.example/login/oauth/authorize", token: "https://ghe.example/login/oauth/access_token",
			user: "https://ghe.example/api/v3/user", device: "https://ghe.example/login/device/code",
			revoke: "https://ghe.example/api/v3/applications/CLIENT_ID/grant",
			scopes: "repo workflow", username: "oauth2", any: true, kills: true, hint: "login"},
		{name: "gitlab", host: "https://gitlab.com",
			auth: "https://gitlab.com/oauth/authorize", token: "https://gitlab.com/oauth/token",
			user: "https://gitlab.com/api/v4/user", device: "https://gitlab.com/oauth/authorize_device",
			revoke: "https://gitlab.com/oauth/revoke",
			scopes: "read_repository write_repository", username: "oauth2", any: true, kills: true},
		{name: "gitea", host: "https://git.example:3000",
			auth:  "https://git.example:3000/login/oauth/authorize",
			token: "https://git.example:3000/login/oauth/access_token", user: "https://git.example:3000/api/v1/user",
			username: "oauth2", any: true, client: "a4792ccc-144e-407e-86c9-5e7d8d9c3269"},
		{name: "forgejo", host: "https://codeberg.org",
			auth:  "https://codeberg.org/login/oauth/authorize",
			token: "https://codeberg.org/login/oauth/access_token", user: "https://codeberg.org/api/v1/user",
			username: "oauth2", any: true, client: "a4792ccc-144e-407e-86c9-5e7d8d9c3269"},
		{name: "azure", host: "https://acme.visualstudio.com",
			auth:   "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize",
			token:  "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
			device: "https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode",
			scopes: "499b84ac-1321-427f-aa17-267ca6975798/.default offline_access", redirect: "http://localhost",
			username: "oauth2", any: true},
		{name: "google", host: "https://chromium.googlesource.com",
			auth: "https://accounts.google.com/o/oauth2/v2/auth", token: "https://oauth2.googleapis.com/token",
			revoke: "https://oauth2.googleapis.com/revoke",
			scopes: "https://www.googleapis.com/auth/gerritcodereview", username: "oauth2", any: true, hint: "login_hint"},
	} {
		p := profileAt(t, test.name, test.host)
		for _, field := range []struct{ name, got, want string }{
			{"AuthURL", p.AuthURL, test.auth},
			{"TokenURL", p.TokenURL, test.token},
			{"UserInfoURL", p.UserInfoURL, test.user},
			{"DeviceAuthURL", p.DeviceAuthURL, test.device},
			{"RevokeURL", p.RevokeURL, test.revoke},
			{"Scopes", strings.Join(p.Scopes, " "), test.scopes},
			{"RedirectURL", p.RedirectURL, test.redirect},
			{"Username", p.Username, test.username},
			{"ClientID", p.ClientID, test.client},
			{"LoginHint", p.LoginHint, test.hint},
		} {
			if field.got != field.want {
				t.Errorf("%s at %s: %s is %q, want %q", test.name, test.host, field.name, field.got, field.want)
			}
		}
		if p.AnyUsername != test.any || p.RefreshEndsToken != test.kills {
			t.Errorf("%s: AnyUsername %v, RefreshEndsToken %v", test.name, p.AnyUsername, p.RefreshEndsToken)
		}
		if err := (&Client{Profile: p, ID: "id"}).Check(); err != nil {
			t.Errorf("%s at %s: %v", test.name, test.host, err)
		}
	}
}

func profileAt(t *testing.T, name, host string) Profile {
	t.Helper()
	u, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	profile, found := ByName(name)
	if !found {
		t.Fatalf("no profile %q", name)
	}
	if profile, err = profile.At(u); err != nil {
		t.Fatal(err)
	}
	return profile
}

// TestRecognised: by the host, by another helper's name, and by what a server calls itself.
func TestRecognised(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"dev.azure.com": "azure", "acme.visualstudio.com": "azure", "gitlab.com": "gitlab", "codeberg.org": "forgejo",
		"googlesource.com": "google", "go.googlesource.com": "google",
		"visualstudio.com": "", "evilvisualstudio.com": "", "googlesource.com.evil.example": "", "xgooglesource.com": "", "": "",
	} {
		if profile, found := ByHost(host); found != (want != "") || profile.Name != want {
			t.Errorf("host %q is %q, want %q", host, profile.Name, want)
		}
	}
	for name, want := range map[string]string{"azure-repos": "azure", "generic": "oidc", "gerrit": "google"} {
		if profile, found := ByName(name); !found || profile.Name != want {
			t.Errorf("name %q is %q, want %q", name, profile.Name, want)
		}
	}
	for _, test := range []struct {
		challenges []string
		want       string
	}{
		{[]string{`Basic realm="Gitea"`}, "gitea"},
		{[]string{`Basic realm="Forgejo"`}, "forgejo"},
		{[]string{`Basic realm="GitLab"`}, "gitlab"},
		{[]string{`Basic realm="GitHub"`}, "github"},
		{[]string{`Basic realm="Atlassian Bitbucket"`}, "bitbucket-dc"},
		{[]string{`Bearer error="x"`, `basic Realm="gitea", charset="UTF-8"`}, "gitea"},
		// RFC 9110, section 11.2: a realm may be a token, one header may hold several challenges, and a quote may be escaped.
		{[]string{`Basic realm=gitea-lfs`}, "gitea"},
		{[]string{`Basic realm=GitLab`}, "gitlab"},
		{[]string{`Negotiate, Basic realm = Gitea`}, "gitea"},
		{[]string{`Bearer realm="https://x/token",service="y", Basic realm="Gitea"`}, "gitea"},
		{[]string{"Basic\trealm=\"Gitea\""}, "gitea"},
		{[]string{`Basic realm="Git\ea"`}, "gitea"},
		{[]string{`Basic xrealm="Gitea"`}, ""},
		{[]string{`Basic realm="a \"Gitea\""`}, ""},
		{[]string{`Basic realm=`}, ""},
		{[]string{`Basic realm="Gitea`}, ""},
		{[]string{`Basic realm="Bitbucket.org HTTP"`}, ""},
		{[]string{`Basic realm="Gitea API"`}, ""},
		{[]string{`Basic realm=""`}, ""},
		{[]string{`Basic`}, ""},
		{nil, ""},
	} {
		if profile, found := ByRealm(test.challenges); found != (test.want != "") || profile.Name != test.want {
			t.Errorf("%q is %q, want %q", test.challenges, profile.Name, test.want)
		}
	}
}

// TestRealmLeadsNowhere: what a server calls itself sends nobody to another server.
func TestRealmLeadsNowhere(t *testing.T) {
	t.Parallel()
	for _, p := range Profiles {
		if len(p.Realms) == 0 {
			continue
		}
		p = profileAt(t, p.Name, "https://git.example")
		for _, endpoint := range []string{p.AuthURL, p.TokenURL, p.UserInfoURL, p.DeviceAuthURL, p.RevokeURL} {
			if endpoint != "" && !strings.HasPrefix(endpoint, "https://git.example/") {
				t.Errorf("%s: %s", p.Name, endpoint)
			}
		}
	}
}

// TestRefreshAsks: what goes into a refresh, and that only GitLab hears the redirect URI again.
func TestRefreshAsks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		forge, redirect, secret string
		want                    url.Values
	}{
		{"gitlab", "", "hunter2", url.Values{"client_id": {"id"}, "client_secret": {"hunter2"}, "redirect_uri": {"http://127.0.0.1"}}},
		{"gitlab", "http://localhost:3000/authenticated", "", url.Values{"client_id": {"id"}, "redirect_uri": {"http://localhost:3000/authenticated"}}},
		{"gitea", "", "", url.Values{"client_id": {"id"}}},
		{"bitbucket", "", "hunter2", url.Values{}},
		{"bitbucket", "", "", url.Values{"client_id": {"id"}}},
	} {
		var form url.Values
		client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
			r.ParseForm()
			form = r.PostForm
			answerJSON(w, http.StatusOK, `{"access_token":"new"}`)
		})
		endpoint := client.Profile.TokenURL
		client.Profile, _ = ByName(test.forge)
		client.ID, client.Profile.TokenURL = "id", endpoint
		client.Profile.RedirectURL, client.Secret = test.redirect, secret.New(test.secret)
		if _, err := client.Refresh(t.Context(), "present"); err != nil {
			t.Error(err)
		}
		test.want.Set("grant_type", "refresh_token")
		test.want.Set("refresh_token", "present")
		if form.Encode() != test.want.Encode() {
			t.Errorf("%s: sent %v, want %v", test.forge, form.Encode(), test.want.Encode())
		}
	}
}

// TestAuthorizeAsks: the parameters that only some servers want.
func TestAuthorizeAsks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		forge, hint, audience string
		want                  []string // name=value, or name= for what must not be there
	}{
		{"github", "a&b=c", "", []string{"login=a&b=c", "login_hint="}},
		{"google", "alice@example.com", "", []string{"login_hint=alice@example.com", "login="}},
		{"bitbucket", "alice", "", []string{"login=", "login_hint=", "audience=", "prompt="}},
		{"github", "", "", []string{"login="}},
		{"oidc", "", "https://git.example/", []string{"audience=https://git.example/"}},
	} {
		profile, _ := ByName(test.forge)
		profile.Audience = test.audience
		client := &Client{Profile: profile}
		address, err := url.Parse(client.authorizeURL("http://127.0.0.1:1", test.hint, client.newHandshake()))
		if err != nil {
			t.Fatal(err)
		}
		query := address.Query()
		for _, parameter := range append(test.want, "code_challenge_method=S256") {
			name, value, _ := strings.Cut(parameter, "=")
			if got := query[name]; !slices.Equal(got, strings.Fields(value)) {
				t.Errorf("%s: %s is %q, want %q", test.forge, name, got, value)
			}
		}
	}
}
