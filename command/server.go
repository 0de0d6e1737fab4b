package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"golang.org/x/term"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// A forge is the OAuth2 server of a request, with our client there.
type forge struct {
	client *flow.Client
	// provider is how the forge was recognised where no setting says it, and unconfirmed says that only the host itself
	// does, so that the person has to be asked before any window opens.
	provider    string
	unconfirmed bool
}

// base is the path below which a recognised forge is.
func (f *forge) base() string { return remembered(f.provider).base }

// server finds the OAuth2 server of the request for the helper.
func (s *session) server(ctx context.Context, request *helper.Credential, provider string) (*helper.Server, error) {
	s.heedSignals()
	f, err := s.forge(ctx, request, provider)
	if err != nil {
		return nil, err
	}
	return s.serverOf(ctx, f), nil
}

// forge finds the OAuth2 server of the request: a known one, what the git host says it is, or what settings describe.
// provider is what a sign-in there remembers. The client of a job comes before one that is registered in the keyring, and
// that one before one in settings.
func (s *session) forge(ctx context.Context, request *helper.Credential, provider string) (*forge, error) {
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
	own := registered != nil || s.ci.isFor(request.Origin)
	f, err := s.forgeOf(ctx, request, s.ci.apply(request.Origin, settings), provider, own)
	if unread != nil && !errors.Is(err, errors.ErrUnsupported) && !s.ci.isFor(request.Origin) {
		return nil, unread
	}
	if err == nil && registered != nil && f.client.Secret == registered.Secret && registered.TokenEndpoint != f.client.Profile.TokenURL {
		return nil, &otherEndpointError{registered.TokenEndpoint, f.client.Profile.TokenURL}
	}
	return f, err
}

// forgeOf makes settings the forge that they describe. own says that the client is registered for the origin, or is a job's.
func (s *session) forgeOf(ctx context.Context, request *helper.Credential, settings gitconfig.Settings, provider string, own bool) (*forge, error) {
	settings, seen, err := s.recognise(ctx, request, settings, provider, own)
	if err != nil {
		return nil, err
	}
	if _, known := flow.ByHost(request.Origin.Hostname()); !known && !settings.DescribeServer() && settings.ClientID != "" {
		return nil, &noServerError{request.Origin.Host()}
	}
	client := &flow.Client{
		Network:   s.network,
		UserAgent: userAgent(s.buildVersion()),
		Grant:     s.grant(settings),
		Subject:   settings.JWTSubject,
		GitHost:   request.Origin.Host(),
		Tell:      s.tell,
		QRCode:    term.IsTerminal(int(os.Stderr.Fd())),
		Timeout:   s.timeout,
		Trace:     s.tracer(),
	}
	found, err := discover(ctx, client, settings)
	if err != nil {
		return nil, err
	}
	host := request.Origin.URL()
	host.Path = seen.base
	if client.Profile, err = chooseProfile(host, settings, found); err != nil {
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
	case err != nil && settings.ClientID == "" && seen.provider != "":
		return nil, fmt.Errorf("%w: %w", err, errors.ErrUnsupported) // Nobody has said that it should be ours.
	case err != nil && found != nil:
		return nil, cmp.Or(found.Check(client.Profile), error(&settingsError{request.Origin, err}))
	case err != nil:
		return nil, &settingsError{request.Origin, err}
	}
	s.note("profile %s: authorization at %s, tokens from %s", client.Profile.Name, client.Profile.AuthURL, client.Profile.TokenURL)
	return &forge{client, seen.remember(), seen.unconfirmed}, nil
}

// userAgent names the program and its version to servers. Go writes "(devel)" where it knows none, which is no version there
// (RFC 9110, section 10.1.5).
func userAgent(version string) string { return "git-credential-grant/" + strings.Trim(version, "()") }

// network reads how git would reach a URL, as far as that is about the git host of the request.
func (s *session) network(ctx context.Context, address string) (*flow.Network, error) {
	config, err := s.git.HTTP(ctx, address, func(remote string) bool {
		u, err := url.Parse(remote)
		return err == nil && helper.ParseOrigin(u.Scheme+"://"+u.Host) == s.request.Origin
	})
	if err != nil {
		return nil, err
	}
	network := flow.ReadNetwork(address, config, os.LookupEnv)
	network.Password = s.git.Password
	return network, nil
}

// discover asks the issuer that settings name what settings leave open, nil if there is nothing to ask.
func discover(ctx context.Context, client *flow.Client, settings gitconfig.Settings) (*flow.Metadata, error) {
	if settings.Issuer == "" || settings.ClientID == "" || settings.AuthURL != "" && settings.TokenURL != "" {
		return nil, nil
	}
	client.Profile.Issuer = settings.Issuer
	return client.Discover(ctx)
}
