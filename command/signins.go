package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"git-credential-grant/flow"
	"git-credential-grant/helper"
)

// login signs in now.
func (p *program) login(ctx context.Context, c *cli.Context) error {
	s, err := p.targetSession(ctx, c)
	if err != nil {
		return err
	}
	s.asking = always
	account, err := s.helper().Login(ctx, s.request)
	if errors.Is(err, errors.ErrUnsupported) {
		return &noServerError{s.origin.Host()}
	}
	if err != nil {
		return err
	}
	p.say("signed in to %s%s", s.origin.Host(), as(account))
	return nil
}

func as(account string) string {
	if account == "" {
		return ""
	}
	return " as " + account
}

// logout forgets and revokes.
func (p *program) logout(ctx context.Context, c *cli.Context) error {
	if c.Bool("all") && c.Args().Present() {
		return p.misused(c, errors.New("--all and a URL exclude each other"))
	}
	if c.Bool("all") {
		return p.logoutAll(ctx, c)
	}
	s, err := p.targetSession(ctx, c)
	if err != nil {
		return err
	}
	return s.logout(ctx)
}

func (p *program) logoutAll(ctx context.Context, c *cli.Context) error {
	s, err := p.sessionAbout(c, defaultTarget)
	if err != nil {
		return err
	}
	origins, err := s.origins(ctx)
	if err != nil {
		return err
	}
	if len(origins) == 0 {
		p.say("nothing is stored")
	}
	var errs []error
	for _, origin := range origins {
		s.about(origin)
		errs = append(errs, s.logout(ctx))
	}
	return errors.Join(errs...)
}

// logout forgets what the request of the session matches.
func (s *session) logout(ctx context.Context) error {
	forgotten, err := s.helper().Logout(ctx, s.request)
	if err != nil {
		return err
	}
	if len(forgotten) == 0 {
		s.say("nothing is stored for %s", s.origin.Host())
	}
	for _, f := range forgotten {
		s.showForgotten(ctx, f)
	}
	return nil
}

func (s *session) showForgotten(ctx context.Context, f helper.Forgotten) {
	host, of := f.Origin.Host(), ""
	if f.Account != "" {
		of = " of " + f.Account
	}
	switch {
	case !f.SignIn:
		s.say("forgot the credential%s for %s", of, host)
	case f.NotRevoked == nil:
		s.say("forgot the sign-in%s at %s, and revoked it there", of, host)
	default:
		s.say("forgot the sign-in%s at %s", of, host)
		why := f.NotRevoked
		if errors.Is(why, errors.ErrUnsupported) {
			why = errors.New("no way to do that is known")
		}
		s.tell("not revoked at " + host + ": " + why.Error())
		if page := s.grantsPage(ctx, f.Provider); page != "" {
			fmt.Fprintln(s.stderr, "hint: revoke it yourself: "+flow.Printable(page))
		}
	}
}

// grantsPage is where people take back what they granted, "" if that is not known. provider is what the sign-in remembers.
func (s *session) grantsPage(ctx context.Context, provider string) string {
	client, err := s.newClient(ctx, provider)
	if err != nil {
		return ""
	}
	return client.Profile.GrantsURL
}

// A report is what status says in JSON.
type report struct {
	Store   storeReport     `json:"store"`
	SignIns []helper.Status `json:"sign_ins"`
}

type storeReport struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// status lists the sign-ins.
func (p *program) status(ctx context.Context, c *cli.Context) error {
	s, r, err := p.report(ctx, c)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		encoder := json.NewEncoder(p.stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(r); err != nil {
			return err
		}
	} else {
		p.showReport(r)
	}
	usable := slices.ContainsFunc(r.SignIns, func(status helper.Status) bool { return status.Usable })
	if c.Args().Present() && !usable {
		return s.notSignedIn()
	}
	return nil
}

func (p *program) report(ctx context.Context, c *cli.Context) (*session, *report, error) {
	s, err := p.namedSession(c)
	if err != nil {
		return nil, nil, err
	}
	r := &report{}
	if r.Store.Name, r.Store.Reason, err = s.keyring.Backend(ctx); err != nil {
		return nil, nil, err
	}
	if c.Args().Present() {
		r.SignIns, err = s.helper().Status(ctx, s.request)
	} else {
		r.SignIns, err = s.statuses(ctx)
	}
	return s, r, err
}

// showReport writes the table, and below it what went wrong and where all is kept.
func (p *program) showReport(r *report) {
	if len(r.SignIns) == 0 {
		p.say("no sign-in is stored")
	} else {
		p.say("%s", helper.Table(r.SignIns))
	}
	for _, status := range r.SignIns {
		if status.Problem != "" {
			p.say("%s, last time: %s", status.Host, status.Problem)
		}
	}
	p.say("store: %s (%s)", r.Store.Name, r.Store.Reason)
}

// token prints an access token.
func (p *program) token(ctx context.Context, c *cli.Context) error {
	s, err := p.targetSession(ctx, c)
	if err != nil {
		return err
	}
	s.asking = never
	token, err := s.helper().Token(ctx, s.request)
	if errors.Is(err, helper.ErrNotSignedIn) {
		return s.notSignedIn()
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

func (s *session) notSignedIn() error {
	return fmt.Errorf("%w to %s", helper.ErrNotSignedIn, s.origin.Host())
}
