package command

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"git-credential-grant/flow"
	"git-credential-grant/helper"
)

// TestChooseProfile: settings come before what the issuer says, and that before the forge's profile.
func TestChooseProfile(t *testing.T) {
	t.Parallel()
	found := &flow.Metadata{
		Issuer: "https://id.example", AuthURL: "https://id.example/auth", TokenURL: "https://id.example/token",
		Scopes: []string{"openid", "offline_access"},
	}
	for _, test := range []struct {
		name, host string
		settings   helper.Settings
		found      *flow.Metadata
		want       func(flow.Profile) bool
	}{
		{"a forge by its host", "https://gitlab.com", helper.Settings{}, nil, func(p flow.Profile) bool {
			return p.Name == "gitlab" && p.TokenURL == "https://gitlab.com/oauth/token"
		}},
		{"by its name", "https://git.example:3000", helper.Settings{Provider: "gitea"}, nil, func(p flow.Profile) bool {
			return p.ClientID != "" && p.TokenURL == "https://git.example:3000/login/oauth/access_token"
		}},
		{"Git Credential Manager's name", "https://git.example", helper.Settings{Provider: "generic", ClientID: "id"}, nil, func(p flow.Profile) bool {
			return p.Name == flow.Generic.Name && p.TokenURL == ""
		}},
		{"a forge's software elsewhere", "https://ghe.example", helper.Settings{Provider: "github"}, nil, func(p flow.Profile) bool {
			return p.UserInfoURL == "https://ghe.example/api/v3/user"
		}},
		{"absolute endpoints that are set", "https://ghe.example", helper.Settings{Provider: "github", TokenURL: "https://id.example/t", DeviceAuthURL: "/d", RevokeURL: "r"}, nil, func(p flow.Profile) bool {
			return p.TokenURL == "https://id.example/t" && p.DeviceAuthURL == "https://ghe.example/d" && p.RevokeURL == "https://ghe.example/r"
		}},
		{"the issuer's", "https://dev.azure.com", helper.Settings{ClientID: "id"}, found, func(p flow.Profile) bool {
			return p.TokenURL == "https://id.example/token" && p.RedirectURL == "http://localhost" && p.Scopes[len(p.Scopes)-1] == "offline_access"
		}},
		{"settings before the issuer's", "https://git.example", helper.Settings{ClientID: "id", TokenURL: "/token", Scopes: "a b"}, found, func(p flow.Profile) bool {
			return p.TokenURL == "https://git.example/token" && p.AuthURL == "https://id.example/auth" && strings.Join(p.Scopes, " ") == "a b offline_access"
		}},
		{"the name beside a token", "https://git.example", helper.Settings{ClientID: "id", DefaultName: "OAUTH"}, nil, func(p flow.Profile) bool {
			return p.Username == "OAUTH" && p.AnyUsername
		}},
		{"in the body", "https://git.example", helper.Settings{ClientID: "id", AuthHeader: "false"}, nil, func(p flow.Profile) bool {
			return p.AuthStyle == oauth2.AuthStyleInParams
		}},
		{"in the header", "https://gitlab.com", helper.Settings{AuthHeader: "yes"}, nil, func(p flow.Profile) bool {
			return p.AuthStyle == oauth2.AuthStyleInHeader
		}},
		{"our name comes first", "https://gitlab.com", helper.Settings{AuthHeader: "false", AuthStyle: "header"}, nil, func(p flow.Profile) bool {
			return p.AuthStyle == oauth2.AuthStyleInHeader
		}},
	} {
		host, err := url.Parse(test.host)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := chooseProfile(host, &test.settings, test.found); err != nil || !test.want(got) {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
	_, err := chooseProfile(&url.URL{Scheme: "https", Host: "git.example"}, &helper.Settings{}, nil)
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a host that nobody knows: %v", err)
	}
}

// TestRecognise: the git host's own word counts only where nothing else is known, and what an earlier sign-in has
// made of it counts more.
func TestRecognise(t *testing.T) {
	t.Parallel()
	gitea, gitlab := []string{`Basic realm="Gitea"`}, []string{`Basic realm="GitLab"`}
	for _, test := range []struct {
		name, host string
		settings   helper.Settings
		challenges []string
		remembered string
		want       string // the provider from now on
		recognised bool
		ours       bool
	}{
		{"its word", "git.example", helper.Settings{}, gitea, "", "gitea", true, true},
		{"nothing", "git.example", helper.Settings{}, nil, "", "", false, true},
		{"a setting", "git.example", helper.Settings{Provider: "forgejo"}, gitea, "", "forgejo", false, true},
		{"auto", "git.example", helper.Settings{Provider: "auto"}, gitea, "", "gitea", true, true},
		{"a known host", "bitbucket.org", helper.Settings{}, gitea, "gitea", "", false, true},
		{"remembered", "git.example", helper.Settings{}, nil, "gitea", "gitea", true, true},
		{"remembered otherwise", "git.example", helper.Settings{ClientID: "id"}, gitlab, "gitea", "gitea", true, true},
		{"without a client", "git.example", helper.Settings{}, gitlab, "", "", false, false},
		{"with a client", "git.example", helper.Settings{ClientID: "id"}, gitlab, "", "gitlab", true, true},
	} {
		s := &session{}
		request := &helper.Credential{WWWAuth: test.challenges, Provider: test.remembered}
		err := s.recognise(&url.URL{Scheme: "https", Host: test.host}, &test.settings, request)
		if errors.Is(err, errors.ErrUnsupported) == test.ours || test.settings.Provider != test.want || s.recognised != "" != test.recognised {
			t.Errorf("%s: %q, recognised %q, %v", test.name, test.settings.Provider, s.recognised, err)
		}
	}
}
