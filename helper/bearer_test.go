package helper

import "testing"

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
