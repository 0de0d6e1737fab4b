package command

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// defaultTarget is what a command is about when nobody says, and not exactly one host is signed in.
const defaultTarget = "https://bitbucket.org"

// sessionAbout is the session about a URL or a host.
func (p *program) sessionAbout(c *cli.Context, target string, asking asking) (*session, error) {
	request, path, fault := parseTarget(target)
	if fault != nil && (request == nil || !fault.settled && !looksUp(c)) {
		return nil, misused(c, fault)
	}
	// Whatever repository the person stands in has no say.
	git := gitconfig.Git{Outside: true}
	chosen, err := p.optionsFor(c.Context, git, request.URL())
	if err != nil && fault != nil {
		return nil, misused(c, fault)
	}
	if err != nil {
		return nil, err
	}
	s, err := p.session(subject{request: request, typed: true, path: path}, chosen, git, asking, new(signals))
	if err != nil {
		return nil, err
	}
	s = s.settleProtocol(c.Context, target).asGit(c.Context)
	if fault != nil && !s.mayBe(c.Context, fault, looksUp(c)) {
		return nil, misused(c, fault)
	}
	return s, nil
}

// mayBe reports whether a person may mean a place that is odd: there are settings for it, or, for a command that only looks things up
// or takes them away, anything.
func (s *session) mayBe(ctx context.Context, fault *targetError, looksUp bool) bool {
	if !fault.settled && !looksUp {
		return false
	}
	if s.finder().configured(ctx, s.about) {
		return true
	}
	stored, err := s.helper().Stored(ctx, s.about.origin())
	if err != nil || len(stored) > 0 {
		return err == nil
	}
	client, err := s.helper().Client(ctx, s.about.origin())
	return err == nil && client != nil
}

// looksUp reports whether a command only looks things up, or takes them away.
func looksUp(c *cli.Context) bool {
	return slices.Contains([]string{"status", "logout", "unconfigure", "token", "doctor"}, c.Command.Name) || c.Bool("forget")
}

// settleProtocol returns the session about http where a person has named a host alone, and there is something of that
// protocol and nothing of https; or nothing at all, on this machine. It is the name that status shows.
func (s *session) settleProtocol(ctx context.Context, target string) *session {
	if strings.Contains(target, "://") {
		return s
	}
	plain := helper.ParseOrigin("http://" + s.about.host())
	origins, err := s.helper().Stored(ctx, s.about.origin(), plain)
	switch {
	case err != nil: // It is said where it matters.
	case len(origins) == 1 && origins[0] == plain, len(origins) == 0 && plain.MayHaveToken():
		about := s.about
		about.request = helper.RequestOf(plain)
		if account, named := s.about.request.Attributes.Lookup("username"); named {
			about.request.Attributes.Set("username", account)
		}
		return s.at(about)
	}
	return s
}

// named is the session about the one URL that a command names, or else about Bitbucket.
func (p *program) named(_ context.Context, c *cli.Context, asking asking) (*session, error) {
	switch c.NArg() {
	case 0:
		return p.sessionAbout(c, defaultTarget, asking)
	case 1:
		return p.sessionAbout(c, c.Args().First(), asking)
	}
	return nil, misused(c, errors.New("more than one URL"))
}

// target is named, but without a URL the session is about the only host that is signed in, if it is one.
func (p *program) target(ctx context.Context, c *cli.Context, asking asking) (*session, error) {
	s, err := p.named(ctx, c, asking)
	if err != nil || c.Args().Present() {
		return s, err
	}
	signIns, err := s.signIns(ctx)
	if err != nil {
		return nil, s.about.concerning(err)
	}
	return s.aboutOnly(ctx, signIns), nil
}

// aboutOnly returns the session about the host of sign-ins, if they are all at one.
func (s *session) aboutOnly(ctx context.Context, signIns []signIn) *session {
	for _, one := range signIns {
		if one.URL != signIns[0].URL {
			return s
		}
	}
	if len(signIns) == 0 {
		return s
	}
	return s.aboutOrigin(ctx, helper.ParseOrigin(signIns[0].URL))
}

// aboutOrigin is the session about an origin, as if a person had typed it.
func (s *session) aboutOrigin(ctx context.Context, origin helper.Origin) *session {
	return s.at(subject{request: helper.RequestOf(origin), typed: true}).asGit(ctx)
}

// asGit adds to the request what git would: the name that is set for the URL, if it has none, and the path where that is
// wanted (credential_apply_config in git's credential.c). Settings that cannot be read are said where they matter.
func (s *session) asGit(ctx context.Context) *session {
	settings, err := s.settings.of(ctx, s.about.settingsURL())
	if err != nil {
		return s
	}
	about := s.about
	account, named := about.request.Attributes.Lookup("username")
	about.request = helper.RequestOf(about.origin())
	about.implied = !named && settings.Username != ""
	if account = cmp.Or(account, settings.Username); account != "" {
		about.request.Attributes.Set("username", account)
	}
	if path := strings.TrimPrefix(about.path, "/"); path != "" && gitconfig.IsTrue(settings.UseHTTPPath) {
		about.request.Attributes.Set("path", path)
	}
	return s.at(about)
}
