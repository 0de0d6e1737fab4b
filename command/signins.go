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
	in := ""
	if len(s.keyring.Each(ctx)) > 1 {
		in = " (in " + s.keyring.Holder(s.origin.String()) + ")"
	}
	p.say("signed in to %s%s%s", s.origin.Host(), as(account), in)
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
	none := true
	err = s.onEach(ctx, func(on *oneStore) error {
		origins, err := on.origins(ctx)
		errs := []error{err}
		for _, origin := range origins {
			none = false
			s.about(origin)
			_, err := s.logoutFrom(ctx, on)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	if none && err == nil {
		p.say("nothing is stored")
	}
	return err
}

// logout forgets what the request of the session matches, in each store.
func (s *session) logout(ctx context.Context) error {
	none := true
	err := s.onEach(ctx, func(on *oneStore) error {
		some, err := s.logoutFrom(ctx, on)
		none = none && !some
		return err
	})
	if none && err == nil {
		s.say("nothing is stored for %s", s.origin.Host())
	}
	return err
}

// logoutFrom forgets what the request of the session matches in one store, and reports whether there was something.
func (s *session) logoutFrom(ctx context.Context, on *oneStore) (some bool, err error) {
	forgotten, err := on.Logout(ctx, s.request)
	for _, f := range forgotten {
		s.showForgotten(ctx, f, on.in())
	}
	return len(forgotten) > 0, err
}

func (s *session) showForgotten(ctx context.Context, f helper.Forgotten, in string) {
	host, of := f.Origin.Host(), ""
	if f.Account != "" {
		of = " of " + f.Account
	}
	switch {
	case !f.SignIn:
		s.say("forgot the credential%s for %s%s", of, host, in)
	case f.NotRevoked == nil:
		s.say("forgot the sign-in%s at %s%s, and revoked it there", of, host, in)
	default:
		s.say("forgot the sign-in%s at %s%s", of, host, in)
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

// A report is what status says in JSON. Store is the one that takes what is new.
type report struct {
	Store   storeReport `json:"store"`
	SignIns []signIn    `json:"sign_ins"`

	stores []storeReport
}

type storeReport struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// status lists the sign-ins.
func (p *program) status(ctx context.Context, c *cli.Context) error {
	s, err := p.namedSession(c)
	if err != nil {
		return err
	}
	r, failed := s.report(ctx, c.Args().Present())
	if len(r.stores) == 0 {
		return failed
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
	usable := slices.ContainsFunc(r.SignIns, func(one signIn) bool { return one.Usable })
	if failed == nil && c.Args().Present() && !usable {
		return s.notSignedIn()
	}
	return failed
}

// report asks all stores, for the request of the session or for all that there is. Those that fail are not in it.
func (s *session) report(ctx context.Context, ofRequest bool) (*report, error) {
	r := &report{SignIns: []signIn{}}
	err := s.onEach(ctx, func(on *oneStore) error {
		if on.isFirst {
			r.Store = storeReport{on.name, on.reason}
		}
		var requests []*helper.Credential
		if ofRequest {
			requests = append(requests, s.request)
		}
		some, err := on.signIns(ctx, requests...)
		if err != nil {
			return err
		}
		r.SignIns = append(r.SignIns, some...)
		r.stores = append(r.stores, storeReport{on.name, on.reason})
		return nil
	})
	return r, err
}

// showReport writes a table for each store that has something. Below it is what went wrong, and where all is kept.
func (p *program) showReport(r *report) {
	for _, store := range r.stores {
		var statuses []helper.Status
		for _, one := range r.SignIns {
			if one.Store == store.Name {
				statuses = append(statuses, one.Status)
			}
		}
		if len(statuses) == 0 {
			continue
		}
		p.say("%s", helper.Table(statuses))
		for _, status := range statuses {
			if status.Problem != "" {
				p.say("%s, last time: %s", status.Host, status.Problem)
			}
		}
		p.say("store: %s (%s)", store.Name, store.Reason)
	}
	isNew := func(one signIn) bool { return one.Store == r.Store.Name }
	switch {
	case len(r.SignIns) == 0:
		p.say("no sign-in is stored\nstore: %s (%s)", r.Store.Name, r.Store.Reason)
	case !slices.ContainsFunc(r.SignIns, isNew):
		p.say("new sign-ins go to %s (%s)", r.Store.Name, r.Store.Reason)
	}
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
