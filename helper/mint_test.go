package helper

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// mints makes the server mint access-NAME when asked. Neither a refresh nor a sign-in is expected.
func (w *world) mints(name string, err error) {
	w.server.Grant = "client_credentials"
	w.server.Mint = func(context.Context) (*oauth2.Token, error) {
		w.called("mint")
		return w.token("access-"+name, ""), err
	}
}

const minted = "get server lock get mint update unlock"

// TestMint: the life of a token that nobody has to be asked for.
func TestMint(t *testing.T) {
	w := newWorld(t)
	w.mints("1", nil)
	w.gets(ask, reply{secret: "access-1", calls: minted})
	w.gets(ask, reply{secret: "access-1", calls: "get"})
	w.mints("2", nil)
	w.passes(life)
	w.gets(ask, reply{secret: "access-2", calls: minted})
	w.passes(time.Hour)
	w.mints("3", nil)
	w.gets(again("access-2"), reply{secret: "access-3", calls: minted})
	// Older git says so by erase, of the present token only.
	w.passes(time.Hour)
	w.mints("4", nil)
	w.erases(ask + "username=x-token-auth\npassword=access-2\n")
	w.gets(ask, reply{secret: "access-3", calls: "get"})
	w.erases(ask + "username=x-token-auth\npassword=access-3\n")
	w.gets(ask, reply{secret: "access-4", calls: minted})
	// Where the forge wants one name from everybody, a name in the URL is the name of another sign-in.
	w.mints("5", nil)
	w.gets(ask+"username=alice\n", reply{secret: "access-5", calls: minted})
	if got, want := w.stored(), "alice access-5/,  access-4/"; got != want {
		t.Errorf("the keyring holds %q, want %q", got, want)
	}
}

// TestMintFails: git is stopped, because it has no better way in, unless the present token still lives.
func TestMintFails(t *testing.T) {
	const keptFailure = "get server lock get mint update unlock"
	w := newWorld(t)
	w.mints("", errNetwork)
	w.gets(ask, reply{secret: "quit", err: errNetwork, says: "could not obtain a token: no network", calls: keptFailure})
	w.mints("1", nil)
	w.gets(ask, reply{secret: "access-1", calls: minted})
	w.passes(life - time.Minute)
	w.mints("", errNetwork)
	w.gets(ask, reply{secret: "access-1", calls: keptFailure})
	w.passes(time.Minute)
	w.gets(ask, reply{secret: "quit", err: errNetwork, calls: keptFailure})
	// The processes that waited for it fail with it.
	w.keyring.waiting = func() {
		w.changes(func(r *Record) { r.Failure = &Failure{At: w.clock.Add(time.Second), Why: "no network"} })
	}
	w.gets(ask, reply{secret: "quit", says: "no network", calls: "get server lock get unlock"})
	w.erases(ask)
	w.keyring.waiting = func() { w.holds(Record{Failure: &Failure{At: w.clock.Add(time.Second), Why: "no network"}}) }
	w.gets(ask, reply{secret: "quit", says: "no network", calls: "get server lock get unlock"})
}

// TestMintBesideSignIn: a person's sign-in is not renewed as a bot's, nor a bot's as a person's.
func TestMintBesideSignIn(t *testing.T) {
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.passes(life)
	w.mints("1", nil)
	w.gets(ask, reply{secret: "access-1", calls: minted})
	if got, want := w.stored(), " access-1/, alice access-alice/refresh-alice"; got != want {
		t.Errorf("the keyring holds %q, want %q", got, want)
	}
	w.passes(life)
	w.server.Mint, w.server.Grant = nil, "code"
	w.signsIn("bob", nil)
	w.gets(ask, reply{secret: "access-bob", calls: "get server lock get sign-in() update unlock"})
	if got, want := w.stored(), "bob access-bob/refresh-bob, alice access-alice/refresh-alice"; got != want {
		t.Errorf("the keyring holds %q, want %q", got, want)
	}
}

// TestMintForAnotherClient: what was issued to another client is replaced, and not carried on as this one's.
func TestMintForAnotherClient(t *testing.T) {
	w := newWorld(t)
	w.mints("1", nil)
	w.gets(ask, reply{secret: "access-1", calls: minted})
	w.passes(life)
	w.server.ClientID = "other"
	w.mints("2", nil)
	w.gets(ask, reply{secret: "access-2", calls: minted})
	if s := w.record().Accounts[0].SignIn; len(w.record().Accounts) != 1 || s.ClientID != "other" || len(s.Fingerprints) != 1 || s.Grant != "client_credentials" {
		t.Errorf("the keyring holds %+v", s)
	}
}

// TestMintCancelled: Ctrl-C is no failure of the server's, so nobody else hears of it.
func TestMintCancelled(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.server.Mint = func(ctx context.Context) (*oauth2.Token, error) {
		cancel()
		return nil, ctx.Err()
	}
	answer, err := w.helper.Get(ctx, parse(t, ask))
	if !errors.Is(err, context.Canceled) || answer.Attributes.Get("quit") != "1" || w.record().Failure != nil {
		t.Errorf("got %v, %v, kept %v", answer, err, w.record().Failure)
	}
}
