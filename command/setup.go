package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/internal/secret"
	"git-credential-grant/person"
)

// A conversation sets up one host. It opens the terminal at its first question, and takes back what it has written into git's
// config unless all of it comes to an end.
type conversation struct {
	session *session
	console *person.Console // nil until something has to be asked
	written []gitconfig.Line
	account string // that is signed in
}

// errNoConversation: there is nobody to ask what a host still lacks.
var errNoConversation = errors.New("setup asks questions, and there is no terminal to ask on")

func (p *program) setupCommand() *cli.Command {
	return &cli.Command{
		Name: "setup", ArgsUsage: "[URL]", Action: interruptible(p.setup),
		Usage: "do all that a host needs, in one conversation",
		Description: "Asks which forge the host is and for an OAuth client, where it has to; signs\n" +
			"you in, makes git ask this helper first, and has git look at the repository\n" +
			"if the URL names one. What is done already is left out, and nothing stays\n" +
			"half done.\n\n" +
			"Example:  git-credential-grant setup https://bitbucket.org/WORKSPACE/APP.git",
	}
}

// setup does what a host needs until git gets in: which forge it is, the OAuth client, the sign-in, git's config and a try.
// What is done already is left out.
func (p *program) setup(ctx context.Context, c *cli.Context) error {
	talk := &conversation{}
	defer talk.end()
	target := c.Args().First()
	if c.NArg() > 1 {
		return misused(c, errors.New("more than one URL"))
	}
	if target == "" {
		var err error
		if target, err = talk.chooseHost(ctx); err != nil {
			return err
		}
	}
	s, err := p.sessionAbout(c, target, always)
	if err == nil {
		err = s.options.here()
	}
	if err != nil {
		return err
	}
	talk.session = s
	return s.about.concerning(talk.run(ctx))
}

// chooseHost asks for a host, and takes Bitbucket where there is nobody to ask.
func (t *conversation) chooseHost(ctx context.Context) (string, error) {
	if t.open() != nil {
		return defaultTarget, nil
	}
	answer, err := t.console.Line(ctx, "Which host? [bitbucket.org] ")
	return cmp.Or(answer, defaultTarget), err
}

// open is called before the first question.
func (t *conversation) open() (err error) {
	if t.console == nil {
		t.console, err = person.OpenConsole()
	}
	return err
}

func (t *conversation) end() {
	if t.console != nil {
		t.console.Close()
	}
}

// run takes the steps. The last one only looks at what the others have done.
func (t *conversation) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{t.findForge, t.registerClient, t.signIn, t.configure} {
		err := step(ctx)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			if left := t.session.settings.git.TakeBack(context.WithoutCancel(ctx), t.written); left != nil {
				t.session.complain(left) // which Ctrl-C would hide
			}
			return err
		}
	}
	return t.try(ctx)
}

// findForge asks which forge the host is, if neither its name nor a setting tells, and writes that down: the host's own word
// is the proposal.
func (t *conversation) findForge(ctx context.Context) error {
	s := t.session
	finder := s.finder()
	known, err := finder.isKnown(ctx, s.about)
	if known || err != nil {
		return err
	}
	proposal, base, found := finder.byRealm(ctx, s.about, "", true)
	switch nobody := t.open() != nil; {
	case nobody && found:
		return nil // The person has named the host, and the sign-in remembers the rest.
	case nobody:
		return noServer(s.about.host())
	}
	profile, err := t.chooseForge(ctx, proposal)
	if err != nil {
		return err
	}
	url := s.about.origin().String() + base
	if profile.Name != flow.Generic.Name {
		return t.set(ctx, url, "provider", profile.Name)
	}
	issuer, err := t.chooseIssuer(ctx)
	if err != nil {
		return err
	}
	return t.set(ctx, url, "oauthIssuer", issuer)
}

// isKnown reports whether the host's name or a setting tells which forge it is.
func (f *finder) isKnown(ctx context.Context, about subject) (bool, error) {
	settings, err := f.settings.of(ctx, about.settingsURL())
	if err != nil {
		return false, err
	}
	_, known := flow.ByHost(about.origin().Hostname())
	below, _, err := f.belowHost(ctx, about, settings)
	return known || tellsForge(settings) || tellsForge(below), err
}

// tellsForge reports whether settings say which forge it is, or where its server is. That it is one of no forge says neither.
func tellsForge(settings gitconfig.Settings) bool {
	profile, _ := flow.ByName(settings.Provider)
	if profile.Name == flow.Generic.Name {
		settings.Provider = ""
	}
	return settings.DescribeServer()
}

// learnForge asks at the terminal which forge the host is, if nothing tells, and returns the session with the answer in git's config.
func (s *session) learnForge(ctx context.Context) (*session, error) {
	talk := &conversation{session: s}
	defer talk.end()
	err := talk.findForge(ctx)
	return talk.session, err
}

