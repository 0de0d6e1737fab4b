package command

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/oauth2"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/person"
	"git-credential-grant/store"
)

// A session joins what git or a person asks about with the keyring and the OAuth2 server that it needs.
type session struct {
	about    subject
	voice    *voice
	options  options
	global   []globalFlag
	settings *settings
	signals  *signals
	asking   asking
	ci       ciClient
	version  string
	asks     string // who asks through an agent, "" without one

	keyring *store.Store
	// failure is why the keyring could not be read, nil if it could.
	failure *error
}

// session opens nothing yet: the keyring is dialled when it is first needed, and git asked for the configuration.
func (p *program) session(about subject, chosen options, git gitconfig.Git, asking asking, signals *signals) (*session, error) {
	s := &session{
		about: about, voice: p.voice, options: chosen, global: p.global, asking: asking, signals: signals,
		ci: p.ci, version: p.buildVersion(),
		settings: &settings{git: git, trace: p.voice.trace},
		failure:  new(error),
	}
	keyring, err := store.Open(chosen.store, store.Options{
		Passphrase:  p.passphrase.reader(),
		Interactive: s.atDesktop,
		Fingerprint: helper.Fingerprints,
		Mended:      func(path string) { p.voice.tell("others could read " + path + "; now only you can") },
	})
	if err != nil {
		return nil, about.concerning(meaning{&usageError{err: err}, errNoStore})
	}
	s.keyring = keyring
	return s, nil
}

// at is the session about another subject.
func (s *session) at(about subject) *session {
	other := *s
	other.about = about
	return &other
}

// anew is the session with the settings still to be read.
func (s *session) anew() *session {
	other := *s
	other.settings = &settings{git: s.settings.git, trace: s.voice.trace}
	return &other
}

// complain shows an error that is not the end of it.
func (s *session) complain(err error) { s.voice.complain(s.about.concerning(err)) }

// atDesktop reports whether somebody can answer the keyring's own prompt, which is a window.
func (s *session) atDesktop() bool {
	s.signals.heed()
	browser, _ := person.FindBrowser(nil)
	return s.asker().mayAsk() && browser != nil
}

func (s *session) helper() *helper.Helper {
	return s.helperOn(failedOnce{s.traced(s.keyring), s.failure})
}

// helperOn is the helper with a keyring.
func (s *session) helperOn(keyring helper.Keyring) *helper.Helper {
	return &helper.Helper{
		Keyring:      keyring,
		Fingerprints: s.keyring.Fingerprint,
		Server:       s.server,
		Job:          person.ProcessGroup(),
		Caller:       func() helper.Caller { return callerAmong(person.Ancestors()) },

		AtTerminal: atTerminal,
		Tell:       s.voice.tell,
		Warn:       s.complain,
		Trace:      s.voice.tracer(),
	}
}

// server finds the OAuth2 server of a request for the helper.
func (s *session) server(ctx context.Context, request *helper.Credential, provider string) (*helper.Server, error) {
	s.signals.heed()
	about := s.about
	about.request = request
	f, err := s.finder().forge(ctx, about, provider)
	if err != nil {
		return nil, err
	}
	return s.at(about).serverOf(ctx, f), nil
}

// serverOf makes a forge what the helper asks for, and gives its errors the meaning that they have there.
func (s *session) serverOf(ctx context.Context, f *forge) *helper.Server {
	client, asker := f.client, s.asker()
	there := sync.OnceValue(func() *somebody { return asker.meet(ctx) })
	server := &helper.Server{
		TokenEndpoint: client.Profile.TokenURL,
		ClientID:      client.ID,
		Grant:         string(client.Grant),
		Username:      client.Profile.Username,
		AnyUsername:   client.Profile.AnyUsername,
		TokenUsers:    client.Profile.TokenUsers,
		FoldsNames:    client.Profile.FoldsNames,
		Bearer:        f.bearer,
		Provider:      f.provider,

		RefreshEndsToken: client.Profile.RefreshEndsToken,

		Refresh: func(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
			token, err := client.Refresh(ctx, refreshToken)
			return token, translate(err)
		},
		Revoke: client.Revoke,
		SignIn: func(ctx context.Context, account string) (*oauth2.Token, string, error) {
			switch {
			case !asker.mayAsk():
				return nil, "", helper.ErrNeverAsk
			case there() == nil:
				return nil, "", helper.ErrNobodyThere
			}
			return s.signIn(ctx, client, there(), account)
		},
		SomebodyThere: func() bool { return there() != nil },
	}
	if f.unconfirmed {
		server.Confirm = func(ctx context.Context) (yes, answered bool) {
			return asker.confirm(ctx, client.GitHost+" says that it is a "+client.Profile.Name+". Sign in to it in the browser?")
		}
	}
	if client.Grant.Unattended() {
		server.SomebodyThere = nil
		server.Mint = func(ctx context.Context) (*oauth2.Token, error) {
			token, err := client.Mint(ctx)
			return token, translate(err)
		}
	}
	return server
}

// signIn signs the person in, and returns the token and whose it is.
func (s *session) signIn(ctx context.Context, client *flow.Client, there *somebody, account string) (*oauth2.Token, string, error) {
	if s.asks != "" {
		s.voice.tell(s.asks + " asks for " + s.about.host())
	}
	token, who, err := s.ask(ctx, client, there, account)
	if errors.Is(err, flow.ErrNotAsked) {
		err = meaning{err, helper.ErrNotAsked}
	}
	if err != nil {
		return nil, "", err
	}
	if narrower := client.Narrower(token); narrower != nil {
		s.complain(narrower)
	}
	return token, who, nil
}

// ask signs in in the browser, or on any device: also where the browser that was found does not start, if the forge has that.
func (s *session) ask(ctx context.Context, client *flow.Client, there *somebody, account string) (*oauth2.Token, string, error) {
	ui := s.ui(there)
	if onDevice(client, ui) {
		return client.SignInOnDevice(ctx, ui, account)
	}
	token, who, err := there.signIn(ctx, client, ui, account)
	if !errors.Is(err, flow.ErrNoBrowser) {
		return token, who, err
	}
	s.voice.tell(err.Error())
	ui.Browse = nil
	if !onDevice(client, ui) {
		return nil, "", helper.ErrNobodyThere
	}
	return client.SignInOnDevice(ctx, ui, account)
}

// translate gives an error of flow the meaning that it has for helper, and keeps its text.
func translate(err error) error {
	for theirs, ours := range map[error]error{
		flow.ErrGrantEnded:    helper.ErrGrantEnded,
		flow.ErrClientRefused: helper.ErrClientRefused,
	} {
		if errors.Is(err, theirs) {
			return meaning{err, ours}
		}
	}
	return err
}
