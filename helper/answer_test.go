package helper

import (
	"strings"
	"testing"
	"time"
)

// TestAnswer is what git is told of a token, word for word: by what it can understand, and what the server takes.
func TestAnswer(t *testing.T) {
	const (
		basic  = "username=x-token-auth\npassword=access-alice\npassword_expiry_utc=1800007200\n"
		pair   = "authtype=Basic\ncredential=eC10b2tlbi1hdXRoOmFjY2Vzcy1hbGljZQ==\npassword_expiry_utc=1800007200\n"
		bearer = "authtype=Bearer\ncredential=access-alice\npassword_expiry_utc=1800007200\n"
		both   = "capability[]=authtype\ncapability[]=state\n"
	)
	state := "state[]=grant:" + fingerprintOf("access-alice") + "\n"
	older := "state[]=grant:" + fingerprintOf("access-0") + "\n"
	for name, test := range map[string]struct{ request, want string }{
		"git before 2.46":    {ask, basic},
		"git 2.46 and later": {both + ask + "wwwauth[]=Basic realm=x\n", "capability[]=state\n" + basic + "continue=1\n" + state},
		// Another helper's state[] says nothing about our token, but that an earlier round has passed: git has too few left
		// for another.
		"the state of another helper": {both + ask + "state[]=retry:1\n", "capability[]=state\n" + basic + state},
		"a scheme from before":        {both + ask + "authtype=Basic\n", "capability[]=state\n" + basic + state},
		// git would ask without end if each answer had continue.
		"the second time":                {both + ask + older, "capability[]=state\n" + basic + state},
		"both states":                    {both + ask + "state[]=retry:1\n" + older, "capability[]=state\n" + basic + state},
		"a state without us":             {ask + older, basic},
		"bearer":                         {both + ask + "wwwauth[]=Bearer\n", both + bearer + "continue=1\n" + state},
		"bearer, but no more":            {"capability[]=authtype\n" + ask + "wwwauth[]=Bearer\n", "capability[]=authtype\n" + bearer},
		"negotiate and basic":            {both + ask + "wwwauth[]=Negotiate\nwwwauth[]=Basic realm=x\n", both + pair + state},
		"ntlm and basic":                 {both + ask + "wwwauth[]=Basic realm=\"Negotiate\", NTLM\n", both + pair + "continue=1\n" + state},
		"digest and basic":               {both + ask + "wwwauth[]=Digest realm=x, nonce=y\nwwwauth[]=basic\n", both + pair + "continue=1\n" + state},
		"git before 2.46, and negotiate": {ask + "wwwauth[]=Negotiate\nwwwauth[]=Basic\n", basic},
		"negotiate alone":                {both + ask + "wwwauth[]=Negotiate\n", "capability[]=state\n" + basic + state},
		"bearer and basic":               {both + ask + "wwwauth[]=Bearer\nwwwauth[]=Basic\n", "capability[]=state\n" + basic + "continue=1\n" + state},
		// The forge of the tests, as Bitbucket, wants this one name whatever the URL says.
		"a name": {ask + "username=alice\n", basic},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			alice := w.signedIn("alice")
			alice.SignIn.Fingerprints = append(alice.SignIn.Fingerprints, fingerprintOf("access-0"))
			w.holds(Record{Accounts: []*Account{alice}})
			secret := "access-alice"
			if strings.Contains(test.want, pair) {
				secret = "eC10b2tlbi1hdXRoOmFjY2Vzcy1hbGljZQ=="
			}
			if got := written(t, w.gets(test.request, reply{secret: secret, calls: "get"})); got != test.want {
				t.Errorf("git is told\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestAnswerOfATokenThatDoesNotExpire(t *testing.T) {
	w := newWorld(t)
	alice := w.signedIn("alice")
	alice.SignIn.Expiry = time.Time{}
	w.holds(Record{Accounts: []*Account{alice}})
	w.passes(1000 * time.Hour)
	want := "username=x-token-auth\npassword=access-alice\n"
	if got := written(t, w.gets(ask, reply{secret: "access-alice", calls: "get"})); got != want {
		t.Errorf("git is told\n%s\nwant\n%s", got, want)
	}
}

// A token that was just issued comes without continue: if the server refuses that one too, git shall end.
func TestContinueIsForStoredTokens(t *testing.T) {
	w := newWorld(t)
	w.signsIn("alice", nil)
	signedIn := w.gets("capability[]=state\n"+ask, reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})
	w.passes(life)
	w.refreshes("access-2", "", nil)
	refreshed := w.gets("capability[]=state\n"+ask, reply{secret: "access-2", calls: "get server lock get refresh(refresh-alice) update unlock"})
	for token, answer := range map[string]*Credential{"access-alice": signedIn, "access-2": refreshed} {
		if got := strings.Join(answer.State, " "); got != "grant:"+fingerprintOf(token) {
			t.Errorf("the state of %s is %q", token, got)
		}
		if _, ok := answer.Attributes.Lookup("continue"); ok {
			t.Errorf("%s comes with continue", token)
		}
	}
	// One that another process issued is a stored one, and may have been refused since.
	w.passes(life)
	w.keyring.waiting = func() { w.holds(Record{Accounts: []*Account{w.signedIn("bob")}}) }
	waited := w.gets("capability[]=state\n"+ask, reply{secret: "access-bob", calls: "get server lock get unlock"})
	if waited.Attributes.Get("continue") != "1" {
		t.Error("a token that another process issued comes without continue")
	}
}