// chooseForge asks for the name of a forge until it is one.
func (t *conversation) chooseForge(ctx context.Context, proposal flow.Profile) (flow.Profile, error) {
	question := "Which forge is " + t.session.about.host() + "?\n  " + providers() +
		",\n  or " + flow.Generic.Name + " for another server of OpenID Connect or OAuth2\nForge: "
	if proposal.Name != "" {
		question += "[" + proposal.Name + ", as it says itself] "
	}
	for {
		answer, err := t.console.Line(ctx, question)
		if err != nil {
			return flow.Profile{}, err
		}
		if answer == "" && proposal.Name != "" {
			return proposal, nil
		}
		if profile, found := flow.ByName(strings.ToLower(answer)); found {
			return profile, nil
		}
		if answer != "" {
			t.session.voice.tell(fmt.Sprintf("%q is none of them", answer))
		}
	}
}

// chooseIssuer asks for an issuer until it is one that can be asked.
func (t *conversation) chooseIssuer(ctx context.Context) (string, error) {
	for {
		issuer, err := t.console.Line(ctx, "Its issuer, the URL of the OpenID Connect or OAuth2 server: ")
		if err != nil {
			return "", err
		}
		err = flow.CheckEndpoint("the issuer", issuer)
		if err == nil {
			return issuer, nil
		}
		if issuer != "" {
			t.session.voice.tell(err.Error())
		}
	}
}

// set writes a setting for a URL, which is taken back if the conversation comes to nothing, and shows it.
func (t *conversation) set(ctx context.Context, url, name, value string) error {
	line, err := t.session.settings.git.Set(ctx, url, name, value)
	if err != nil {
		return err
	}
	t.written = append(t.written, line)
	t.session.showChanges(t.session.about.origin().String(), []gitconfig.Line{line}, "", nil)
	t.session = t.session.anew()
	return nil
}

// registerClient takes in an OAuth client if one is missing, and asks again while the forge refuses it.
func (t *conversation) registerClient(ctx context.Context) error {
	s := t.session
	_, err := s.finder().forge(ctx, s.about, "")
	if !errors.Is(err, errNoClient) {
		return err
	}
	client, err := s.blankClient(ctx, "")
	if err != nil {
		return err
	}
	if t.open() != nil {
		return errNoConversation
	}
	for {
		id, clientSecret, err := s.askForClient(ctx, t.console, client, "")
		if err != nil {
			return err
		}
		client.ID, client.Secret = id, secret.New(clientSecret)
		err = s.keepClient(ctx, client)
		if !errors.Is(err, flow.ErrClientRefused) {
			return err
		}
		s.voice.tell(err.Error())
	}
}

// signIn signs the person in, unless a sign-in is there that can be used.
func (t *conversation) signIn(ctx context.Context) error {
	s := t.session
	statuses, err := s.helper().Status(ctx, s.about.request)
	if err != nil {
		return err
	}
	usable := slices.IndexFunc(statuses, func(status helper.Status) bool { return status.Usable })
	if usable >= 0 {
		t.account = statuses[usable].Account
		return nil
	}
	t.account, err = s.signInNow(ctx)
	return err
}

// configure makes git ask this helper first, unless it does.
func (t *conversation) configure(ctx context.Context) error {
	s := t.session
	entries, err := s.settings.git.Entries(ctx, s.about.request.URL())
	if err != nil {
		return err
	}
	lines := gitconfig.Helpers(entries)
	if len(lines) > 0 && gitconfig.Ours(lines[0]) {
		return nil
	}
	if slices.ContainsFunc(lines, gitconfig.SignsIn) {
		if changed, err := s.replaceOthers(ctx, false); len(changed) > 0 || err != nil && !errors.Is(err, errNotAgreed) {
			return err
		}
	}
	changed, err := s.comeFirst(context.WithoutCancel(ctx))
	t.written = append(t.written, changed...)
	return err
}

// try has git itself look at the repository that the URL names, if it names one, and says who is signed in.
func (t *conversation) try(ctx context.Context) error {
	s := t.session
	if s.about.path != "" {
		repository := s.about.String() + s.about.path
		if err := s.settings.git.Reach(ctx, repository); err != nil {
			return meaning{fmt.Errorf("git does not get in to %s: %w", repository, err), errNoEntry}
		}
		s.voice.say("git gets in to %s", repository)
	}
	return s.sayWho(ctx, t.account)
}

// sayWho says who is signed in, and where that is kept.
func (s *session) sayWho(ctx context.Context, account string) error {
	holder := s.keyring.Holder(s.about.origin().String())
	if holder == "" {
		var err error
		if holder, _, err = s.keyring.Backend(ctx); err != nil {
			return err
		}
	}
	s.voice.say("signed in to %s%s; kept in %s", s.about.host(), as(account), keptIn(holder))
	return nil
}
