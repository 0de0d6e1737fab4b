package command

import (
	"slices"
	"testing"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/internal/secret"
)

// TestScopesOfGrants: a profile's scopes are what a person is asked for. A client that acts for itself has those that
// it was registered with, unless settings name others.
func TestScopesOfGrants(t *testing.T) {
	bitbucket := helper.ParseOrigin("https://bitbucket.org").URL()
	profile, _ := flow.ByName("bitbucket")
	for _, test := range []struct {
		grant  flow.Grant
		scopes string
		want   []string
	}{
		{"", "", profile.Scopes},
		{flow.GrantDevice, "", profile.Scopes},
		{flow.GrantClientCredentials, "", nil},
		{flow.GrantJWT, "", nil},
		{flow.GrantCode, "a b", []string{"a", "b"}},
		{flow.GrantJWT, "a b", []string{"a", "b"}},
	} {
		got, err := chooseProfile(bitbucket, gitconfig.Settings{ClientID: "id", Grant: string(test.grant), Scopes: test.scopes}, nil)
		if err != nil || !slices.Equal(got.Scopes, test.want) {
			t.Errorf("%s with %q: asks for %q, %v, want %q", test.grant, test.scopes, got.Scopes, err, test.want)
		}
	}
}

// TestCIClient: the secrets of the environment go to the very host that is named with them.
func TestCIClient(t *testing.T) {
	for _, test := range []struct {
		host, origin string
		used         bool
	}{
		{"git.example", "https://git.example", true},
		{"git.example:8443", "https://git.example:8443", true},
		{"git.example", "https://git.example:8443", false},
		{"git.example:8443", "https://git.example", false},
		{"git.example", "https://git.example.evil.example", false},
		{"git.example", "https://evil.example", false},
		{"git.example", "https://g\u0130t.example", false},
		{"Git.Example:443", "https://git.example", true},
		{"git.example", "https://sub.git.example", false},
		{"example", "https://git.example", false},
		{"*", "https://git.example", false},
		{"https://git.example", "https://git.example", true},
		{"HTTPS://Git.Example:443/", "https://git.example", true},
		{" https://git.example:8443/acme/app.git\n", "https://git.example:8443", true},
		{"https://[::1]:8443/", "https://[::1]:8443", true},
		{"[::1]:8443", "http://[::1]:8443", true},
		{"http://127.0.0.1:8080/", "http://127.0.0.1:8080", true},
		{"http://127.0.0.1:8080/", "https://127.0.0.1:8080", false},
		{"https://127.0.0.1:8080/", "http://127.0.0.1:8080", false},
		{"http://git.example", "http://git.example", false},
		{"git.example", "http://git.example", false},
		{"http://git.example", "https://git.example", false},
		{"https://ci:token@git.example", "https://git.example", false},
		{"ci@git.example", "https://git.example", false},
		{"ssh://git.example", "https://git.example", false},
		{"https:git.example", "https://git.example", false},
		{"https://git.example?token=x", "https://git.example", false},
		{"https://git.example/", "https://git.example.evil.example", false},
		{"https://", "https://git.example", false},
		{"", "https://git.example", false},
		{"", "", false},
	} {
		for grant, want := range map[flow.Grant]gitconfig.Settings{
			flow.GrantClientCredentials: {ClientID: "ci-id", ClientSecret: secret.New("ci-secret")},
			flow.GrantJWT:               {ClientID: "issuer", ClientSecret: secret.New("ci-jwt-secret")},
		} {
			settings := gitconfig.Settings{Grant: string(grant), ClientID: "id", ClientSecret: secret.New("secret"), JWTIssuer: "issuer"}
			if !test.used {
				want.ClientSecret = secret.New("secret")
				if grant != flow.GrantJWT {
					want.ClientID = "id"
				}
			}
			given := func(value string) variable { return variable{value: secret.New(value)} }
			client := ciClient{test.host, given("ci-id"), given("ci-secret"), given("ci-jwt-secret")}
			settings, err := client.apply(helper.ParseOrigin(test.origin), settings)
			if err != nil {
				t.Error(err)
			}
			if settings.ClientID != want.ClientID || settings.ClientSecret != want.ClientSecret {
				t.Errorf("%q at %q by %s: %s and %s", test.host, test.origin, grant, settings.ClientID, settings.ClientSecret)
			}
		}
	}
}
