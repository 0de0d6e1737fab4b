package helper

import (
	"strings"
	"testing"
)

func TestErase(t *testing.T) {
	const (
		alice   = "alice access-alice/refresh-alice"
		dropped = "alice /refresh-alice"
		dave    = "{password=pw username=dave}"
		path    = "{password=pw path=a.git username=dave}"
		given   = dave + ", " + path
		all     = alice + ", " + given
	)
	for name, test := range map[string]struct{ message, want string }{
		// With a secret it is git's word that the server refused it.
		"our present token":              {own("access-alice"), dropped + ", " + given},
		"the same, with all that is new": {own("access-alice") + "wwwauth[]=Basic\nwwwauth[]=Bearer\npassword_expiry_utc=1800007200\n", dropped + ", " + given},
		"as a bearer":                    {ask + "authtype=Bearer\ncredential=access-alice\n", dropped + ", " + given},
		"an older token of ours":         {own("access-0"), all},
		"a token that we do not know":    {own("access-1"), all},
		"a refresh token":                {own("refresh-alice"), all},
		"an empty one":                   {own(""), all},
		"a password":                     {ask + "username=dave\npassword=pw\n", alice},
		"a password for a path":          {ask + "username=dave\npassword=pw\npath=a.git\n", alice + ", " + dave},
		"a password of nobody":           {ask + "password=pw\n", alice},
		"another password":               {ask + "username=dave\npassword=wrong\n", all},
		"the password of somebody else":  {ask + "username=erin\npassword=pw\n", all},
		"a credential, not a password":   {ask + "authtype=Bearer\ncredential=pw\n", all},

		"an empty credential, none kept": {ask + "username=dave\nauthtype=Bearer\ncredential=\n", all},

		// Without one the person logs out.
		"all":                          {ask, ""},
		"alice":                        {ask + "username=alice\n", given},
		"whoever signed in":            {ask + "username=x-token-auth\n", given},
		"dave":                         {ask + "username=dave\n", alice},
		"dave, for a path":             {ask + "username=dave\npath=a.git\n", alice + ", " + dave},
		"a path, which is alice's too": {ask + "path=a.git\n", dave},
		"somebody else":                {ask + "username=erin\n", all},
		"another host":                 {strings.Replace(ask, "git.", "other.", 1), all},
		"no host":                      {"protocol=https\n", all},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			withPath := typed("dave", "pw")
			withPath.Given.Set("path", "a.git")
			w.holds(Record{Accounts: []*Account{w.aliceWithAPast(), typed("dave", "pw"), withPath}})
			w.erases(test.message)
			if got := w.stored(); got != test.want {
				t.Errorf("there is %s\n    want %s", got, test.want)
			}
		})
	}
}

// After a logout nothing is left, not even what stood in the way of signing in again.
func TestLogoutForgetsAll(t *testing.T) {
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}, Failure: &Failure{At: noon, Asked: true, Job: 7}})
	w.erases(ask)
	if data, ok := w.keyring.items[origin]; ok {
		t.Errorf("the keyring still holds %s", data)
	}
	// So it is where there was nothing, and where nobody can read what there is.
	w.erases(ask)
	w.keyring.items[origin] = []byte("?")
	w.erases(ask)
	if len(w.keyring.items) > 0 {
		t.Errorf("the keyring holds %q", w.keyring.items)
	}
}

// An erase of the token and the refresh after it go together: the sign-in outlives its token.
func TestErasedTokenIsRenewed(t *testing.T) {
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{w.aliceWithAPast()}})
	w.erases(own("access-alice"))
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-2", calls: "get server lock get refresh(refresh-alice) update unlock"})
	// The git processes that began with the dead token still erase it. That is about the past.
	w.erases(own("access-alice"))
	w.gets(ask, reply{secret: "access-2", calls: "get"})
}

// Where sign-ins alone are answered with, a typed password is neither given nor forgotten.
func TestSignInsOnly(t *testing.T) {
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{typed("dave", "pw"), w.signedIn("alice")}})
	w.helper.SignInsOnly = true
	w.gets(ask, reply{secret: "access-alice", calls: "get"})
	w.erases(ask + "username=dave\npassword=pw\n")
	if got, want := w.stored(), "{password=pw username=dave}, alice access-alice/refresh-alice"; got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
	w.helper.SignInsOnly = false
	w.gets(ask, reply{secret: "pw", calls: "get"})
}
