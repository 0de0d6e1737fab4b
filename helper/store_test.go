package helper

import (
	"strings"
	"testing"
	"time"
)

// In the tables below alice's present token is access-alice, issued an hour ago; access-0 was the one before it.
func (w *world) aliceWithAPast() *Account {
	alice := w.signedIn("alice")
	alice.SignIn.Fingerprints = append(alice.SignIn.Fingerprints, fingerprintOf("access-0"))
	w.passes(time.Hour)
	return alice
}

// The message that git sends after a success, of a token that came from us.
func own(token string) string { return ask + "username=x-token-auth\npassword=" + token + "\n" }

func TestStore(t *testing.T) {
	const (
		alice = "alice access-alice/refresh-alice"
		dave  = "{password=pw username=dave}"
		asked = "username=dave\npassword=pw\n"
	)
	state := "capability[]=state\nstate[]=grant:" + fingerprintOf("access-alice")
	for name, test := range map[string]struct {
		message string
		calls   string
		want    string
	}{
		// git sends a store with every command, so that it must cost nothing.
		"our token, with git 2.46 and later": {own("access-alice") + state + "\n", "", alice + ", " + dave},
		"our token as a bearer":              {ask + "authtype=Bearer\ncredential=access-alice\n" + state + "\n", "", alice + ", " + dave},
		"our token, with older git":          {own("access-alice"), "update", alice + ", " + dave},
		// Another process has renewed it while this one's git was at work.
		"an older token of ours":             {own("access-0"), "update", alice + ", " + dave},
		"an older one with a refresh token":  {own("access-0") + "oauth_refresh_token=refresh-0\npassword_expiry_utc=1\n", "update", alice + ", " + dave},
		"our token with another's":           {own("access-alice") + "oauth_refresh_token=evil\n", "update", alice + ", " + dave},
		"our state with another secret":      {ask + asked + state + "\n", "update", dave + ", " + alice},
		"the state of another helper":        {own("access-alice") + "capability[]=state\nstate[]=" + fingerprintOf("access-alice") + "\n", "update", alice + ", " + dave},
		"a token that proved to work":        {own("access-alice") + state + ":unproven\n", "update", alice + ", " + dave},
		"a password":                         {ask + "username=erin\npassword=secret\n", "update", "{password=secret username=erin}, " + alice + ", " + dave},
		"another password of the same name":  {ask + "username=dave\npassword=new\n", "update", "{password=new username=dave}, " + alice},
		"a password of alice":                {ask + "username=alice\npassword=secret\n", "update", "{password=secret username=alice}, " + alice + ", " + dave},
		"the same name for a path":           {ask + asked + "path=a.git\n", "update", "{password=pw path=a.git username=dave}, " + alice + ", " + dave},
		"no name":                            {ask + "password=new\n", "update", "{password=new}, " + alice + ", " + dave},
		"an empty name is not no name":       {ask + "username=\npassword=\n", "update", "{password= username=}, " + alice + ", " + dave},
		"a bearer token":                     {"capability[]=authtype\n" + ask + "authtype=Bearer\ncredential=c\n", "update", "{authtype=Bearer credential=c}, " + alice + ", " + dave},
		"with an expiry and a refresh token": {ask + asked + "password_expiry_utc=9\noauth_refresh_token=r\n", "update", "{oauth_refresh_token=r password=pw password_expiry_utc=9 username=dave}, " + alice},
		"what is of this request alone":      {ask + asked + "wwwauth[]=Basic\ncontinue=1\nquit=0\nbrand-new=1\nephemeral=0\n", "update", dave + ", " + alice},
		"no secret":                          {ask + "username=erin\n", "", alice + ", " + dave},
		"no host":                            {"protocol=https\nusername=erin\npassword=p\n", "", alice + ", " + dave},
		"ephemeral":                          {ask + asked + "ephemeral=1\n", "", alice + ", " + dave},
		"ephemeral, as git spells it":        {ask + asked + "ephemeral=true\n", "", alice + ", " + dave},
		"ephemeral, as a person spells it":   {ask + asked + "ephemeral=Yes\n", "", alice + ", " + dave},
		"another host":                       {strings.Replace(ask, "git.", "other.", 1) + asked, "update", alice + ", " + dave},
		"the same host in other letters":     {"protocol=https\nhost=GIT.example:443\nusername=erin\npassword=p\n", "update", "{password=p username=erin}, " + alice + ", " + dave},
		"the same host over http is another": {"protocol=http\nhost=git.example\nusername=erin\npassword=p\n", "update", alice + ", " + dave},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.aliceWithAPast(), typed("dave", "pw")}})
			w.stores(test.message)
			if got := strings.Join(w.calls, " "); got != test.calls {
				t.Errorf("what happened: %q, want %q", got, test.calls)
			}
			if got := w.stored(); got != test.want {
				t.Errorf("there is %s\n    want %s", got, test.want)
			}
		})
	}
}

