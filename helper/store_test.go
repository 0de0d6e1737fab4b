package helper

import (
	"strings"
	"testing"
)

func TestStore(t *testing.T) {
	const (
		alice = "alice access-alice/refresh-alice"
		dave  = "{password=pw username=dave}"
		both  = alice + ", " + dave
		asked = "username=dave\npassword=pw\n"
	)
	state := "capability[]=state\nstate[]=grant:" + fingerprintOf("access-alice")
	for name, test := range map[string]struct {
		message string
		calls   string
		want    string
	}{
		// git sends a store with every command, so that it must cost nothing.
		"our token, with git 2.46 and later": {own("access-alice") + state + "\n", "", both},
		"our token as a bearer":              {ask + "authtype=Bearer\ncredential=access-alice\n" + state + "\n", "", both},
		"our token, with older git":          {own("access-alice"), "update", both},
		// Another process has renewed it while this one's git was at work.
		"an older token of ours":            {own("access-0"), "update", both},
		"an older one with a refresh token": {own("access-0") + "oauth_refresh_token=refresh-0\npassword_expiry_utc=1\n", "update", both},
		"our token with another's":          {own("access-alice") + "oauth_refresh_token=evil\n", "update", both},
		"our state with another secret":     {ask + asked + state + "\n", "update", dave + ", " + alice},
		"the state of another helper":       {own("access-alice") + "capability[]=state\nstate[]=" + fingerprintOf("access-alice") + "\n", "update", both},
		"a token that proved to work":       {own("access-alice") + state + ":unproven\n", "update", both},
		"a password":                        {ask + "username=erin\npassword=secret\n", "update", "{password=secret username=erin}, " + both},
		"another password of the same name": {ask + "username=dave\npassword=new\n", "update", "{password=new username=dave}, " + alice},
		"a password of alice":               {ask + "username=alice\npassword=secret\n", "update", "{password=secret username=alice}, " + both},
		"the same name for a path":          {ask + asked + "path=a.git\n", "update", "{password=pw path=a.git username=dave}, " + both},
		"no name":                           {ask + "password=new\n", "update", "{password=new}, " + both},
		"an empty name is not no name":      {ask + "username=\npassword=\n", "update", "{password= username=}, " + both},
		"a bearer token":                    {"capability[]=authtype\n" + ask + "authtype=Bearer\ncredential=c\n", "update", "{authtype=Bearer credential=c}, " + both},
		"with an expiry and a refresh token": {
			ask + asked + "password_expiry_utc=9\noauth_refresh_token=r\n", "update",
			"{oauth_refresh_token=r password=pw password_expiry_utc=9 username=dave}, " + alice,
		},
		"what is of this request alone":      {ask + asked + "wwwauth[]=Basic\ncontinue=1\nquit=0\nbrand-new=1\nephemeral=0\n", "update", dave + ", " + alice},
		"no secret":                          {ask + "username=erin\n", "", both},
		"no host":                            {"protocol=https\nusername=erin\npassword=p\n", "", both},
		"ephemeral":                          {ask + asked + "ephemeral=1\n", "", both},
		"ephemeral, as git spells it":        {ask + asked + "ephemeral=true\n", "", both},
		"ephemeral, as a person spells it":   {ask + asked + "ephemeral=Yes\n", "", both},
		"another host":                       {strings.Replace(ask, "git.", "other.", 1) + asked, "update", both},
		"the same host in other letters":     {"protocol=https\nhost=GIT.example:443\nusername=erin\npassword=p\n", "update", "{password=p username=erin}, " + both},
		"the same host over http is another": {"protocol=http\nhost=git.example\nusername=erin\npassword=p\n", "update", both},
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
