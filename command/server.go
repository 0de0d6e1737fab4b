package command

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// server finds the OAuth2 server of the request: a known forge, what the git host says it is, or what settings describe.
func (s *session) server(ctx context.Context, request *helper.Credential, provider string) (*helper.Server, error) {
	s.heedSignals()
	client, err := s.client(ctx, request, provider)
	if err != nil {
		return nil, err
	}
	return s.serverOf(ctx, client), nil
}

// client finds the OAuth client of the request. That of a job comes before one that is registered in the keyring, and
// that one before one in settings.
func (s *session) client(ctx context.Context, request *helper.Credential, provider string) (*flow.Client, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	registered, unread := s.helper().Client(ctx, request.Origin)
	if errors.Is(unread, store.ErrNoPlace) { // where none can be registered either
		unread = nil
	}
	if unread != nil && settings.Issuer != "" { // which would be asked for nothing
		return nil, unread
	}
	if registered != nil {
		settings.ClientID, settings.ClientSecret = registered.ID, registered.Secret
	}
	client, err := s.clientOf(ctx, request, s.ci.apply(request.Origin, settings), provider)
	if unread != nil && !errors.Is(err, errors.ErrUnsupported) && !s.ci.isFor(request.Origin) {
		return nil, unread
	}
	if err == nil && registered != nil && client.Secret == registered.Secret && registered.TokenEndpoint != client.Profile.TokenURL {
		return nil, &otherEndpointError{registered.TokenEndpoint, client.Profile.TokenURL}
	}
	return client, err
}

// clientOf makes settings the client that they describe.
func (s *session) clientOf(ctx context.Context, request *helper.Credential, settings gitconfig.Settings, provider string) (*flow.Client, error) {
	settings, err := s.recognise(ctx, request, settings, provider)
	if err != nil {
		return nil, err
	}
	client := &flow.Client{
		Network: s.network,
		Grant:   s.grant(settings),
		Subject: settings.JWTSubject,
		GitHost: request.Origin.Host(),
		Tell:    s.tell,
		QRCode:  term.IsTerminal(int(os.Stderr.Fd())),
		Timeout: s.timeout,
		Trace:   s.tracer(),
	}
	found, err := discover(ctx, client, settings)
	if err != nil {
		return nil, err
	}
	if client.Profile, err = chooseProfile(request.Origin, settings, found); err != nil {
		return nil, err
	}
	client.ID, client.Secret = settings.ClientID, settings.ClientSecret
	if client.ID == "" {
		client.ID = client.Profile.ClientID
	}
	if client.ID == "" {
		return nil, &noClientError{request.Origin.Host()}
	}
	switch err := client.Check(); {
	case err != nil && settings.ClientID == "" && s.recognised != "":
		return nil, fmt.Errorf("%w: %w", err, errors.ErrUnsupported) // Nobody has said that it should be ours.
	case err != nil:
		return nil, &settingsError{request.Origin, err}
	}
	s.note("profile %s: authorization at %s, tokens from %s", client.Profile.Name, client.Profile.AuthURL, client.Profile.TokenURL)
	return client, nil
}

// network reads how git would reach a URL.
func (s *session) network(ctx context.Context, address string) (*flow.Network, error) {
	config, err := s.git.HTTP(ctx, address)
	if err != nil {
		return nil, err
	}
	return flow.ReadNetwork(address, config, os.Getenv), nil
}

// discover asks the issuer that settings name what settings leave open, nil if there is nothing to ask.
func discover(ctx context.Context, client *flow.Client, settings gitconfig.Settings) (*flow.Metadata, error) {
	if settings.Issuer == "" || settings.ClientID == "" || settings.AuthURL != "" && settings.TokenURL != "" {
		return nil, nil
	}
	client.Profile.Issuer = settings.Issuer
	return client.Discover(ctx)
}
