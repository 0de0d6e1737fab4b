package gitconfig

import (
	"cmp"
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
	Bearer        string // a boolean
	Grant         string // code, device, client_credentials or jwt
	JWTIssuer     string
	JWTSubject    string
	Username      string // git's own
	DefaultName   string // the name to send with a token where the URL has none
	Interactive   string // git's credential.interactive
	UseHTTPPath   string // git's credential.useHttpPath, a boolean
}

// A setting is a name in git config that is read into a field of [Settings].
type setting struct {
	name string // ours and git-credential-oauth's, or git's own
	// theirs is what Git Credential Manager calls it, "" if it has no name of its own. It is used where ours is absent.
	// inOurs puts such a value into our words, nil if it is the same.
	theirs string
	inOurs func(value string) string
	field  func(*Settings) any // *string or *secret.String
	// server says that the setting tells where an OAuth2 server is.
	server bool
}

// table is every setting that there is. Tests hold it against the fields, the README and the manual page, and those of
// command against what becomes of each.
var table = []setting{
	{name: "provider", field: func(s *Settings) any { return &s.Provider }, server: true},
	{name: "oauthClientId", field: func(s *Settings) any { return &s.ClientID }},
	{name: "oauthClientSecret", field: func(s *Settings) any { return &s.ClientSecret }},
	{name: "oauthScopes", field: func(s *Settings) any { return &s.Scopes }},
	{name: "oauthAuthURL", theirs: "oauthAuthorizeEndpoint", field: func(s *Settings) any { return &s.AuthURL }, server: true},
	{name: "oauthTokenURL", theirs: "oauthTokenEndpoint", field: func(s *Settings) any { return &s.TokenURL }, server: true},
	{name: "oauthDeviceAuthURL", theirs: "oauthDeviceEndpoint", field: func(s *Settings) any { return &s.DeviceAuthURL }},
	{name: "oauthUserInfoURL", field: func(s *Settings) any { return &s.UserInfoURL }},
	{name: "oauthRevokeURL", field: func(s *Settings) any { return &s.RevokeURL }},
	{name: "oauthIssuer", field: func(s *Settings) any { return &s.Issuer }, server: true},
	{name: "oauthAudience", field: func(s *Settings) any { return &s.Audience }},
	{name: "oauthRedirectURL", theirs: "oauthRedirectUri", field: func(s *Settings) any { return &s.RedirectURL }},
	{name: "oauthAuthStyle", theirs: "oauthUseClientAuthHeader", inOurs: authStyle, field: func(s *Settings) any { return &s.AuthStyle }},
	{name: "oauthBearer", field: func(s *Settings) any { return &s.Bearer }},
	{name: "oauthGrant", field: func(s *Settings) any { return &s.Grant }},
	{name: "oauthJWTIssuer", field: func(s *Settings) any { return &s.JWTIssuer }},
	{name: "oauthJWTSubject", field: func(s *Settings) any { return &s.JWTSubject }},
	{name: "username", field: func(s *Settings) any { return &s.Username }},
	{name: "oauthDefaultUserName", field: func(s *Settings) any { return &s.DefaultName }},
	{name: "interactive", field: func(s *Settings) any { return &s.Interactive }},
	{name: "useHttpPath", field: func(s *Settings) any { return &s.UseHTTPPath }},
}

// authStyle is the style for a value of oauthUseClientAuthHeader.
func authStyle(useHeader string) string {
	if IsTrue(useHeader) {
		return "header"
	}
	return "params"
}

// key is how git prints a name.
func key(name string) string { return strings.ToLower(name) }

// keys are the names of the setting as git prints them.
func (e setting) keys() []string {
	if e.theirs == "" {
		return []string{key(e.name)}
	}
	return []string{key(e.name), key(e.theirs)}
}

// valueIn returns the value of the setting among those of git config, "" if it is not set.
func (e setting) valueIn(values map[string]string) string {
	theirs := values[key(e.theirs)]
	if theirs != "" && e.inOurs != nil {
		theirs = e.inOurs(theirs)
	}
	return cmp.Or(values[key(e.name)], theirs)
}

// set gives the field of the setting a value.
func (e setting) set(s *Settings, value string) {
	switch field := e.field(s).(type) {
	case *string:
		*field = value
	case *secret.String:
		*field = secret.New(value)
	}
}

// isSet reports whether the field of the setting has a value.
func (e setting) isSet(s *Settings) bool {
	switch field := e.field(s).(type) {
	case *string:
		return *field != ""
	case *secret.String:
		return !field.IsZero()
	}
	return false
}

// Settings asks git for the settings of a URL.
func (g Git) Settings(ctx context.Context, url string) (Settings, error) {
	values, err := g.credentialValues(ctx, url)
	if err != nil {
		return Settings{}, err
	}
	s := Settings{}
	for _, setting := range table {
		setting.set(&s, setting.valueIn(values))
	}
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
	if s.Provider == "auto" { // Git Credential Manager's word for: not set.
		s.Provider = ""
	}
	return slices.ContainsFunc(table, func(setting setting) bool { return setting.server && setting.isSet(&s) })
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

// Set names the settings that have a value, by the first of their names, in lower case.
func (s Settings) Set() []string {
	var set []string
	for _, setting := range table {
		if setting.isSet(&s) {
			set = append(set, key(setting.name))
		}
	}
	return set
}
