package command

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/oauth2"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/person"
	"git-credential-grant/store"
)

// A session is one request of git, joined with the keyring and the OAuth2 server that it needs.
type session struct {
	*program
	git     gitconfig.Git
	request *helper.Credential
	keyring *store.Store
	// keyringFailed is why the keyring could not be read, nil if it could.
	keyringFailed error
	settings      func() (gitconfig.Settings, error) // reads them at the first call; see forgetSettings
	// path is that of the URL which a person has named, "" if it has none.
	path   string
	asking asking

	cancel context.CancelCauseFunc // ends a request of git, nil for anything else
	heed   sync.Once
}

// heedSignals lets Ctrl-C and its like end the context of the request, and not the process: from now on there may be an
// answer of a server to keep, a prompt to take back, or a listener to close. It takes a fifth of the time of a get, so
// one that only reads does without; and a write is whole or not there whatever ends the process.
func (s *session) heedSignals() {
	if s.cancel == nil {
		return
	}
	s.heed.Do(func() {
		ended, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		context.AfterFunc(ended, func() { s.cancel(context.Cause(ended)) })
		// A reader that has gone away must not end the program between the server's answer and the keyring.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	})
}

// asking is whether a person may be asked to sign in.
type asking int

const (
	asSet  asking = iota // as settings and environment say
	always               // the person has come to sign in
	never
)

func (s *session) helper() *helper.Helper {
	return &helper.Helper{
		Keyring: s.traced(),
		Noted:   s.keyring.Noted,
		Server:  s.server,
		Job:     person.ProcessGroup(),
		Caller:  func() helper.Caller { return callerAmong(person.Ancestors()) },

		AtTerminal: atTerminal,
		Tell:       s.tell,
		Warn:       s.complain,
		Trace:      s.tracer(),
	}
}

// serverOf makes a forge what the helper asks for, and gives its errors the meaning that they have there.
func (s *session) serverOf(ctx context.Context, f *forge) *helper.Server {
	client := f.client
	settings, _ := s.settings() // which have been read for the client
	person := sync.OnceValue(func() *somebody { return s.meet(ctx) })
	server := &helper.Server{
		TokenEndpoint: client.Profile.TokenURL,
		ClientID:      client.ID,
		Grant:         string(client.Grant),
		Username:      client.Profile.Username,
		AnyUsername:   client.Profile.AnyUsername,
		Nobody:        client.Profile.TokenUsers,
		FoldsNames:    client.Profile.FoldsNames,
		Bearer:        gitconfig.IsTrue(settings.Bearer),
		Provider:      f.provider,

		RefreshEndsToken: client.Profile.RefreshEndsToken,

		Refresh: func(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
			token, err := client.Refresh(ctx, refreshToken)
			return token, translate(err)
		},
		Revoke: client.Revoke,
		SignIn: func(ctx context.Context, account string) (*oauth2.Token, string, error) {
			if !s.canAsk() {
				return nil, "", helper.ErrNeverAsk
			}
			if person() == nil {
				return nil, "", helper.ErrNobodyThere
			}
			s.introduce(client, person())
			client.LoginHint = account
			signIn := client.SignIn
			if onDevice(client) {
				signIn = client.SignInOnDevice
			}
			token, who, err := signIn(ctx)
			if errors.Is(err, flow.ErrNoBrowser) {
				token, who, err = s.withoutBrowser(ctx, client, err)
			}
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
		},
		SomebodyThere: func() bool { return person() != nil },
	}
	if f.unconfirmed {
		server.Confirm = func(ctx context.Context) (bool, bool) { return s.confirm(ctx, f) }
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

// withoutBrowser signs in on any device where the browser that was found does not start, if the forge has that.
func (s *session) withoutBrowser(ctx context.Context, client *flow.Client, why error) (*oauth2.Token, string, error) {
	s.tell(why.Error())
	client.Browse = nil
	if !onDevice(client) {
		return nil, "", helper.ErrNobodyThere
	}
	return client.SignInOnDevice(ctx)
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

// A meaning is an error that is also another one.
type meaning struct {
	error
	is error
}

func (m meaning) Unwrap() []error { return []error{m.error, m.is} }

// forgetSettings has the settings read from git config, once, when they are next needed: by whichever goroutine that is,
// since the keyring may have to know whether a person is there while it is being waited for.
func (s *session) forgetSettings() {
	url := s.request.URL()
	if s.path != "" {
		url = strings.TrimSuffix(url, "/") + s.path
	}
	s.settings = sync.OnceValues(func() (gitconfig.Settings, error) {
		settings, err := s.git.Settings(context.Background(), url)
		if err == nil {
			s.note("git config sets %s", cmp.Or(strings.Join(settings.Set(), ", "), "nothing"))
		}
		return settings, err
	})
}

// canAsk reports whether the person allows questions: git's credential.interactive, Git Credential Manager's variable,
// which the go command sets, and that of an editor which fetches in the background
// (https://github.com/microsoft/vscode/blob/main/extensions/git/src/git.ts).
func (s *session) canAsk() bool {
	if s.asking != asSet {
		return s.asking == always
	}
	settings, err := s.settings()
	no := []string{"never", "false", "no", "off", "0"}
	return err == nil && !slices.Contains(no, strings.ToLower(settings.Interactive)) &&
		!slices.Contains(no, strings.ToLower(os.Getenv("GCM_INTERACTIVE"))) && !gitconfig.IsTrue(os.Getenv("VSCODE_GIT_FETCH_SILENT"))
}

// personAtDesktop reports whether somebody can answer the keyring's own prompt, which is a window.
func (s *session) personAtDesktop() bool {
	s.heedSignals()
	browser, _ := flow.FindBrowser(nil)
	return s.canAsk() && browser != nil
}
