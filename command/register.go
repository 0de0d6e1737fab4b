package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"git-credential-grant/flow"
	"git-credential-grant/helper"
	"git-credential-grant/internal/secret"
	"git-credential-grant/person"
)

func (p *program) registerCommand() *cli.Command {
	return &cli.Command{
		Name: "register", ArgsUsage: "[URL]", Action: p.on(p.target, asSet, here((*session).register)),
		Usage: "take in the OAuth client that signs in to a host",
		Description: "Says where to create an OAuth client, and asks for its id and secret\n" +
			"(Bitbucket: key and secret) on the terminal, where they are not shown. It\n" +
			"tries them if the forge allows that, and keeps them in the keyring. A\n" +
			"registered client comes before one in git config.\n\n" +
			"Example:  git-credential-grant register https://bitbucket.org\n" +
			"          git-credential-grant register --client-id KEY \\\n" +
			"            --client-secret-stdin <secret-file",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "client-id", Usage: "the client's `ID`, instead of asking"},
			&cli.BoolFlag{Name: "client-secret-stdin", Usage: "read the secret from standard input, instead of asking"},
			&cli.BoolFlag{Name: "public", Usage: "the client has no secret; ask for none"},
			&cli.BoolFlag{Name: "forget", Usage: "take the registered client out of the keyring"},
			&cli.BoolFlag{Name: "all", Usage: "with --forget: those of every host"},
		},
	}
}

// register takes in an OAuth client, and keeps it in the keyring.
func (s *session) register(ctx context.Context, c *cli.Context) error {
	switch given := c.String("client-id") != ""; {
	case c.Bool("client-secret-stdin") && !given:
		return misused(c, errors.New("--client-secret-stdin needs --client-id"))
	case c.Bool("public") && !given:
		return misused(c, errors.New("--public needs --client-id"))
	case c.Bool("public") && c.Bool("client-secret-stdin"):
		return misused(c, errors.New("a public client has no secret: --public and --client-secret-stdin exclude each other"))
	}
	if c.Bool("all") {
		return s.forgetAllClients(ctx, c)
	}
	if c.Bool("forget") {
		return s.forgetClient(ctx)
	}
	client, err := s.blankClient(ctx, "")
	if isNoServer(err) && !c.Bool("client-secret-stdin") && s.asker().mayTalk() {
		if s, err = s.learnForge(ctx); err == nil {
			client, err = s.blankClient(ctx, "")
		}
	}
	if isNoServer(err) {
		return noServer(s.about.host())
	}
	if err != nil {
		return err
	}
	id, clientSecret, err := s.clientFrom(ctx, c, client)
	if err != nil {
		return err
	}
	client.ID, client.Secret = id, secret.New(clientSecret)
	if err := s.keepClient(ctx, client); err != nil {
		return err
	}
	s.voice.say("next: git-credential-grant login %s", s.about.origin())
	return nil
}

// isNoServer reports whether nothing tells how to sign in to a host.
func isNoServer(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, errNoServer)
}

// blankClient is the client of the host, its id and secret still to be filled in. provider is what a sign-in there remembers.
func (s *session) blankClient(ctx context.Context, provider string) (*flow.Client, error) {
	settings, err := s.settings.of(ctx, s.about.settingsURL())
	if err != nil {
		return nil, err
	}
	settings.ClientID, settings.ClientSecret = "anybody", secret.String{}
	f, err := s.finder().described(ctx, s.about, settings, provider, false)
	if err != nil {
		return nil, err
	}
	return f.client, nil
}

// clientFrom gets id and secret from where the person wants to give them.
func (s *session) clientFrom(ctx context.Context, c *cli.Context, client *flow.Client) (id, clientSecret string, err error) {
	id = c.String("client-id")
	if c.Bool("public") {
		return id, "", nil
	}
	if c.Bool("client-secret-stdin") && !isTyped() { // which would show it
		text, err := io.ReadAll(io.LimitReader(c.App.Reader, 1<<16))
		return id, strings.TrimRight(string(text), "\r\n"), err
	}
	console, err := person.OpenConsole()
	if err != nil {
		return "", "", err
	}
	defer console.Close()
	return s.askForClient(ctx, console, client, id)
}

