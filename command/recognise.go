package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/terminal"
)

// recognise returns settings with the provider of a host that neither a setting nor its name tells: what a sign-in there
// remembers, or the host's own word for itself, its realm in WWW-Authenticate. The sign-in remembers it, because git does
// not always show it, and because a server that has become another must not choose where the refresh token goes. A forge
// where clients have to be registered is ours only with one.
//
// The host's word leads nowhere else than to that host, and yet it is not enough for a window: the host could send the
// browser on to the consent page of an honest forge, and take the code that comes of it (RFC 9700, section 4.4). So it has
// to be confirmed where the person has not named the host in some other way.
func (s *session) recognise(ctx context.Context, request *helper.Credential, settings gitconfig.Settings, provider string) (gitconfig.Settings, error) {
	if settings.Provider == "auto" { // Git Credential Manager's word for: not set.
		settings.Provider = ""
	}
	if _, known := flow.ByHost(request.Origin.Hostname()); known || settings.Provider != "" {
		return settings, nil
	}
	profile, remembered := flow.ByName(provider)
	found := remembered
	if !found {
		profile, found = flow.ByRealm(s.challenges(ctx, request, settings))
	}
	if found && profile.ClientID == "" && settings.ClientID == "" {
		return settings, fmt.Errorf("%s needs a client: %w", profile.Name, errors.ErrUnsupported)
	}
	if found {
		s.unconfirmed = !remembered && settings.ClientID == "" && !s.personal() && !s.configured(ctx, request)
		settings.Provider, s.recognised = profile.Name, profile.Name
	}
	return settings, nil
}

// personal reports whether a person has typed the command, and by that has named the host.
func (s *session) personal() bool { return s.git.Outside }

// challenges are what the host says to somebody who is not signed in: git tells that from version 2.41 on, and for a person's
// command it is asked.
func (s *session) challenges(ctx context.Context, request *helper.Credential, settings gitconfig.Settings) []string {
	if !s.personal() || !request.Origin.IsWeb() || settings.TokenURL != "" || settings.Issuer != "" {
		return request.WWWAuth
	}
	client := &flow.Client{Network: s.network, Trace: s.tracer()}
	challenges, err := client.Challenges(ctx, request.Origin.URL())
	if err != nil {
		s.note("%v", err)
	}
	return challenges
}

// configured reports whether the person has made this helper that of the very host.
func (s *session) configured(ctx context.Context, request *helper.Credential) bool {
	entries, err := s.git.Entries(ctx, request.URL())
	for _, entry := range entries {
		if entry.Name == "helper" && entry.Applies && entry.URL != "" && !strings.Contains(entry.URL, "*") && gitconfig.Ours(entry.Value) {
			return err == nil
		}
	}
	return false
}

// confirm asks the person at the terminal whether to sign in at a host that only itself says what it is. A command in the
// background, or one whose output nobody sees, cannot ask.
func (s *session) confirm(ctx context.Context) (yes, answered bool) {
	if !s.canAsk() || !atTerminal() || os.Getenv("GIT_TERMINAL_PROMPT") == "0" || !term.IsTerminal(int(os.Stderr.Fd())) {
		return false, false
	}
	console, err := terminal.OpenConsole()
	if err != nil {
		return false, false
	}
	defer console.Close()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	question := fmt.Sprintf("%s says that it is a %s. Sign in to it in the browser?", flow.Printable(s.request.Origin.Host()), s.recognised)
	yes, err = console.Confirm(ctx, question, false)
	return yes, err == nil
}
