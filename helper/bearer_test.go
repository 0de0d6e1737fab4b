package helper

import (
	"strings"
	"testing"
)

// TestRefusedAsPassword: a token that was refused because it came as a password is handed out again, as what the server wants.
func TestRefusedAsPassword(t *testing.T) {
	const both = "capability[]=authtype\ncapability[]=state\n"
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.gets(both+ask, reply{secret: "access-alice", calls: "get"})
	answer := w.gets("capability[]=authtype\n"+again("access-alice")+"wwwauth[]=Bearer\n", reply{secret: "access-alice", calls: "get update"})
	if answer.Attributes.Get("authtype") != "Bearer" || answer.Attributes.Get("continue") != "" {
		t.Errorf("git is told %v", answer.Attributes)
	}
	if answer := w.gets(both+ask, reply{secret: "access-alice", calls: "get"}); answer.Attributes.Get("authtype") != "Bearer" {
		t.Errorf("git is told %v", answer.Attributes)
	}
	// Refused in that form, it is over.
	w.refreshes("access-2", "refresh-2", nil)
	w.gets("capability[]=authtype\n"+again("access-alice")+"authtype=Bearer\nwwwauth[]=Bearer\n", reply{secret: "access-2", calls: renewedOnce})

	w = newWorld(t)
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.erases(own("access-alice") + "wwwauth[]=Bearer\n")
	w.gets(both+ask, reply{secret: "access-alice", calls: "get"})
}

// git before 2.46 can only send Basic, and would have the valid token erased when the server wants Bearer.
func TestOnlyBearer(t *testing.T) {
	for challenges, want := range map[string]bool{
		"":                                    false,
		"Basic":                               false,
		`Basic realm="x"`:                     false,
		"Bearer":                              true,
		"bEARER realm=x":                      true,
		"Bearer\nBasic":                       false,
		"Bearer\nNegotiate":                   true,
		"Bearer, basic realm=x":               false,
		"Negotiate, Bearer realm=x":           true,
		"BearerX":                             false,
		"Negotiate":                           false,
		`Bearer realm="x", error="invalid"`:   true,
		`Bearer realm="a, Basic b"`:           true,
		`Bearer realm="a \", Basic b"`:        true,
		"Bearer realm=x\nBasic realm=Basic\n": false,
	} {
		request := ask
		for challenge := range strings.SplitSeq(challenges, "\n") {
			request += "wwwauth[]=" + challenge + "\n"
		}
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		if want {
			w.gets(request, reply{err: ErrOnlyBearer, calls: "get"})
		} else {
			w.gets(request, reply{secret: "access-alice", calls: "get"})
		}
	}
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
