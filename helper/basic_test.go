package helper

import "testing"

// TestBasicByName: git's store and erase know a credential in the form in which it was given out.
func TestBasicByName(t *testing.T) {
	const able = "capability[]=authtype\n" + ask
	for name, test := range map[string]struct {
		holds          func(*world) *Account
		given          string // the user name and the password, as Basic has them
		stored, erased string
	}{
		"a password": {
			func(*world) *Account { return typed("dave", "p:w") },
			"ZGF2ZTpwOnc=", "{password=p:w username=dave}", "",
		},
		"a token": {
			func(w *world) *Account { return w.signedIn("alice") },
			"eC10b2tlbi1hdXRoOmFjY2Vzcy1hbGljZQ==", "alice access-alice/refresh-alice", "alice /refresh-alice",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{test.holds(w)}})
			answer := w.gets(able+"wwwauth[]=Negotiate\nwwwauth[]=Basic\n", reply{secret: test.given, calls: "get"})
			if got := answer.Attributes.Get("authtype"); got != "Basic" {
				t.Errorf("it is of the type %q", got)
			}
			message := able + "authtype=Basic\ncredential=" + test.given + "\n"
			w.stores(message)
			if got := w.stored(); got != test.stored {
				t.Errorf("there is %s, want %s", got, test.stored)
			}
			w.erases(message)
			if got := w.stored(); got != test.erased {
				t.Errorf("after it there is %s, want %s", got, test.erased)
			}
		})
	}
}
