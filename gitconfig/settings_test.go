package gitconfig

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
	"git-credential-grant/internal/secret"
)

// site is a git host.
const site = "https://git.example"

func TestReadSettings(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		url    string // "" is site
		want   Settings
	}{
		"nothing":              {"", "", Settings{}},
		"nothing of ours":      {"[credential]\nhelper = grant\naskPass = x\n", "", Settings{}},
		"for all hosts":        {"[credential]\noauthClientId = a\n", "", Settings{ClientID: "a"}},
		"for this host":        {`[credential "https://git.example"]` + "\noauthClientId = a\n", "", Settings{ClientID: "a"}},
		"for another host":     {`[credential "https://other.example"]` + "\noauthClientId = a\n", "", Settings{}},
		"for another protocol": {`[credential "http://git.example"]` + "\noauthClientId = a\n", "", Settings{}},
		"for another port":     {`[credential "https://git.example:8443"]` + "\noauthClientId = a\n", "", Settings{}},
		"for the usual port":   {`[credential "https://git.example:443"]` + "\noauthClientId = a\n", "", Settings{ClientID: "a"}},
		"in other letters":     {`[Credential "HTTPS://Git.Example/"]` + "\nOAUTHCLIENTID = a\n", "", Settings{ClientID: "a"}},
		"for a subdomain":      {`[credential "https://*.example"]` + "\noauthClientId = a\n", "", Settings{ClientID: "a"}},
		"not for two levels":   {`[credential "https://*.git.example"]` + "\noauthClientId = a\n", "", Settings{}},

		// Git takes a URL without a protocol too, and for no more than what stands under credential alone.
		"no protocol":               {`[credential "git.example"]` + "\noauthClientId = a\n", "", Settings{ClientID: "a"}},
		"no protocol, another host": {`[credential "example"]` + "\noauthClientId = a\n" + `[credential "sub.git.example"]` + "\noauthClientId = b\n", "", Settings{}},
		"no protocol, a name":       {`[credential "alice@git.example"]` + "\noauthClientId = a\n", "https://alice@git.example/", Settings{ClientID: "a"}},
		"no protocol, another name": {`[credential "alice@git.example"]` + "\noauthClientId = a\n", "", Settings{}},
		"no protocol, a path":       {`[credential "git.example/acme"]` + "\noauthClientId = a\n", "https://git.example/acme/app.git", Settings{}},
		"no protocol, after all": {
			"[credential]\noauthClientId = all\nprovider = github\n" + `[credential "git.example"]` + "\noauthClientId = \"a b\\\\ \\\"c\"\n",
			"", Settings{ClientID: `a b\ "c`, Provider: "github"},
		},
		"no protocol, before all": {`[credential "git.example"]` + "\noauthClientId = a\n[credential]\noauthClientId = all\n", "", Settings{ClientID: "all"}},
		"a protocol over none": {
			`[credential "https://git.example"]` + "\noauthClientId = host\n" + `[credential "git.example"]` + "\noauthClientId = a\n",
			"", Settings{ClientID: "host"},
		},

		// The most specific URL wins, wherever it stands (git-config(1), --get-urlmatch).
		"a host over all": {
			`[credential "https://git.example"]` + "\noauthClientId = host\n[credential]\noauthClientId = all\nprovider = github\n",
			"", Settings{ClientID: "host", Provider: "github"},
		},
		"a host over a wildcard": {
			`[credential "https://git.example"]` + "\noauthClientId = host\n" + `[credential "https://*.example"]` + "\noauthClientId = wild\n",
			"", Settings{ClientID: "host"},
		},
		"a path over a host": {
			`[credential "https://git.example/acme"]` + "\noauthClientId = path\n" + `[credential "https://git.example"]` + "\noauthClientId = host\n",
			"https://git.example/acme/app.git", Settings{ClientID: "path"},
		},
		"a longer path over a shorter": {
			`[credential "https://git.example/acme/app.git"]` + "\noauthClientId = long\n" + `[credential "https://git.example/acme"]` + "\noauthClientId = short\n",
			"https://git.example/acme/app.git", Settings{ClientID: "long"},
		},
		"a path is whole names": {`[credential "https://git.example/acme"]` + "\noauthClientId = a\n", "https://git.example/acmetoo/app.git", Settings{}},
		"a path, not asked":     {`[credential "https://git.example/acme"]` + "\noauthClientId = a\n", "", Settings{}},
		"a name over none": {
			`[credential "https://alice@git.example"]` + "\noauthClientId = alice\n" + `[credential "https://git.example"]` + "\noauthClientId = any\n",
			"https://alice@git.example/", Settings{ClientID: "alice"},
		},
		"a name of somebody else": {`[credential "https://alice@git.example"]` + "\noauthClientId = alice\n", "https://bob@git.example/", Settings{}},
		"a name, nobody asked":    {`[credential "https://alice@git.example"]` + "\noauthClientId = alice\n", "", Settings{}},
		"an odd name":             {`[credential "https://a%40b%2fc@git.example"]` + "\noauthClientId = odd\n", "https://a%40b%2Fc@git.example/", Settings{ClientID: "odd"}},
		"the last of equals":      {"[credential]\noauthClientId = a\noauthClientId = b\n", "", Settings{ClientID: "b"}},

		"a space":         {`[credential "https://git.example/a%20b"]` + "\noauthClientId = odd\n", "https://git.example/a%20b/c.git", Settings{ClientID: "odd"}},
		"a percent":       {`[credential "https://git.example/a%25b"]` + "\noauthClientId = odd\n", "https://git.example/a%25b/c.git", Settings{ClientID: "odd"}},
		"a question mark": {`[credential "https://git.example/a%3fb"]` + "\noauthClientId = odd\n", "https://git.example/a%3Fb/c.git", Settings{ClientID: "odd"}},
		"a hash":          {`[credential "https://git.example/a%23b"]` + "\noauthClientId = odd\n", "https://git.example/a%23b/c.git", Settings{ClientID: "odd"}},
		"beyond ASCII":    {`[credential "https://git.example/%c3%a9"]` + "\noauthClientId = odd\n", "https://git.example/%C3%A9/c.git", Settings{ClientID: "odd"}},
		"not UTF-8":       {`[credential "https://git.example/%e9"]` + "\noauthClientId = odd\n", "https://git.example/%E9/c.git", Settings{ClientID: "odd"}},

		"values that look like output": {"[credential]\noauthScopes = \"a\\nb\\tc=d\"\n", "", Settings{Scopes: "a\nb\tc=d"}},
		"without a value":              {"[credential]\ninteractive\n", "", Settings{Interactive: "true"}},
		"an empty value":               {"[credential]\noauthClientId = all\n" + `[credential "https://git.example"]` + "\noauthClientId =\n", "", Settings{}},
		"all of them": {
			`[credential]
	provider = 1
	oauthClientId = 2
	oauthClientSecret = 3
	oauthScopes = 4
	oauthAuthURL = 5
	oauthTokenURL = 6
	oauthUserInfoURL = 7
	oauthIssuer = 8
	oauthRedirectURL = 9
	oauthAuthStyle = 10
	username = 11
	interactive = 12
	oauthDeviceAuthURL = 13
	oauthRevokeURL = 14
	oauthAudience = 15
	oauthBearer = 16
`,
			"", Settings{
				Provider: "1", ClientID: "2", ClientSecret: secret.New("3"), Scopes: "4", AuthURL: "5", TokenURL: "6", UserInfoURL: "7",
				Issuer: "8", RedirectURL: "9", AuthStyle: "10", Username: "11", Interactive: "12",
				DeviceAuthURL: "13", RevokeURL: "14", Audience: "15", Bearer: "16",
			},
		},
		// https://github.com/hickford/git-credential-oauth#custom-hosts
		"git-credential-oauth's names": {
			`[credential]
	helper = cache --timeout 7200
	helper = oauth
[credential "https://git.example"]
	oauthClientId = 1
	oauthClientSecret = 2
	oauthScopes = read_repository write_repository
	oauthAuthURL = /oauth/authorize
	oauthTokenURL = /oauth/token
	oauthDeviceAuthURL = /oauth/authorize_device
	oauthRedirectURL = http://127.0.0.1
`,
			"", Settings{
				ClientID: "1", ClientSecret: secret.New("2"), Scopes: "read_repository write_repository", AuthURL: "/oauth/authorize",
				TokenURL: "/oauth/token", DeviceAuthURL: "/oauth/authorize_device", RedirectURL: "http://127.0.0.1",
			},
		},
		// https://github.com/git-ecosystem/git-credential-manager/blob/main/docs/generic-oauth.md
		"Git Credential Manager's names": {
			`[credential]
	helper = manager
	credentialStore = cache
[credential "https://git.example"]
	provider = generic
	oauthClientId = 1
	oauthClientSecret = 2
	oauthRedirectUri = "http://127.0.0.1"
	oauthAuthorizeEndpoint = "/login/oauth/authorize"
	oauthTokenEndpoint = "/login/oauth/token"
	oauthDeviceEndpoint = "/login/oauth/device"
	oauthScopes = "code:write profile:read"
	oauthDefaultUserName = "OAUTH"
	oauthUseClientAuthHeader = false
	oauthResponseMode = "query"
`,
			"", Settings{
				Provider: "generic", ClientID: "1", ClientSecret: secret.New("2"), Scopes: "code:write profile:read",
				AuthURL: "/login/oauth/authorize", TokenURL: "/login/oauth/token", DeviceAuthURL: "/login/oauth/device",
				RedirectURL: "http://127.0.0.1", DefaultName: "OAUTH", AuthStyle: "params",
			},
		},
		"in the header": {"[credential]\noauthUseClientAuthHeader = yes\n", "", Settings{AuthStyle: "header"}},
		"ours before them": {
			`[credential]
	oauthAuthURL = ours
	oauthTokenURL = ours
	oauthDeviceAuthURL = ours
	oauthRedirectURL = ours
	oauthAuthStyle = header
[credential "https://git.example"]
	oauthAuthorizeEndpoint = theirs
	oauthTokenEndpoint = theirs
	oauthDeviceEndpoint = theirs
	oauthRedirectUri = theirs
	oauthUseClientAuthHeader = false
`,
			"", Settings{AuthURL: "ours", TokenURL: "ours", DeviceAuthURL: "ours", RedirectURL: "ours", AuthStyle: "header"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			need.GitConfig(t, test.config)
			got, err := Git{}.Settings(t.Context(), cmp.Or(test.url, site))
			if err != nil || got != test.want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

// TestTable: every field is that of one setting, and every setting is documented.
func TestTable(t *testing.T) {
	t.Parallel()
	fields := reflect.TypeFor[Settings]()
	if len(table) != fields.NumField() {
		t.Errorf("%d settings for %d fields", len(table), fields.NumField())
	}
	for i := range fields.NumField() {
		of := 0
		for _, setting := range table {
			var s Settings
			setting.set(&s, "x")
			if !reflect.ValueOf(s).Field(i).IsZero() {
				of++
			}
		}
		if of != 1 {
			t.Errorf("%d settings are read into %s", of, fields.Field(i).Name)
		}
	}
	read := func(file string) string {
		content, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	_, readme, _ := strings.Cut(read("README.md"), "\n## Settings\n")
	readme, _, _ = strings.Cut(readme, "\n## ")
	_, manual, _ := strings.Cut(read("docs/git-credential-grant.1"), "\n.SH SETTINGS\n")
	manual, _, _ = strings.Cut(manual, "\n.SH ")
	for _, setting := range table {
		if !strings.Contains(readme, "`"+setting.name+"`") {
			t.Errorf("the README does not name %s", setting.name)
		}
		for _, name := range []string{setting.name, setting.theirs} {
			if !strings.Contains(manual, `\fB`+name+`\fR`) && name != "" {
				t.Errorf("the manual page does not name %s", name)
			}
		}
	}
}

// git hands what -c says to its children in GIT_CONFIG_PARAMETERS.
func TestSettingsOfTheCommandLine(t *testing.T) {
	need.GitConfig(t, "[credential]\noauthClientId = file\n")
	t.Setenv("GIT_CONFIG_PARAMETERS", "'credential.oauthclientid'='line' 'credential.https://git.example.provider'='gitlab'")
	got, err := Git{}.Settings(t.Context(), site)
	if want := (Settings{ClientID: "line", Provider: "gitlab"}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestSettingsOfAnIncludedFile(t *testing.T) {
	dir := need.GitConfig(t, "[credential]\noauthClientId = file\n[include]\npath = more\n")
	if err := os.WriteFile(filepath.Join(dir, "more"), []byte("[credential]\noauthClientId = included\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Git{}.Settings(t.Context(), site)
	if want := (Settings{ClientID: "included"}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// A person can mend what is named. To take it for "nothing set" would let another helper answer.
func TestSettingsThatCannotBeRead(t *testing.T) {
	dir := need.GitConfig(t, "[credential\noauthClientId = a\n")
	got, err := Git{}.Settings(t.Context(), site)
	if got != (Settings{}) || err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "gitconfig")) {
		t.Errorf("got %+v, %v", got, err)
	}
	if err != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "line 1")) {
		t.Errorf("the error is %q", err)
	}

	t.Setenv("PATH", "")
	if got, err := (Git{}).Settings(t.Context(), site); got != (Settings{}) || !errors.Is(err, ErrNoGit) {
		t.Errorf("without git: %+v, %v", got, err)
	}
}
