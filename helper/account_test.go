package helper

import (
	"testing"
	"time"

	"git-credential-grant/internal/secret"
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

// The person is signed in to the forge as somebody else than the URL names. That token is kept, but not used for it.
func TestSignsInAsSomebodyElse(t *testing.T) {
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{w.signedIn("alice"), w.signedIn("bob")}})
	w.signsIn("bob", nil)
	w.passes(time.Hour)
	w.gets(ask+"username=carol\n", reply{
		secret: "quit", err: ErrOtherAccount, says: "bob, while the URL names carol",
		calls: "get server lock get sign-in(carol) update unlock",
	})
	if got, want := w.stored(), "bob access-bob/refresh-bob, alice access-alice/refresh-alice"; got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
	// Its token is the new one.
	if issued := w.record().Accounts[0].SignIn.Issued; !issued.Equal(w.clock) {
		t.Errorf("bob's token was issued at %v", issued)
	}
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

// A sign-in that is of no use any more goes when another one comes, so that the item does not grow.
func TestUselessSignInsGo(t *testing.T) {
	w := newWorld(t)
	renewable, living, useless := w.signedIn("renewable"), w.signedIn("living"), w.signedIn("useless")
	living.SignIn.RefreshToken, useless.SignIn.RefreshToken = secret.String{}, secret.String{}
	living.SignIn.Expiry = noon.Add(2 * life)
	w.holds(Record{Accounts: []*Account{useless, renewable, living, typed("dave", "pw")}})
	w.passes(life)
	w.signsIn("alice", nil)
	w.gets(ask+"username=alice\n", reply{secret: "access-alice", calls: "get server lock get sign-in(alice) update unlock"})
	const want = "alice access-alice/refresh-alice, renewable access-renewable/refresh-renewable, living access-living/, {password=pw username=dave}"
	if got := w.stored(); got != want {
		t.Errorf("there is %s\n    want %s", got, want)
	}
}
