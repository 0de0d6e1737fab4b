package gitconfig

import (
	"context"
	"slices"
	"strings"

	"git-credential-grant/internal/secret"
)

// Settings are the values of git config under credential.<URL> for one URL. A field that is not set is "".
type Settings struct {
	Provider      string
	ClientID      string
	ClientSecret  secret.String
	Scopes        string // separated by spaces
	AuthURL       string // these URLs may be relative to the git host
	TokenURL      string
	DeviceAuthURL string
	UserInfoURL   string
	RevokeURL     string
	Issuer        string
	Audience      string
	RedirectURL   string
	AuthStyle     string // header or params
	AuthHeader    string // Git Credential Manager's AuthStyle, a boolean
	Bearer        string // a boolean
	Grant         string // code, device, client_credentials or jwt
	JWTIssuer     string
	JWTSubject    string
	Username      string
	DefaultName   string // the name to send with a token where the URL has none
	Interactive   string // git's credential.interactive
}

// clientSecret is the name of the one setting that is a secret.
const clientSecret = "oauthclientsecret"

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
		{"oauthscopes", &s.Scopes},
		{"oauthauthurl", &s.AuthURL},
		{"oauthauthorizeendpoint", &s.AuthURL},
		{"oauthtokenurl", &s.TokenURL},
		{"oauthtokenendpoint", &s.TokenURL},
		{"oauthdeviceauthurl", &s.DeviceAuthURL},
		{"oauthdeviceendpoint", &s.DeviceAuthURL},
		{"oauthuserinfourl", &s.UserInfoURL},
		{"oauthrevokeurl", &s.RevokeURL},
		{"oauthissuer", &s.Issuer},
		{"oauthaudience", &s.Audience},
		{"oauthredirecturl", &s.RedirectURL},
		{"oauthredirecturi", &s.RedirectURL},
		{"oauthauthstyle", &s.AuthStyle},
		{"oauthuseclientauthheader", &s.AuthHeader},
		{"oauthbearer", &s.Bearer},
		{"oauthgrant", &s.Grant},
		{"oauthjwtissuer", &s.JWTIssuer},
		{"oauthjwtsubject", &s.JWTSubject},
		{"username", &s.Username},
		{"oauthdefaultusername", &s.DefaultName},
		{"interactive", &s.Interactive},
	}
}

// Settings asks git for the settings of a URL.
func (g Git) Settings(ctx context.Context, url string) (Settings, error) {
	values, err := g.credentialValues(ctx, url)
	if err != nil {
		return Settings{}, err
	}
	s := Settings{}
	for _, setting := range s.names() {
		if *setting.field == "" {
			*setting.field = values[setting.name]
		}
	}
	s.ClientSecret = secret.New(values[clientSecret])
	return s, nil
}

// credentialValues returns the values under credential for a URL, by their names.
func (g Git) credentialValues(ctx context.Context, url string) (map[string]string, error) {
	entries, err := g.matching(ctx, "credential", `^credential\.`)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(entries, Entry.isPartial) {
		return g.urlMatch(ctx, "credential", url)
	}
	config := render(entries, url, func(_ int, entry Entry) string { return quoted(entry.Name, entry.Value) })
	out, err := g.read(ctx, config, "config", "-z", "--file", "-", "--get-urlmatch", "credential", url)
	if err != nil {
		return nil, err
	}
	return parseConfig(out), nil
}

// urlMatch returns the values of a section of git config for a URL: `git config --get-urlmatch` applies git's own rule,
// by which the most specific URL wins.
func (g Git) urlMatch(ctx context.Context, section, address string) (map[string]string, error) {
	out, err := g.read(ctx, "", "config", "-z", "--get-urlmatch", section, address)
	if err != nil {
		return nil, err
	}
	return parseConfig(out), nil
}

// DescribeServer reports whether settings say where an OAuth2 server is.
func (s Settings) DescribeServer() bool {
	return s.Provider != "" && s.Provider != "auto" || s.AuthURL != "" || s.TokenURL != "" || s.Issuer != ""
}

// parseConfig reads the output of git config -z: SECTION.NAME, a newline and the value, up to a NUL. A name without a
// value is true.
func parseConfig(out string) map[string]string {
	values := map[string]string{}
	for entry := range strings.SplitSeq(out, "\x00") {
		if entry == "" {
			continue
		}
		key, value, hasValue := strings.Cut(entry, "\n")
		if !hasValue {
			value = "true"
		}
		_, name, _ := strings.Cut(key, ".")
		values[name] = value
	}
	return values
}

// Set names the settings that have a value, by the first of their names.
func (s Settings) Set() []string {
	var set []string
	seen := map[*string]bool{}
	for _, setting := range s.names() {
		if *setting.field != "" && !seen[setting.field] {
			set = append(set, setting.name)
		}
		seen[setting.field] = true
		if setting.field == &s.ClientID && !s.ClientSecret.IsZero() {
			set = append(set, clientSecret)
		}
	}
	return set
}
