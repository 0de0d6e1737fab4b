package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"git-credential-grant/helper"
)

func (p *program) loginCommand() *cli.Command {
	return &cli.Command{
		Name: "login", ArgsUsage: "[URL]", Action: p.on(p.target, always, here((*session).login)),
		Usage: "sign in now, whatever is stored",
		Description: "A name in the URL says which account is meant. It also ends the pause after a\n" +
			"sign-in that failed.\n\n" +
			"Example:  git-credential-grant login https://alice@bitbucket.org",
	}
}

// login signs in now. At a host that is not set up, it offers that.
func (s *session) login(ctx context.Context, _ *cli.Context) error {
	account, err := s.signInNow(ctx)
	if err == nil {
		in := ""
		if len(s.keyring.Each(ctx)) > 1 {
			in = " (in " + s.keyring.Holder(s.about.origin().String()) + ")"
		}
		s.voice.say("signed in to %s%s%s", s.about.host(), as(account), in)
		return nil
	}
	if !errors.Is(err, errNoClient) && !errors.Is(err, errNoServer) {
		return err
	}
	if yes, _ := s.asker().offer(ctx, err.Error()+". Set it up now?"); !yes {
		return err
	}
	talk := &conversation{session: s}
	defer talk.end()
	return talk.run(ctx)
}

// signInNow signs in, and returns the account.
func (s *session) signInNow(ctx context.Context) (account string, err error) {
	account, err = s.helper().Login(ctx, s.about.request)
	if errors.Is(err, errors.ErrUnsupported) {
		err = noServer(s.about.host())
	}
	return account, err
}

// keptIn names a store in words.
func keptIn(store string) string {
	words := map[string]string{
		"secret-service": "the Secret Service", "keychain": "the keychain", "wincred": "the Credential Manager",
		"file": "an encrypted file", "keyctl": "the kernel's keyring",
	}
	return cmp.Or(words[store], store)
}

func as(account string) string {
	if account == "" {
		return ""
	}
	return " as " + account
}

func (p *program) logoutCommand() *cli.Command {
	return &cli.Command{
		Name: "logout", ArgsUsage: "[URL]", Action: p.on(p.target, asSet, here((*session).logout)),
		Usage: "revoke and forget what is stored for a host",
		Description: "Forgets sign-ins and passwords, and has the server revoke the tokens where it\n" +
			"can. A name in the URL says which account is meant. A registered OAuth client\n" +
			"stays; see register --forget.\n\n" +
			"Example:  git-credential-grant logout https://bitbucket.org",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "everywhere"}},
	}
}

// logout forgets and revokes.
func (s *session) logout(ctx context.Context, c *cli.Context) error {
	if !c.Bool("all") {
		return s.logoutIn(ctx, "nothing is stored for "+s.about.whose(), func(*oneStore) ([]*session, error) { return []*session{s}, nil })
	}
	if c.Args().Present() {
		return misused(c, errors.New("--all and a URL exclude each other"))
	}
	return s.logoutIn(ctx, "nothing is stored", func(on *oneStore) (all []*session, err error) {
		origins, err := on.origins(ctx)
		for _, origin := range origins {
			all = append(all, s.at(subject{request: helper.RequestOf(origin), typed: true}))
		}
		return all, err
	})
}

// logoutIn forgets in each store what the sessions about it match. none is what to say if nothing did.
func (s *session) logoutIn(ctx context.Context, none string, sessions func(on *oneStore) ([]*session, error)) error {
	found := false
	err := s.onEach(ctx, func(on *oneStore) error {
		all, err := sessions(on)
		errs := []error{err}
		for _, one := range all {
			some, err := one.logoutFrom(ctx, on)
			found = found || some
			errs = append(errs, one.about.concerning(err))
		}
		return errors.Join(errs...)
	})
	if !found && err == nil {
		s.voice.say("%s", none)
	}
	return err
}

// logoutFrom forgets what the request of the session matches in one store, and reports whether there was something.
func (s *session) logoutFrom(ctx context.Context, on *oneStore) (some bool, err error) {
	forgotten, err := on.helper.Logout(ctx, s.about.request)
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
		s.voice.say("forgot the credential%s for %s%s", of, host, in)
	case f.NotRevoked == nil:
		s.voice.say("forgot the sign-in%s at %s%s, and revoked it there", of, host, in)
	default:
		s.voice.say("forgot the sign-in%s at %s%s", of, host, in)
		why := f.NotRevoked
		if errors.Is(why, errors.ErrUnsupported) {
			why = errors.New("no way to do that is known")
		}
		s.voice.tell("not revoked at " + host + ": " + why.Error())
		if page := s.grantsPage(ctx, f.Provider); page != "" {
			s.voice.hint("revoke it yourself: " + page)
		}
	}
}

// grantsPage is where people take back what they granted, "" if that is not known. provider is what the sign-in remembers.
func (s *session) grantsPage(ctx context.Context, provider string) string {
	client, err := s.blankClient(ctx, provider)
	if err != nil {
		return ""
	}
	return client.Profile.GrantsURL
}

func (p *program) tokenCommand() *cli.Command {
	return &cli.Command{
		Name: "token", ArgsUsage: "[URL]", Action: p.on(p.target, never, here((*session).token)),
		Usage: "print a live access token, renewed if needed",
		Description: "Nothing else goes to standard output. It asks nobody: without a sign-in the\n" +
			"exit status is 1. Ask each time; or, with --json, when expires_at comes near.\n\n" +
			"Example:  printf 'Authorization: Bearer %s' \"$(git-credential-grant token)\" |\n" +
			"            curl -H @- https://api.bitbucket.org/2.0/user\n" +
			"          git-credential-grant token --json https://bitbucket.org",
		Flags: []cli.Flag{&cli.BoolFlag{
			Name: "json", Usage: "write JSON: the token, when it expires, and whose it is (see the manual page)",
		}},
	}
}

// A liveToken is what token says in JSON.
type liveToken struct {
	Token string `json:"token"`
	// ExpiresAt and ExpiresIn, in seconds, are null for a token that does not expire.
	ExpiresAt *time.Time `json:"expires_at"`
	ExpiresIn *int64     `json:"expires_in"`
	Account   string     `json:"account"`
	Host      string     `json:"host"`
	URL       string     `json:"url"`
	Scopes    []string   `json:"scopes"`
}

// token prints an access token.
func (s *session) token(ctx context.Context, c *cli.Context) error {
	token, of, err := s.helper().Token(ctx, s.about.request)
	switch {
	case errors.Is(err, helper.ErrNotSignedIn):
		return s.notSignedIn()
	case err != nil:
		return err
	case c.Bool("json"):
		return s.voice.writeJSON(liveToken{token, of.ExpiresAt, of.ExpiresIn, of.Account, of.Host, of.URL, of.Scopes})
	}
	_, err = fmt.Fprintln(s.voice.stdout, token)
	return err
}

func (s *session) notSignedIn() error {
	return fmt.Errorf("%w to %s%s", helper.ErrNotSignedIn, s.about.host(), as(s.about.account()))
}
