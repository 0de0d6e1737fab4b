package helper

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestWhoIsMeant is about an origin with several accounts: the request's name, or else the last one used, decides.
func TestWhoIsMeant(t *testing.T) {
	const signsIn = "get server lock get sign-in(carol) update unlock"
	type accounts = func(*world) []*Account
	both := func(w *world) []*Account { return []*Account{w.signedIn("alice"), w.signedIn("bob")} }
	typedFirst := func(w *world) []*Account { return []*Account{typed("dave", "pw"), w.signedIn("alice")} }
	typedLast := func(w *world) []*Account { return []*Account{w.signedIn("alice"), typed("dave", "pw")} }
	expired := func(w *world) []*Account {
		dave := typed("dave", "pw")
		dave.Given.Set("password_expiry_utc", formatUnix(w.clock.Add(-time.Second)))
		return []*Account{dave, w.signedIn("alice")}
	}
	nobody := func(w *world) []*Account { return []*Account{w.signedIn("")} }
	for name, test := range map[string]struct {
		accounts accounts
		request  string
		want     reply
	}{
		"nobody is named":               {both, "", reply{secret: "access-alice", calls: "get"}},
		"the first":                     {both, "username=alice\n", reply{secret: "access-alice", calls: "get"}},
		"the second":                    {both, "username=bob\n", reply{secret: "access-bob", calls: "get"}},
		"the name that the forge wants": {both, "username=x-token-auth\n", reply{secret: "access-alice", calls: "get"}},
		"names are not alike by their case": {both, "username=Carol\n", reply{
			secret: "quit", err: ErrOtherAccount, calls: "get server lock get sign-in(Carol) update unlock",
		}},
		"a third":                         {both, "username=carol\n", reply{secret: "access-carol", calls: signsIn}},
		"a path":                          {both, "path=acme/app.git\n", reply{secret: "access-alice", calls: "get"}},
		"a name and a path":               {both, "path=acme/app.git\nusername=bob\n", reply{secret: "access-bob", calls: "get"}},
		"the password that was typed":     {typedFirst, "", reply{secret: "pw", calls: "get"}},
		"who has a password, by name":     {typedLast, "username=dave\n", reply{secret: "pw", calls: "get"}},
		"who signed in, by name":          {typedFirst, "username=alice\n", reply{secret: "access-alice", calls: "get"}},
		"an older password, nobody named": {typedLast, "", reply{secret: "access-alice", calls: "get"}},
		"a password for no path":          {typedFirst, "path=acme/app.git\n", reply{secret: "access-alice", calls: "get"}},
		"a password that has expired":     {expired, "", reply{secret: "access-alice", calls: "get"}},
		"a forge that does not say":       {nobody, "", reply{secret: "access-", calls: "get"}},
		"the same, with a name":           {nobody, "username=carol\n", reply{secret: "access-carol", calls: signsIn}},
		"nobody has signed in":            {func(*world) []*Account { return nil }, "username=carol\n", reply{secret: "access-carol", calls: signsIn}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: test.accounts(w)})
			w.signsIn("carol", nil)
			w.gets(ask+test.request, test.want)
		})
	}
}

// The account that came last is first, and each is renewed as itself.
func TestAccountsLast(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"alice", "bob"} {
		w.signsIn(name, nil)
		w.gets(ask+"username="+name+"\n", reply{secret: "access-" + name, calls: "get server lock get sign-in(" + name + ") update unlock"})
	}
	w.gets(ask, reply{secret: "access-bob", calls: "get"})
	w.gets(ask+"username=alice\n", reply{secret: "access-alice", calls: "get"})

	w.passes(life)
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask+"username=alice\n", reply{secret: "access-2", calls: "get server lock get refresh(refresh-alice) update unlock"})
	if got, want := w.stored(), "bob access-bob/refresh-bob, alice access-2/refresh-2"; got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
}

// git asks for the second time with the name that we answered. The token that was refused tells whose turn it is.
func TestSecondTimeIsForTheSameAccount(t *testing.T) {
	for name, ended := range map[string]error{"renewed": nil, "ended": ErrGrantEnded} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice"), w.signedIn("bob")}})
			w.passes(time.Hour)
			w.refreshes("access-2", "refresh-2", ended)
			w.signsIn("bob", nil)
			want := reply{secret: "access-2", calls: "get server lock get refresh(refresh-bob) update unlock"}
			if ended != nil {
				want = reply{secret: "access-bob", calls: "get server lock get refresh(refresh-bob) update sign-in(bob) update unlock"}
			}
			w.gets(again("access-bob")+"username=x-token-auth\n", want)
		})
	}
}

// The name that the forge wants from everybody names nobody, also where it stands in the URL.
func TestNameOfNobody(t *testing.T) {
	w := newWorld(t)
	w.signsIn("alice", nil)
	w.gets(ask+"username=x-token-auth\n", reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})
}

// Where the forge does not say who signed in, the sign-in belongs to the name that it was made for.
func TestForgeDoesNotSay(t *testing.T) {
	w := newWorld(t)
	w.signsIn("", nil)
	w.gets(ask+"username=alice\n", reply{secret: "access-", calls: "get server lock get sign-in(alice) update unlock"})
	w.gets(ask+"username=alice\n", reply{secret: "access-", calls: "get"})
	w.gets(ask, reply{secret: "access-", calls: "get"})
	if got := w.stored(); got != "alice access-/refresh-" {
		t.Errorf("there is %s", got)
	}
}

