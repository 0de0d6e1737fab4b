// Package testforge is a forge for tests: git repositories behind an OAuth2
// server, on loopback.
//
// The OAuth2 server is github.com/zitadel/oidc, the git server is git
// http-backend, and between them they speak the dialect of Bitbucket Cloud. A
// test gets one in three lines:
//
//	forge, err := testforge.New(testforge.Options{})
//	...
//	defer forge.Close()
//
// It signs in with forge.ClientID and forge.ClientSecret at
// forge.URL+"/site/oauth2/authorize" and "/site/oauth2/access_token", and clones
// what [Forge.CreateRepo] made, from forge.URL+"/acme/app.git". [Browser] is the
// person who signs in. [Settings] say how the forge behaves, [Forge.SetFault]
// breaks it, [Forge.Stats] says what was asked of it.
//
// [Main] is all of this as a command, for scripts and for other processes.
package testforge

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// Options say what a forge is; the zero value is ready for use. What may change
// while it runs is in [Settings].
type Options struct {
	// Root is the directory of the bare repositories. If empty, a temporary one
	// that Close removes.
	Root string
	// Addr is the address to listen on; if empty, a free port of 127.0.0.1.
	Addr string
	// ClientID and ClientSecret are the consumer's key and secret; if empty,
	// "forge-client" and "forge-secret".
	ClientID, ClientSecret string
	// Callback is the callback URL registered for the consumer; if empty,
	// "http://127.0.0.1". Without a port it allows every port.
	Callback string
	// Users may sign in; if nil, alice and bob.
	Users []string
	// Passwords, if not nil, makes this a git host without OAuth, which takes
	// these user names and passwords.
	Passwords map[string]string
	// UserInfo, if set, makes this a git host without an OAuth2 server of its own:
	// it takes what another server's user info endpoint (OpenID Connect Core,
	// section 5.3), which this is, takes as an access token.
	UserInfo string
	// Gitea makes this a Gitea as it comes out of the box: its paths, its realm, the public client that it brings,
	// and every user name is good beside a token.
	Gitea bool

	Settings
}

// Forge is a running forge.
type Forge struct {
	// URL is the forge's origin, "http://127.0.0.1:12345".
	URL string
	// Root is the directory of the bare repositories, an absolute path.
	Root string
	// ClientID and ClientSecret are the consumer's key and secret.
	ClientID, ClientSecret string

	callback   *url.URL
	users      []string
	passwords  map[string]string
	userInfo   string
	gitea      bool
	temporary  bool // Root goes with the forge
	git        gitBackend
	storage    *storage
	provider   *op.Provider
	httpServer *http.Server

	mu       sync.Mutex
	settings Settings
	faults   map[string]*fault
	stats    map[string]int
}

// New starts a forge.
func New(options Options) (*Forge, error) {
	if options.Gitea {
		options.ClientID = giteaClient
	}
	f := &Forge{
		gitea:        options.Gitea,
		ClientID:     cmp.Or(options.ClientID, "forge-client"),
		ClientSecret: cmp.Or(options.ClientSecret, "forge-secret"),
		users:        options.Users,
		passwords:    options.Passwords,
		userInfo:     options.UserInfo,
		settings:     options.Settings.withDefaults(),
		faults:       make(map[string]*fault),
		stats:        newStats(),
	}
	if f.users == nil {
		f.users = []string{"alice", "bob"}
	}
	var err error
	if f.callback, err = url.Parse(cmp.Or(options.Callback, "http://127.0.0.1")); err != nil {
		return nil, err
	}
	if err := f.chooseRoot(options.Root); err != nil {
		return nil, err
	}
	if err := f.start(cmp.Or(options.Addr, "127.0.0.1:0")); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the forge: %w", err), f.removeRoot())
	}
	return f, nil
}

func (f *Forge) chooseRoot(root string) (err error) {
	if root == "" {
		f.temporary = true
		f.Root, err = os.MkdirTemp("", "testforge-")
		return err
	}
	f.Root, err = filepath.Abs(root)
	return err
}

func (f *Forge) start(addr string) (err error) {
	if f.git, err = newGitBackend(f.Root); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	f.URL = "http://" + listener.Addr().String()
	if err := f.newProvider(); err != nil {
		return errors.Join(err, listener.Close())
	}
	f.httpServer = &http.Server{Handler: f.routes()}
	go f.httpServer.Serve(listener)
	return nil
}

func (f *Forge) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+controlPath, f.serveControl)
	mux.HandleFunc(elsewherePath, f.serveElsewhere)
	mux.Handle("/", f.faulty("git", f.serveGit))
	mux.Handle("/favicon.ico", http.NotFoundHandler())
	if f.passwords != nil || f.userInfo != "" {
		return mux
	}
	mux.HandleFunc(authorizePath, f.serveAuthorize)
	mux.Handle(authorizePath+"/callback", f.provider)
	mux.HandleFunc("GET "+consentPath, f.serveConsent)
	mux.HandleFunc("POST "+consentPath, f.serveDecision)
	mux.HandleFunc("POST "+devicePath, f.faulty("device", f.provider.ServeHTTP))
	mux.HandleFunc("GET "+verifyPath, f.serveVerify)
	mux.HandleFunc("POST "+verifyPath, f.serveVerified)
	mux.HandleFunc("GET "+verifyDonePath, f.serveVerifyDone)
	mux.HandleFunc("POST "+tokenPath, f.faulty("token", f.serveToken))
	mux.HandleFunc("POST "+revokePath, f.faulty("revoke", f.provider.ServeHTTP))
	mux.HandleFunc("GET "+userPath, f.faulty("user", f.serveUser))
	mux.Handle("/site/", http.NotFoundHandler())
	mux.Handle("/2.0/", http.NotFoundHandler())
	mux.HandleFunc("GET "+metadataPath, f.serveMetadata)
	if f.gitea {
		return asGitea(mux)
	}
	return mux
}

// Close stops the forge, hung answers included, and removes a temporary root.
func (f *Forge) Close() error {
	return errors.Join(f.httpServer.Close(), f.removeRoot())
}

func (f *Forge) removeRoot() error {
	if !f.temporary {
		return nil
	}
	return os.RemoveAll(f.Root)
}

// CloneURL is the URL of a repository made by [Forge.CreateRepo].
func (f *Forge) CloneURL(name string) string {
	return f.URL + "/" + strings.TrimSuffix(name, ".git") + ".git"
}

// Expire ends the life of every access token issued so far.
func (f *Forge) Expire() { f.storage.expire() }

// RevokeAccess withdraws every access token issued so far. Refresh tokens live on.
func (f *Forge) RevokeAccess() { f.storage.revokeAccess() }

// RevokeGrants withdraws every refresh token issued so far. Access tokens live
// on until they expire, or until [Forge.RevokeAccess].
func (f *Forge) RevokeGrants() { f.storage.revokeRefresh() }

// Settings returns the settings in force.
func (f *Forge) Settings() Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings
}

// Update changes the settings while the forge runs.
func (f *Forge) Update(change func(*Settings)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.settings)
	f.settings = f.settings.withDefaults()
}

// SetConsent is Update for [Settings.Consent].
func (f *Forge) SetConsent(mode string) {
	f.Update(func(s *Settings) { s.Consent = mode })
}
