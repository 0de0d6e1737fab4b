package command

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"golang.org/x/term"

	"git-credential-grant/flow"
	"git-credential-grant/helper"
)

// server finds the OAuth2 server of the request: a known forge, what the git host says it is, or what settings describe.
func (s *session) server(ctx context.Context, request *helper.Credential) (*helper.Server, error) {
	s.heedSignals()
	client, err := s.client(ctx, request)
	if err != nil {
		return nil, err
	}
	return s.serverOf(ctx, client), nil
}

// client finds the OAuth client of the request. That of a job comes before one that is registered in the keyring, and
// that one before one in settings.
func (s *session) client(ctx context.Context, request *helper.Credential) (*flow.Client, error) {
	settings, err := s.readSettings(ctx)
	if err != nil {
		return nil, err
	}
	registered, err := s.helper().Client(ctx, request.Origin())
	if err != nil {
		return nil, err
	}
	if registered != nil {
		settings.ClientID, settings.ClientSecret = registered.ID, registered.Secret
	}
	s.ci.apply(request.Origin(), settings)
	client, err := s.clientOf(ctx, request, settings)
	if err == nil && registered != nil && client.Secret == registered.Secret && registered.TokenEndpoint != client.Profile.TokenURL {
		return nil, &otherEndpointError{registered.TokenEndpoint, client.Profile.TokenURL}
	}
	return client, err
}

// clientOf makes settings the client that they describe.
func (s *session) clientOf(ctx context.Context, request *helper.Credential, settings *helper.Settings) (*flow.Client, error) {
	host, err := url.Parse(request.Origin())
	if err != nil {
		return nil, fmt.Errorf("not a host that git can mean: %w", errors.ErrUnsupported)
	}
	if err := s.recognise(host, settings, request); err != nil {
		return nil, err
	}
	client := &flow.Client{
		Network: network,
		Grant:   s.grant(settings),
		Subject: settings.JWTSubject,
		GitHost: host.Host,
		Tell:    s.tell,
		QRCode:  term.IsTerminal(int(os.Stderr.Fd())),
		Timeout: s.timeout,
		Trace:   s.tracer(),
	}
	found, err := discover(ctx, client, settings)
	if err != nil {
		return nil, err
	}
	if client.Profile, err = chooseProfile(host, settings, found); err != nil {
		return nil, err
	}
	client.ID, client.Secret = settings.ClientID, settings.ClientSecret
	if client.ID == "" {
		client.ID = client.Profile.ClientID
	}
	if client.ID == "" {
		return nil, &noClientError{host.Host}
	}
	switch err := client.Check(); {
	case err != nil && settings.ClientID == "" && s.recognised != "":
		return nil, fmt.Errorf("%w: %w", err, errors.ErrUnsupported) // Nobody has said that it should be ours.
	case err != nil:
		return nil, &settingsError{request.Origin(), err}
	}
	s.note("profile %s: authorization at %s, tokens from %s", client.Profile.Name, client.Profile.AuthURL, client.Profile.TokenURL)
	return client, nil
}

// recognise takes the git host's own word for what it is, where neither a setting nor its name says it: the realm in
// WWW-Authenticate. The sign-in remembers it, because git does not always show it, and because a server that has become
// another must not choose where the refresh token goes. It is believed only as far as it leads nowhere else than to that
// host, and a forge where clients have to be registered is ours only with one.
func (s *session) recognise(host *url.URL, settings *helper.Settings, request *helper.Credential) error {
	if settings.Provider == "auto" { // Git Credential Manager's word for: not set.
		settings.Provider = ""
	}
	if _, known := flow.ByHost(host.Hostname()); known || settings.Provider != "" {
		return nil
	}
	profile, found := flow.ByName(request.Provider)
	if !found {
		profile, found = flow.ByRealm(request.WWWAuth)
	}
	if found && profile.ClientID == "" && settings.ClientID == "" {
		return fmt.Errorf("%s needs a client: %w", profile.Name, errors.ErrUnsupported)
	}
	if found {
		settings.Provider, s.recognised = profile.Name, profile.Name
	}
	return nil
}

// network reads how git would reach a URL.
func network(ctx context.Context, address string) (*flow.Network, error) {
	config, err := helper.ReadHTTP(ctx, address)
	if err != nil {
		return nil, err
	}
	return flow.ReadNetwork(address, config, os.Getenv), nil
}

// discover asks the issuer that settings name what settings leave open, nil if there is nothing to ask.
func discover(ctx context.Context, client *flow.Client, settings *helper.Settings) (*flow.Metadata, error) {
	if settings.Issuer == "" || settings.ClientID == "" || settings.AuthURL != "" && settings.TokenURL != "" {
		return nil, nil
	}
	client.Profile.Issuer = settings.Issuer
	return client.Discover(ctx)
}
