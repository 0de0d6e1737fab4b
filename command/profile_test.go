package command

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
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
		settings   gitconfig.Settings
		found      *flow.Metadata
		want       func(flow.Profile) bool
	}{
		{"a forge by its host", "https://gitlab.com", gitconfig.Settings{}, nil, func(p flow.Profile) bool {
			return p.Name == "gitlab" && p.TokenURL == "https://gitlab.com/oauth/token"
		}},
		{"by its name", "https://git.example:3000", gitconfig.Settings{Provider: "gitea"}, nil, func(p flow.Profile) bool {
			return p.ClientID != "" && p.TokenURL == "https://git.example:3000/login/oauth/access_token"
		}},
		{"Git Credential Manager's name", "https://git.example", gitconfig.Settings{Provider: "generic", ClientID: "id"}, nil, func(p flow.Profile) bool {
			return p.Name == flow.Generic.Name && p.TokenURL == ""
		}},
		{"a forge's software elsewhere", "https://ghe.example", gitconfig.Settings{Provider: "github"}, nil, func(p flow.Profile) bool {
			return p.UserInfoURL == "https://ghe.example/api/v3/user"
		}},
		{"absolute endpoints that are set", "https://ghe.example", gitconfig.Settings{Provider: "github", TokenURL: "https://id.example/t", DeviceAuthURL: "/d", RevokeURL: "r"}, nil, func(p flow.Profile) bool {
			return p.TokenURL == "https://id.example/t" && p.DeviceAuthURL == "https://ghe.example/d" && p.RevokeURL == "https://ghe.example/r"
		}},
		{"the issuer's", "https://dev.azure.com", gitconfig.Settings{ClientID: "id"}, found, func(p flow.Profile) bool {
			return p.TokenURL == "https://id.example/token" && p.RedirectURL == "http://localhost" && p.Scopes[len(p.Scopes)-1] == "offline_access"
		}},
		{"settings before the issuer's", "https://git.example", gitconfig.Settings{ClientID: "id", TokenURL: "/token", Scopes: "a b"}, found, func(p flow.Profile) bool {
			return p.TokenURL == "https://git.example/token" && p.AuthURL == "https://id.example/auth" && strings.Join(p.Scopes, " ") == "a b" && p.Prompt == ""
		}},
		{"the name beside a token", "https://git.example", gitconfig.Settings{ClientID: "id", DefaultName: "OAUTH"}, nil, func(p flow.Profile) bool {
			return p.Username == "OAUTH" && p.AnyUsername
		}},
		{"in the body", "https://git.example", gitconfig.Settings{ClientID: "id", AuthStyle: "params"}, nil, func(p flow.Profile) bool {
			return p.AuthStyle == oauth2.AuthStyleInParams
		}},
		{"in the header", "https://gitlab.com", gitconfig.Settings{AuthStyle: "header"}, nil, func(p flow.Profile) bool {
			return p.AuthStyle == oauth2.AuthStyleInHeader
		}},
	} {
		if got, err := chooseProfile(helper.ParseOrigin(test.host).URL(), test.settings, test.found); err != nil || !test.want(got) {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
	_, err := chooseProfile(helper.ParseOrigin("https://git.example").URL(), gitconfig.Settings{}, nil)
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
		settings   gitconfig.Settings
		challenges []string
		remembered string
		want       string // the provider from now on
		recognised bool
		ours       bool
		confirmed  bool
		own        bool
	}{
		{"its word", "git.example", gitconfig.Settings{}, gitea, "", "gitea", true, true, false, false},
		{"nothing", "git.example", gitconfig.Settings{}, nil, "", "", false, true, true, false},
		{"a setting", "git.example", gitconfig.Settings{Provider: "forgejo"}, gitea, "", "forgejo", true, true, false, false},
		{"a setting for no host, and a client of its own", "git.example", gitconfig.Settings{Provider: "forgejo"}, gitea, "", "forgejo", false, true, true, true},
		{"endpoints for no host", "git.example", gitconfig.Settings{ClientID: "id", TokenURL: "https://id.example/t"}, nil, "", "", true, true, false, false},
		{"auto", "git.example", gitconfig.Settings{Provider: "auto"}, gitea, "", "gitea", true, true, false, false},
		{"a known host", "bitbucket.org", gitconfig.Settings{}, gitea, "gitea", "", false, true, true, false},
		{"remembered", "git.example", gitconfig.Settings{}, nil, "gitea", "gitea", true, true, true, false},
		{"remembered otherwise", "git.example", gitconfig.Settings{ClientID: "id"}, gitlab, "gitea", "gitea", true, true, true, false},
		{"without a client", "git.example", gitconfig.Settings{}, gitlab, "", "", false, false, true, false},
		{"with a client", "git.example", gitconfig.Settings{ClientID: "id"}, gitlab, "", "gitlab", true, true, false, false},
		{"with a client of its own", "git.example", gitconfig.Settings{ClientID: "id"}, gitlab, "", "gitlab", true, true, true, true},
	} {
		f := &finder{voice: new(voice), settings: new(settings)}
		request := helper.RequestOf(helper.ParseOrigin("https://" + test.host))
		request.WWWAuth = test.challenges
		got, seen, err := f.recognise(t.Context(), subject{request: request}, test.settings, test.remembered, test.own)
		if errors.Is(err, errors.ErrUnsupported) == test.ours || got.Provider != test.want || seen.remember() != "" != test.recognised || seen.unconfirmed == test.confirmed {
			t.Errorf("%s: %q, recognised %+v, %v", test.name, got.Provider, seen, err)
		}
	}
}