// A forge that takes any name gets the one that the person chose, because git shows it.
func TestAnyUsername(t *testing.T) {
	w := newWorld(t)
	w.server.Username, w.server.AnyUsername = "oauth2", true
	w.signsIn("alice", nil)
	for _, test := range []struct{ request, want string }{
		{ask, "oauth2"},
		{ask + "username=alice\n", "alice"},
		{ask + "username=oauth2\n", "oauth2"},
	} {
		answer, err := w.helper.Get(t.Context(), parse(t, test.request))
		if err != nil || answer.Attributes.Get("username") != test.want {
			t.Errorf("got %v, %v; want the name %s", answer, err, test.want)
		}
	}
	if got := w.stored(); got != "alice access-alice/refresh-alice" {
		t.Errorf("there is %s", got)
	}
}

// TestNames: how the same person may be called in URLs.
func TestNames(t *testing.T) {
	w := newWorld(t)
	w.server.TokenUsers, w.server.FoldsNames = []string{"x-api-token-auth"}, true
	w.signsIn("alice", nil)
	w.gets(ask+"username=x-api-token-auth\n", reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})
	for _, name := range []string{"alice", "Alice", "ALICE", "x-api-token-auth", "x-token-auth"} {
		w.gets(ask+"username="+name+"\n", reply{secret: "access-alice", calls: "get"})
	}
	// Only in ASCII, and only where the forge does.
	w.signsIn("", errors.New("no"))
	w.gets(ask+"username=al\u0131ce\n", reply{secret: "quit", err: errSignInFailed, calls: "get server lock get sign-in(al\u0131ce) update unlock"})
	// What a person has typed under such a name is meant before the sign-in.
	w.stores(ask + "username=x-api-token-auth\npassword=api\n")
	w.signsIn("alice", nil)
	if _, err := w.helper.Login(t.Context(), parse(t, ask)); err != nil {
		t.Fatal(err)
	}
	w.gets(ask+"username=x-api-token-auth\n", reply{secret: "api", calls: "get"})
	w.gets(ask+"username=alice\n", reply{secret: "access-alice", calls: "get"})
}

// What is given is handed back as it came, to those who understand it, while it lives.
func TestGiven(t *testing.T) {
	const authtype = "capability[]=authtype\n"
	for name, test := range map[string]struct{ stored, request, want string }{
		"a password":               {"username=u\npassword=p\n", "", "username=u\npassword=p\n"},
		"empty ones":               {"username=\npassword=\n", "", "username=\npassword=\n"},
		"no name":                  {"password=p\n", "", "password=p\n"},
		"a refresh token":          {"username=u\npassword=p\noauth_refresh_token=r\n", "", "username=u\npassword=p\noauth_refresh_token=r\n"},
		"an expiry":                {"username=u\npassword=p\npassword_expiry_utc=1800000001\n", "", "username=u\npassword=p\npassword_expiry_utc=1800000001\n"},
		"expiring now":             {"username=u\npassword=p\npassword_expiry_utc=1800000000\n", "", "username=u\npassword=p\npassword_expiry_utc=1800000000\n"},
		"expired":                  {"username=u\npassword=p\npassword_expiry_utc=1799999999\n", "", ""},
		"no expiry":                {"username=u\npassword=p\npassword_expiry_utc=0\n", "", "username=u\npassword=p\npassword_expiry_utc=0\n"},
		"nonsense as expiry":       {"username=u\npassword=p\npassword_expiry_utc=soon\n", "", "username=u\npassword=p\npassword_expiry_utc=soon\n"},
		"for a path":               {"username=u\npassword=p\npath=a.git\n", "path=a.git\n", "username=u\npassword=p\n"},
		"for another path":         {"username=u\npassword=p\npath=a.git\n", "path=b.git\n", ""},
		"a path, not asked":        {"username=u\npassword=p\npath=a.git\n", "", "username=u\npassword=p\n"},
		"asked for a path":         {"username=u\npassword=p\n", "path=a.git\n", ""},
		"another name":             {"username=u\npassword=p\n", "username=v\n", ""},
		"names have a case":        {"username=u\npassword=p\n", "username=U\n", ""},
		"an empty name":            {"username=u\npassword=p\n", "username=\n", ""},
		"an empty name, none kept": {"password=p\n", "username=\n", ""},
		"bytes":                    {"username=\xe9\npassword=\xff\n", "username=\xe9\n", "username=\xe9\npassword=\xff\n"},

		"a bearer token":            {"authtype=Bearer\ncredential=c\n", authtype, authtype + "authtype=Bearer\ncredential=c\n"},
		"a bearer token, older git": {"authtype=Bearer\ncredential=c\n", "", ""},
		"a bearer token with a name": {
			"authtype=Bearer\ncredential=c\nusername=u\n", authtype + "username=u\n",
			authtype + "authtype=Bearer\ncredential=c\nusername=u\n",
		},
		"both ways": {
			"authtype=Bearer\ncredential=c\nusername=u\npassword=p\n", authtype,
			authtype + "authtype=Bearer\ncredential=c\nusername=u\npassword=p\n",
		},
		"both ways, older git": {"authtype=Bearer\ncredential=c\nusername=u\npassword=p\n", "", "username=u\npassword=p\n"},
	} {
		t.Run(name, func(t *testing.T) {
			// Over plain http, too: this is not for us to judge, as it is for git's own helpers.
			const host = "protocol=http\nhost=git.example\n"
			w := newWorld(t)
			w.stores(host + test.stored)
			answer, err := w.helper.Get(t.Context(), parse(t, host+test.request))
			if test.want == "" {
				if answer != nil || err == nil || !strings.Contains(err.Error(), "refusing to send a token") {
					t.Errorf("got %v, %v", answer, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := written(t, answer); got != test.want {
				t.Errorf("git is told\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
