package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"git-credential-grant/flow"
	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// A session is one request of git, joined with the keyring and the OAuth2 server that it needs.
type session struct {
	*program
	request  *helper.Credential
	keyring  *store.Store
	settings *helper.Settings // nil until they are needed
}

func (s *session) helper() *helper.Helper {
	return &helper.Helper{Keyring: s.keyring, Server: s.server, Job: processGroup(), Tell: s.tell, Trace: s.tracer()}
}

// server finds the OAuth2 server of the request: a known forge, or what settings describe.
func (s *session) server(ctx context.Context, _ *helper.Credential) (*helper.Server, error) {
	settings, err := s.readSettings(ctx)
	if err != nil {
		return nil, err
	}
	host, err := url.Parse(s.request.Origin())
	if err != nil {
		return nil, fmt.Errorf("not a host that git can mean: %w", errors.ErrUnsupported)
	}
	profile, err := chooseProfile(host, settings)
	if err != nil {
		return nil, err
	}
	if settings.ClientID == "" {
		return nil, &noClientError{host.Host, profile.ClientURL}
	}
	client := &flow.Client{
		Profile: profile,
		ID:      settings.ClientID, Secret: settings.ClientSecret,
		GitHost: host.Host,
		Tell:    s.tell,
		Timeout: s.timeout,
	}
	if err := client.Check(); err != nil {
		return nil, &settingsError{s.request.Origin(), err}
	}
	return s.serverOf(client), nil
}

// chooseProfile returns the profile of a host with the settings applied to it, field by field.
func chooseProfile(host *url.URL, settings *helper.Settings) (flow.Profile, error) {
	profile, known := flow.ByHost(host.Hostname())
	if settings.Provider != "" {
		if profile, known = flow.ByName(settings.Provider); !known {
			return profile, &settingsError{host.String(), fmt.Errorf("the provider %q is not known", settings.Provider)}
		}
	}
	if !known && settings.ClientID == "" {
		return profile, errors.ErrUnsupported
	}
	if !known {
		profile = flow.Generic
	}
	for _, override := range []struct {
		field *string
		value string
	}{
		{&profile.AuthURL, settings.AuthURL},
		{&profile.TokenURL, settings.TokenURL},
		{&profile.UserInfoURL, settings.UserInfoURL},
		{&profile.RedirectURL, settings.RedirectURL},
		{&profile.Issuer, settings.Issuer},
	} {
		if override.value != "" {
			*override.field = override.value
		}
	}
	if settings.Scopes != "" {
		profile.Scopes = strings.Fields(settings.Scopes)
	}
	switch settings.AuthStyle {
	case "":
	case "header":
		profile.AuthStyle = oauth2.AuthStyleInHeader
	case "params":
		profile.AuthStyle = oauth2.AuthStyleInParams
	default:
		return profile, &settingsError{host.String(), fmt.Errorf("oauthAuthStyle is %q; it can be header or params", settings.AuthStyle)}
	}
	return profile.At(host)
}

// serverOf makes a client what the helper asks for, and gives its errors the meaning that they have there.
func (s *session) serverOf(client *flow.Client) *helper.Server {
	return &helper.Server{
		TokenEndpoint: client.Profile.TokenURL,
		ClientID:      client.ID,
		Username:      client.Profile.Username,
		AnyUsername:   client.Profile.AnyUsername,
		Refresh: func(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
			token, err := client.Refresh(ctx, refreshToken)
			return token, translate(err)
		},
		SignIn: func(ctx context.Context, _ string) (*oauth2.Token, string, error) {
			browser := s.browser(ctx)
			if !s.canAsk() || browser == nil && !terminalThere() {
				return nil, "", helper.ErrNobodyThere
			}
			if browser != nil {
				client.Browse = browser.Open
			}
			return client.SignIn(ctx)
		},
	}
}

// translate gives an error of flow the meaning that it has for helper, and keeps its text.
func translate(err error) error {
	for theirs, ours := range map[error]error{
		flow.ErrGrantEnded:    helper.ErrGrantEnded,
		flow.ErrClientRefused: helper.ErrClientRefused,
	} {
		if errors.Is(err, theirs) {
			return meaning{err, ours}
		}
	}
	return err
}

// A meaning is an error that is also another one.
type meaning struct {
	error
	is error
}

func (m meaning) Unwrap() []error { return []error{m.error, m.is} }

// readSettings reads git config, once.
func (s *session) readSettings(ctx context.Context) (*helper.Settings, error) {
	if s.settings == nil {
		settings, err := helper.ReadSettings(ctx, s.request)
		if err != nil {
			return nil, err
		}
		s.settings = settings
	}
	return s.settings, nil
}

// browser returns what opens pages, nil if nothing does or the person does not want it.
func (s *session) browser(ctx context.Context) *flow.Browser {
	if s.noBrowser {
		return nil
	}
	webBrowser := os.Getenv("BROWSER") == "" && exec.CommandContext(ctx, "git", "config", "--get", "web.browser").Run() == nil
	return flow.FindBrowser(webBrowser)
}

// canAsk reports whether the person allows questions: git's credential.interactive, and Git Credential Manager's
// variable, which the go command sets.
func (s *session) canAsk() bool {
	never := []string{"never", "false", "no", "off", "0"}
	return !slices.Contains(never, strings.ToLower(s.settings.Interactive)) &&
		!slices.Contains(never, strings.ToLower(os.Getenv("GCM_INTERACTIVE")))
}

// terminalThere reports whether a person can read what is said on a terminal.
func terminalThere() bool {
	terminal, err := os.OpenFile(terminal, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	terminal.Close()
	return os.Getenv("GIT_TERMINAL_PROMPT") != "0"
}

// personAtDesktop reports whether somebody can answer the keyring's own prompt, which is a window.
func (s *session) personAtDesktop() bool {
	_, err := s.readSettings(context.Background())
	return err == nil && s.canAsk() && flow.FindBrowser(false) != nil
}
