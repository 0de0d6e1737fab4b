package helper

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestServerIsNotKnownForNow: where the server cannot be found out, for lack of a network say, the present token serves
// while it lives. One that the git server has refused does not.
func TestServerIsNotKnownForNow(t *testing.T) {
	w := newWorld(t)
	w.helper.Server = func(context.Context, *Credential, string) (*Server, error) {
		w.called("server")
		return nil, errNetwork
	}
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.gets(again("access-alice"), reply{secret: "quit", err: errNetwork, calls: "get server"})
	w.passes(life - time.Minute)
	w.gets(ask, reply{secret: "access-alice", calls: "get server"})
	w.passes(time.Minute)
	w.gets(ask, reply{secret: "quit", err: errNetwork, calls: "get server"})
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.helper.Server = func(context.Context, *Credential, string) (*Server, error) { return nil, errors.ErrUnsupported }
	w.passes(life)
	w.gets(ask, reply{calls: "get"})
}

// TestProviderIsRemembered: how the forge was recognised at a sign-in is known when it has to be renewed, and is gone
// with it.
func TestProviderIsRemembered(t *testing.T) {
	w := newWorld(t)
	var asked []string
	w.helper.Server = func(_ context.Context, _ *Credential, provider string) (*Server, error) {
		asked = append(asked, provider)
		return w.server, nil
	}
	w.server.Provider = "gitea"
	w.signsIn("alice", nil)
	w.gets(ask, reply{secret: "access-alice", calls: "get lock get sign-in() update unlock"})
	w.passes(life)
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-2", calls: "get lock get refresh(refresh-alice) update unlock"})
	w.erases(ask)
	w.signsIn("bob", nil)
	w.gets(ask, reply{secret: "access-bob", calls: "get lock get sign-in() update unlock"})
	if len(asked) != 3 || asked[0] != "" || asked[1] != "gitea" || asked[2] != "" {
		t.Errorf("asked for the servers %q", asked)
	}
}

// TestRenewalComesLate where it ends the token before it, with which other git processes may still be at work.
func TestRenewalComesLate(t *testing.T) {
	w := newWorld(t)
	w.server.RefreshEndsToken = true
	w.signsIn("alice", nil)
	w.gets(ask, reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})
	w.passes(life - time.Minute - time.Second)
	w.gets(ask, reply{secret: "access-alice", calls: "get"})
	w.passes(time.Second)
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-2", calls: "get server lock get refresh(refresh-alice) update unlock"})
}

// TestBearerBySetting: for a host that takes both, and only to a git that can send it. The setting is that of the
// sign-in, until the next renewal.
func TestBearerBySetting(t *testing.T) {
	const able = "capability[]=authtype\n" + ask
	w := newWorld(t)
	w.server.Bearer = true
	w.signsIn("alice", nil)
	answer := w.gets(able, reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})
	if answer.Attributes.Get("authtype") != "Bearer" || answer.Attributes.Get("credential") != "access-alice" {
		t.Errorf("told %v", answer.Attributes)
	}
	w.server.Bearer = false
	if answer := w.gets(able, reply{secret: "access-alice", calls: "get"}); answer.Attributes.Get("authtype") != "Bearer" {
		t.Errorf("told %v", answer.Attributes)
	}
	if answer := w.gets(ask, reply{secret: "access-alice", calls: "get"}); answer.Attributes.Get("password") != "access-alice" {
		t.Errorf("told %v", answer.Attributes)
	}
	w.passes(life)
	w.refreshes("access-2", "refresh-2", nil)
	answer = w.gets(able, reply{secret: "access-2", calls: "get server lock get refresh(refresh-alice) update unlock"})
	if answer.Attributes.Get("password") != "access-2" || answer.Attributes.Get("authtype") != "" {
		t.Errorf("told %v", answer.Attributes)
	}
}
