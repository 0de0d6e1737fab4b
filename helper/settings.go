package helper

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
)

// Settings are the values of git config under credential.<URL> for one request. A field that is not set is "".
type Settings struct {
	Provider     string
	ClientID     string
	ClientSecret string
	Scopes       string // separated by spaces
	AuthURL      string // these URLs may be relative to the git host
	TokenURL     string
	UserInfoURL  string
	Issuer       string
	RedirectURL  string
	AuthStyle    string // header or params
	Username     string
	Interactive  string // git's credential.interactive
}

// names maps the names in git config, in lower case as git prints them, to the fields. The first name of a field is
// ours and git-credential-oauth's; Git Credential Manager's come after it and are used where ours is absent.
func (s *Settings) names() []struct {
	name  string
	field *string
} {
	return []struct {
		name  string
		field *string
	}{
		{"provider", &s.Provider},
		{"oauthclientid", &s.ClientID},
		{"oauthclientsecret", &s.ClientSecret},
		{"oauthscopes", &s.Scopes},
		{"oauthauthurl", &s.AuthURL},
		{"oauthauthorizeendpoint", &s.AuthURL},
		{"oauthtokenurl", &s.TokenURL},
		{"oauthtokenendpoint", &s.TokenURL},
		{"oauthuserinfourl", &s.UserInfoURL},
		{"oauthissuer", &s.Issuer},
		{"oauthredirecturl", &s.RedirectURL},
		{"oauthredirecturi", &s.RedirectURL},
		{"oauthauthstyle", &s.AuthStyle},
		{"username", &s.Username},
		{"oauthdefaultusername", &s.Username},
		{"interactive", &s.Interactive},
	}
}

// ReadSettings asks git for the settings of a request, in one call: `git config --get-urlmatch` applies git's own
// rule, by which the most specific URL wins.
func ReadSettings(ctx context.Context, request *Credential) (*Settings, error) {
	command := exec.CommandContext(ctx, "git", "config", "-z", "--get-urlmatch", "credential", request.url())
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && len(exit.Stderr) == 0 {
		return &Settings{}, nil
	}
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git config: %s", strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return nil, fmt.Errorf("git config: %w", err)
	}
	return parseSettings(string(out)), nil
}

// parseSettings reads the output of git config -z: credential.NAME, a newline and the value, up to a NUL. A name
// without a value is true.
func parseSettings(out string) *Settings {
	values := map[string]string{}
	for entry := range strings.SplitSeq(out, "\x00") {
		name, value, hasValue := strings.Cut(entry, "\n")
		if !hasValue {
			value = "true"
		}
		values[strings.TrimPrefix(name, "credential.")] = value
	}
	s := &Settings{}
	for _, setting := range s.names() {
		if *setting.field == "" {
			*setting.field = values[setting.name]
		}
	}
	return s
}

// url returns the URL that the request is about, in the form in which git matches it against the config: with the user
// name, so that credential.https://alice@host is found.
func (c *Credential) url() string {
	protocol, host, _ := strings.Cut(c.Origin(), "://")
	path := url.URL{Path: "/" + c.Attributes["path"]}
	if username := c.Attributes["username"]; username != "" {
		host = url.User(username).String() + "@" + host
	}
	return protocol + "://" + host + path.EscapedPath()
}
