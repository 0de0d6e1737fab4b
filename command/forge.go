package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// A forge is the OAuth2 server of a request, with our client there.
type forge struct {
	client *flow.Client
	// bearer says that git is to send the tokens as bearer tokens.
	bearer bool
	// provider is how the forge was recognised where no setting says it, and unconfirmed says that only the host itself
	// does, so that the person has to be asked before any window opens.
	provider    string
	unconfirmed bool
}

// base is the path below which a recognised forge is.
func (f *forge) base() string { return remembered(f.provider).base }

// A finder finds the OAuth2 server of a request.
type finder struct {
	voice    *voice
	settings *settings
	// registered returns the client that is registered for an origin, nil if none is.
	registered func(ctx context.Context, origin helper.Origin) (*helper.Client, error)
	ci         ciClient
	device     bool // where a person signs in
	userAgent  string
}

func (s *session) finder() *finder {
	return &finder{
		voice: s.voice, settings: s.settings, registered: s.helper().Client, ci: s.ci,
		device: s.options.device, userAgent: userAgent(s.version),
	}
}

// forge finds the OAuth2 server of a subject: a known one, what the git host says it is, or what settings describe.
// provider is what a sign-in there remembers. The client of a job comes before one that is registered in the keyring, and
// that one before one in settings.
func (f *finder) forge(ctx context.Context, about subject, provider string) (*forge, error) {
	settings, err := f.settings.of(ctx, about.settingsURL())
	if err != nil {
		return nil, err
	}
	registered, unread := f.registered(ctx, about.origin())
	if errors.Is(unread, store.ErrNoPlace) { // where none can be registered either
		unread = nil
	}
	if unread != nil && settings.Issuer != "" { // which would be asked for nothing
		return nil, unread
	}
	if registered != nil {
		settings.ClientID, settings.ClientSecret = registered.ID, registered.Secret
	}
	own := registered != nil || f.ci.isFor(about.origin())
	settings, err = f.ci.apply(about.origin(), settings)
	if err != nil {
		return nil, err
	}
	found, err := f.described(ctx, about, settings, provider, own)
	err = f.ci.explain(about.origin(), settings, err, func() bool { return f.configured(ctx, about) })
	if unread != nil && !errors.Is(err, errors.ErrUnsupported) && !f.ci.isFor(about.origin()) {
		return nil, unread
	}
	if err == nil && registered != nil && found.client.Secret == registered.Secret {
		err = sameEndpoint(registered.TokenEndpoint, found.client.Profile.TokenURL)
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// sameEndpoint keeps the secret of a registered client from another place than it was registered for.
func sameEndpoint(registered, now string) error {
	if registered == now {
		return nil
	}
	return meaning{
		fmt.Errorf("the OAuth client was registered for %s, and the settings now name %s", registered, now), errOtherEndpoint,
	}
}

// described is the forge that settings describe, with the client that they name. own says that it is registered for the
// origin, or is a job's.
func (f *finder) described(
	ctx context.Context, about subject, settings gitconfig.Settings, provider string, own bool,
) (*forge, error) {
	origin := about.origin()
	settings, seen, err := f.recognise(ctx, about, settings, provider, own)
	if err != nil {
		return nil, err
	}
	if _, known := flow.ByHost(origin.Hostname()); !known && !settings.DescribeServer() && settings.ClientID != "" {
		return nil, noServer(origin.Host())
	}
	metadata, err := f.discover(ctx, origin, settings)
	if err != nil {
		return nil, err
	}
	host := origin.URL()
	host.Path = seen.base
	profile, err := chooseProfile(host, settings, metadata)
	if err != nil {
		return nil, err
	}
	client := f.newClient(about, settings, profile)
	if profile.Name == flow.Generic.Name && cmp.Or(profile.AuthURL, profile.TokenURL, profile.DeviceAuthURL) == "" {
		return nil, noServer(origin.Host())
	}
	if client.ID == "" {
		return nil, meaning{errors.New("no OAuth client is set for " + origin.Host()), errNoClient}
	}
	switch err := client.Check(); {
	case err != nil && settings.ClientID == "" && seen.provider != "":
		return nil, fmt.Errorf("%w: %w", err, errors.ErrUnsupported) // Nobody has said that it should be ours.
	case err != nil && metadata != nil:
		return nil, cmp.Or(metadata.Check(client.Profile), badSetting(origin, err))
	case err != nil:
		return nil, badSetting(origin, err)
	}
	f.voice.trace("profile %s: authorization at %s, tokens from %s", client.Profile.Name, client.Profile.AuthURL, client.Profile.TokenURL)
	return &forge{client, gitconfig.IsTrue(settings.Bearer), seen.remember(), seen.unconfirmed}, nil
}

// newClient is the client that settings name, or else the profile's own, of the server that a profile describes.
func (f *finder) newClient(about subject, settings gitconfig.Settings, profile flow.Profile) *flow.Client {
	return &flow.Client{
		Profile:   profile,
		Grant:     f.grant(settings),
		ID:        cmp.Or(settings.ClientID, profile.ClientID),
		Secret:    settings.ClientSecret,
		Subject:   settings.JWTSubject,
		GitHost:   about.host(),
		Transport: f.transport(about.origin()),
		Trace:     f.voice.tracer(),
	}
}

// badSetting says that a value in git config cannot be used.
func badSetting(origin helper.Origin, err error) error {
	return meaning{fmt.Errorf("settings of %s: %w", origin, err), errSettings}
}

// grant is how tokens are obtained: as settings say, or else in the browser. --device is about people, and changes
// nothing for a host where nobody is asked.
func (f *finder) grant(settings gitconfig.Settings) flow.Grant {
	grant := flow.Grant(cmp.Or(settings.Grant, string(flow.GrantCode)))
	if f.device && grant == flow.GrantCode {
		return flow.GrantDevice
	}
	return grant
}

// onDevice reports whether the person signs in on any device: by choice, or because no browser can be opened here and
// the forge has the grant.
func onDevice(client *flow.Client, ui flow.UI) bool {
	return client.Grant == flow.GrantDevice || ui.Browse == nil && client.Profile.DeviceAuthURL != ""
}

// userAgent names the program and its version to servers. Go writes "(devel)" where it knows none, which is no version there
// (RFC 9110, section 10.1.5).
func userAgent(version string) string { return "git-credential-grant/" + strings.Trim(version, "()") }

// transport sends requests as git would, as far as that is about a git host.
func (f *finder) transport(origin helper.Origin) http.RoundTripper {
	return f.settings.git.Transport(f.userAgent, func(remote string) bool {
		u, err := url.Parse(remote)
		return err == nil && helper.ParseOrigin(u.Scheme+"://"+u.Host) == origin
	})
}

// discover asks the issuer that settings name what settings leave open, nil if there is nothing to ask.
func (f *finder) discover(ctx context.Context, origin helper.Origin, settings gitconfig.Settings) (*flow.Metadata, error) {
	if settings.Issuer == "" || settings.ClientID == "" || settings.AuthURL != "" && settings.TokenURL != "" {
		return nil, nil
	}
	client := &flow.Client{Transport: f.transport(origin), Trace: f.voice.tracer()}
	return client.Discover(ctx, settings.Issuer)
}