// With older git, the fingerprints of the record save the look into the keyring. They tell nothing but which tokens were issued.
func TestFingerprints(t *testing.T) {
	w := newWorld(t)
	w.helper.Fingerprints = func(origin string) string { return Fingerprints(w.keyring.items[origin]) }
	bob := w.signedIn("bob")
	w.holds(Record{Accounts: []*Account{w.aliceWithAPast(), typed("dave", "pw"), bob}})
	for _, test := range []struct{ message, calls string }{
		{own("access-alice"), ""},
		{own("access-bob"), ""},
		{own("access-0"), ""},
		{ask + "username=dave\npassword=pw\n", "update"},
		{strings.Replace(own("access-alice"), "git.", "other.", 1), "update"},
	} {
		w.calls = nil
		w.stores(test.message)
		if got := strings.Join(w.calls, " "); got != test.calls {
			t.Errorf("%q: what happened: %q, want %q", test.message, got, test.calls)
		}
	}
	if want := fingerprintOf("access-alice") + " " + fingerprintOf("access-0") + " " + fingerprintOf("access-bob"); Fingerprints(w.keyring.items[origin]) != want {
		t.Errorf("the fingerprints are %q, want %q", Fingerprints(w.keyring.items[origin]), want)
	}
	for _, data := range []string{"", "nonsense", "{}"} {
		if got := Fingerprints([]byte(data)); got != "" {
			t.Errorf("the fingerprints of %q are %q", data, got)
		}
	}
}

// A new password without an expiry must not inherit that of the one before it, nor its refresh token: git itself sends
// such a mixture when a person has typed a password.
func TestStoreMixesNothing(t *testing.T) {
	w := newWorld(t)
	w.stores(ask + "username=dave\npassword=old\npassword_expiry_utc=1\noauth_refresh_token=r\n")
	w.stores(ask + "username=dave\npassword=new\n")
	if got := w.stored(); got != "{password=new username=dave}" {
		t.Errorf("there is %s", got)
	}
}

// A name that is empty, as of a single sign-on, is another one than none.
func TestStoreEmptyNameBesideNone(t *testing.T) {
	w := newWorld(t)
	w.stores(ask + "password=1\n")
	w.stores(ask + "username=\npassword=2\n")
	w.stores(ask + "password=3\n")
	if got := w.stored(); got != "{password=3}, {password=2 username=}" {
		t.Errorf("there is %s", got)
	}
}

func TestErase(t *testing.T) {
	const (
		alice   = "alice access-alice/refresh-alice"
		dropped = "alice /refresh-alice"
		dave    = "{password=pw username=dave}"
		path    = "{password=pw path=a.git username=dave}"
	)
	for name, test := range map[string]struct{ message, want string }{
		// With a secret it is git's word that the server refused it.
		"our present token":              {own("access-alice"), dropped + ", " + dave + ", " + path},
		"the same, with all that is new": {own("access-alice") + "wwwauth[]=Basic\nwwwauth[]=Bearer\npassword_expiry_utc=1800007200\n", dropped + ", " + dave + ", " + path},
		"as a bearer":                    {ask + "authtype=Bearer\ncredential=access-alice\n", dropped + ", " + dave + ", " + path},
		"an older token of ours":         {own("access-0"), alice + ", " + dave + ", " + path},
		"a token that we do not know":    {own("access-1"), alice + ", " + dave + ", " + path},
		"a refresh token":                {own("refresh-alice"), alice + ", " + dave + ", " + path},
		"an empty one":                   {own(""), alice + ", " + dave + ", " + path},
		"a password":                     {ask + "username=dave\npassword=pw\n", alice},
		"a password for a path":          {ask + "username=dave\npassword=pw\npath=a.git\n", alice + ", " + dave},
		"a password of nobody":           {ask + "password=pw\n", alice},
		"another password":               {ask + "username=dave\npassword=wrong\n", alice + ", " + dave + ", " + path},
		"the password of somebody else":  {ask + "username=erin\npassword=pw\n", alice + ", " + dave + ", " + path},
		"a credential, not a password":   {ask + "authtype=Bearer\ncredential=pw\n", alice + ", " + dave + ", " + path},

		"an empty credential, none kept": {ask + "username=dave\nauthtype=Bearer\ncredential=\n", alice + ", " + dave + ", " + path},

		// Without one the person logs out.
		"all":                          {ask, ""},
		"alice":                        {ask + "username=alice\n", dave + ", " + path},
		"whoever signed in":            {ask + "username=x-token-auth\n", dave + ", " + path},
		"dave":                         {ask + "username=dave\n", alice},
		"dave, for a path":             {ask + "username=dave\npath=a.git\n", alice + ", " + dave},
		"a path, which is alice's too": {ask + "path=a.git\n", dave},
		"somebody else":                {ask + "username=erin\n", alice + ", " + dave + ", " + path},
		"another host":                 {strings.Replace(ask, "git.", "other.", 1), alice + ", " + dave + ", " + path},
		"no host":                      {"protocol=https\n", alice + ", " + dave + ", " + path},
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

		"a bearer token":             {"authtype=Bearer\ncredential=c\n", authtype, authtype + "authtype=Bearer\ncredential=c\n"},
		"a bearer token, older git":  {"authtype=Bearer\ncredential=c\n", "", ""},
		"a bearer token with a name": {"authtype=Bearer\ncredential=c\nusername=u\n", authtype + "username=u\n", authtype + "authtype=Bearer\ncredential=c\nusername=u\n"},
		"both ways":                  {"authtype=Bearer\ncredential=c\nusername=u\npassword=p\n", authtype, authtype + "authtype=Bearer\ncredential=c\nusername=u\npassword=p\n"},
		"both ways, older git":       {"authtype=Bearer\ncredential=c\nusername=u\npassword=p\n", "", "username=u\npassword=p\n"},
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