// askForClient asks for the secret of a client, and for its id if that is not known.
func (s *session) askForClient(
	ctx context.Context, console *person.Console, client *flow.Client, knownID string,
) (id, clientSecret string, err error) {
	id = knownID
	if id == "" {
		if id, err = s.askForID(ctx, console, client); err != nil {
			return "", "", err
		}
	}
	clientSecret, err = console.Secret(ctx, "Secret (not shown; empty if it has none): ")
	return id, clientSecret, err
}

// askForID says where to create a client, and asks for its id.
func (s *session) askForID(ctx context.Context, console *person.Console, client *flow.Client) (string, error) {
	s.voice.say("%s", instructions(client))
	page := client.Profile.ClientURL
	asker := s.asker()
	asker.asking = always
	if there := asker.meet(ctx); there != nil && there.browser != nil && page != "" {
		open, err := console.Confirm(ctx, "Open the page that says how in the browser?", true)
		if err != nil {
			return "", err
		}
		if open && there.browser.Open(page) != nil {
			s.voice.tell("the browser does not open")
		}
	}
	for {
		if id, err := console.Secret(ctx, "Client ID or key (not shown): "); id != "" || err != nil {
			return id, err
		}
	}
}

// instructions say how to create an OAuth client.
func instructions(client *flow.Client) string {
	profile := client.Profile
	var text strings.Builder
	fmt.Fprintf(&text, "Signing in to %s takes an OAuth client.\nIf you have none, create one:\n", client.GitHost)
	for _, line := range []struct{ name, value string }{
		{"where", profile.ClientForm},
		{"how", profile.ClientURL},
		{"callback URL", cmp.Or(profile.RedirectURL, "http://127.0.0.1")},
		{"permissions", cmp.Or(profile.ClientPermissions, strings.Join(profile.Scopes, ", "))},
		{"mind", profile.ClientAdvice},
	} {
		if line.value != "" {
			fmt.Fprintf(&text, "  %-13s %s\n", line.name, line.value)
		}
	}
	return text.String()
}

// keepClient tries a client, and keeps it unless the server says that it is wrong.
func (s *session) keepClient(ctx context.Context, client *flow.Client) error {
	if client.ID == "" {
		return errNoID
	}
	if err := flow.CheckCredentials(client.ID, client.Secret); err != nil {
		return err
	}
	tried := client.CheckSecret(ctx)
	if errors.Is(tried, flow.ErrClientRefused) {
		return fmt.Errorf("nothing was kept: %w", tried)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_, err := s.helper().Register(ctx, s.about.origin(), &helper.Client{
		ID: client.ID, Secret: client.Secret, TokenEndpoint: client.Profile.TokenURL,
	})
	if err != nil {
		return err
	}
	if tried != nil {
		s.voice.tell("could not try the client, the first sign-in will show whether it is right: " + tried.Error())
	}
	place, _, err := s.keyring.Backend(ctx)
	if err != nil {
		return err
	}
	s.voice.say("the OAuth client of %s is kept in %s", client.GitHost, keptIn(place))
	return nil
}

func (s *session) forgetClient(ctx context.Context) error {
	had, err := s.helper().Register(ctx, s.about.origin(), nil)
	if err != nil {
		return err
	}
	if !had {
		s.voice.say("no OAuth client of %s is registered", s.about.host())
		return nil
	}
	s.voice.say("forgot the OAuth client of %s", s.about.host())
	return nil
}

// forgetAllClients forgets those of every host, in every store.
func (s *session) forgetAllClients(ctx context.Context, c *cli.Context) error {
	if !c.Bool("forget") || c.Args().Present() {
		return misused(c, errors.New("--all goes with --forget, and with no URL"))
	}
	found := false
	err := s.onEach(ctx, func(on *oneStore) error {
		keys, err := on.store.List(ctx)
		errs := []error{err}
		for _, origin := range helper.ClientOrigins(keys) {
			_, err := on.helper.Register(ctx, origin, nil)
			if err == nil {
				s.voice.say("forgot the OAuth client of %s%s", origin.Host(), on.in())
			}
			found = true
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	if !found && err == nil {
		s.voice.say("no OAuth client is registered")
	}
	return err
}
