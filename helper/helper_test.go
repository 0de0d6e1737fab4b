package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

const (
	origin = "https://git.example"
	ask    = "protocol=https\nhost=git.example\n"
	life   = 2 * time.Hour
)

var errNetwork = errors.New("no network")

// A world is a Helper with all that it meets: a keyring in memory, a server of funcs and a clock that stands still.
// It lists every call, so that a test can say what happened and, by that, what did not.
type world struct {
	*testing.T
	helper  *Helper
	server  *Server
	keyring *memory
	clock   time.Time
	calls   []string
	told    []string
}

// newWorld returns a world in which nothing is stored, and which expects neither a refresh nor a sign-in.
func newWorld(t *testing.T) *world {
	w := &world{T: t, clock: noon}
	w.keyring = &memory{items: map[string][]byte{}, broken: map[string]error{}, called: w.called}
	w.server = &Server{TokenEndpoint: "https://git.example/token", ClientID: "client", Username: "x-token-auth"}
	w.server.Refresh = func(context.Context, string) (*oauth2.Token, error) {
		t.Error("this needs no refresh")
		return nil, errNetwork
	}
	w.server.SignIn = func(context.Context, string) (*oauth2.Token, string, error) {
		t.Error("this needs no sign-in")
		return nil, "", ErrNobodyThere
	}
	w.helper = &Helper{
		Keyring: w.keyring,
		Server:  func(context.Context, *Credential, string) (*Server, error) { w.called("server"); return w.server, nil },
		Now:     func() time.Time { return w.clock },
		Tell:    func(message string) { w.told = append(w.told, message) },
		Trace: func(format string, args ...any) {
			if line := fmt.Sprintf(format, args...); strings.Contains(line, "access-") || strings.Contains(line, "refresh-") {
				t.Errorf("the trace tells a secret: %s", line)
			}
		},
	}
	return w
}

func (w *world) called(name string) { w.calls = append(w.calls, name) }

func (w *world) passes(d time.Duration) { w.clock = w.clock.Add(d) }

// token is what the server issues now.
func (w *world) token(access, refresh string) *oauth2.Token {
	return &oauth2.Token{AccessToken: access, RefreshToken: refresh, Expiry: w.clock.Add(life)}
}

// refreshes makes the server answer the next refreshes.
func (w *world) refreshes(access, refresh string, err error) {
	w.server.Refresh = func(_ context.Context, with string) (*oauth2.Token, error) {
		w.called("refresh(" + with + ")")
		return w.token(access, refresh), err
	}
}

// signsIn makes somebody sign in when asked; their tokens are access-NAME and refresh-NAME.
func (w *world) signsIn(name string, err error) {
	w.server.SignIn = func(_ context.Context, account string) (*oauth2.Token, string, error) {
		w.called("sign-in(" + account + ")")
		return w.token("access-"+name, "refresh-"+name), name, err
	}
}

// signedIn is an account as if its token access-NAME had just been issued.
func (w *world) signedIn(name string) *Account {
	signIn := &SignIn{Account: name, Username: w.server.Username, TokenEndpoint: w.server.TokenEndpoint, ClientID: w.server.ClientID}
	signIn.take(w.token("access-"+name, "refresh-"+name), w.clock)
	return &Account{SignIn: signIn}
}

// typed is an account that git's store brought.
func typed(username, password string) *Account {
	return &Account{Given: attributes(map[string]string{"username": username, "password": password})}
}

// attributes makes some of plain text.
func attributes(values map[string]string) Attributes {
	attributes := Attributes{}
	for name, value := range values {
		attributes.Set(name, value)
	}
	return attributes
}

// holds puts a record into the keyring.
func (w *world) holds(record Record) {
	w.Helper()
	data, err := record.encode()
	if err != nil {
		w.Fatal(err)
	}
	w.keyring.items[origin] = data
}

// record is what the keyring holds.
func (w *world) record() *Record {
	w.Helper()
	record, err := decodeRecord(w.keyring.items[origin])
	if err != nil {
		w.Fatal(err)
	}
	return record
}

// changes writes to the keyring as another process does, behind our back.
func (w *world) changes(change func(*Record)) {
	w.Helper()
	record := w.record()
	change(record)
	w.holds(*record)
}

// stored is what the keyring holds, in short: NAME ACCESS/REFRESH for a sign-in, {ATTRIBUTES} for a given credential.
func (w *world) stored() string {
	w.Helper()
	var accounts []string
	for _, account := range w.record().Accounts {
		if s := account.SignIn; s != nil {
			accounts = append(accounts, fmt.Sprintf("%s %s/%s", s.Account, s.AccessToken.Reveal(), s.RefreshToken.Reveal()))
			continue
		}
		var given []string
		for _, key := range slices.Sorted(maps.Keys(account.Given)) {
			given = append(given, key+"="+account.Given.Get(key))
		}
		accounts = append(accounts, "{"+strings.Join(given, " ")+"}")
	}
	return strings.Join(accounts, ", ")
}

// A reply is what comes of a get.
type reply struct {
	secret string // the token or password that git is told; "quit" to make it stop; "" for nothing
	err    error  // what the error is
	says   string // what it says
	calls  string // all that was called on the way
}

// gets has git ask, and checks what comes of it.
func (w *world) gets(request string, want reply) *Credential {
	w.Helper()
	w.calls = nil
	answer, err := w.helper.Get(w.Context(), parse(w.T, request))
	secret := ""
	if answer != nil {
		secret = answer.Attributes.Get("password") + answer.Attributes.Get("credential")
		if answer.Attributes.Get("quit") == "1" {
			secret += "quit"
		}
	}
	if secret != want.secret {
		w.Errorf("git is told %q, want %q", secret, want.secret)
	}
	if got := strings.Join(w.calls, " "); got != want.calls {
		w.Errorf("what happened: %s\n          want: %s", got, want.calls)
	}
	if fails := want.err != nil || want.says != ""; fails != (err != nil) || want.err != nil && !errors.Is(err, want.err) {
		w.Errorf("the error is %v, want %v %q", err, want.err, want.says)
	} else if fails && !strings.Contains(err.Error(), want.says) {
		w.Errorf("the error is %q, want it to say %q", err, want.says)
	}
	return answer
}

func (w *world) stores(message string) {
	w.Helper()
	if err := w.helper.Store(w.Context(), parse(w.T, message)); err != nil {
		w.Error(err)
	}
}

func (w *world) erases(message string) {
	w.Helper()
	if err := w.helper.Erase(w.Context(), parse(w.T, message)); err != nil {
		w.Error(err)
	}
}

// again is the state[] with which git 2.46 and later ask for the second time, after the server has refused a token.
func again(token string) string {
	return "capability[]=state\n" + ask + "state[]=grant:" + fingerprintOf(token) + "\n"
}

// memory is a Keyring whose calls can be broken, and in which others can do something while we wait for the lock.
type memory struct {
	items   map[string][]byte
	broken  map[string]error
	called  func(string)
	waiting func()
}

func (m *memory) Get(_ context.Context, origin string) ([]byte, error) {
	m.called("get")
	if data, ok := m.items[origin]; ok || m.broken["get"] != nil {
		return data, m.broken["get"]
	}
	return nil, fmt.Errorf("no item: %w", fs.ErrNotExist)
}

func (m *memory) Update(ctx context.Context, origin string, change func([]byte) ([]byte, error)) error {
	m.called("update")
	data, err := change(m.items[origin])
	if err := cmp.Or(err, m.broken["update"], ctx.Err()); err != nil {
		return err
	}
	if m.items[origin] = data; data == nil {
		delete(m.items, origin)
	}
	return nil
}

func (m *memory) Lock(ctx context.Context, _ string) (func(), error) {
	m.called("lock")
	if m.waiting != nil {
		m.waiting()
	}
	return func() { m.called("unlock") }, cmp.Or(m.broken["lock"], ctx.Err())
}

// TestLifeOfASignIn follows one sign-in from the first clone to the day when nobody is there to renew it.
func TestLifeOfASignIn(t *testing.T) {
	w := newWorld(t)

	// The first time the person is asked, and the sign-in is kept before git hears of it.
	w.signsIn("1", nil)
	answer := w.gets(ask, reply{secret: "access-1", calls: "get server lock get sign-in() update unlock"})
	const want = "username=x-token-auth\npassword=access-1\npassword_expiry_utc=1800007200\n"
	if got := written(t, answer); got != want {
		t.Errorf("git is told\n%s\nwant\n%s", got, want)
	}

	// From then on one look into the keyring is all.
	w.passes(life - 6*time.Minute)
	w.gets(ask, reply{secret: "access-1", calls: "get"})

	// Shortly before it runs out the token is renewed. The refresh token was rotated, and the new one is kept.
	w.passes(2 * time.Minute)
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-2", calls: "get server lock get refresh(refresh-1) update unlock"})
	w.gets(ask, reply{secret: "access-2", calls: "get"})

	// The server answers with the same refresh token, or with none: the one that it issued last stays.
	w.passes(life)
	w.refreshes("access-3", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-3", calls: "get server lock get refresh(refresh-2) update unlock"})
	w.passes(life)
	w.refreshes("access-4", "", nil)
	w.gets(ask, reply{secret: "access-4", calls: "get server lock get refresh(refresh-2) update unlock"})
	w.passes(time.Hour)

	// The git server refuses a token that should still live: it is renewed when git asks again.
	w.refreshes("access-5", "refresh-5", nil)
	w.gets(again("access-4"), reply{secret: "access-5", calls: "get server lock get refresh(refresh-2) update unlock"})

	// Another git process that began with the old token, or one before it, takes the new one.
	w.gets(again("access-4"), reply{secret: "access-5", calls: "get"})
	w.gets(again("access-2"), reply{secret: "access-5", calls: "get"})

	// The server has ended the sign-in. That is kept first, so that the dead refresh token is not sent again.
	w.passes(life)
	w.refreshes("", "", fmt.Errorf("invalid_grant: %w", ErrGrantEnded))
	w.signsIn("6", nil)
	w.gets(ask, reply{secret: "access-6", calls: "get server lock get refresh(refresh-5) update sign-in() update unlock"})
	w.gets(ask, reply{secret: "access-6", calls: "get"})

	// It ends again, and the person says no: git is told to stop, not to ask for a password.
	w.passes(life)
	w.signsIn("", errors.New("access was denied"))
	w.gets(ask, reply{
		secret: "quit", err: ErrSignInFailed, says: "access was denied",
		calls: "get server lock get refresh(refresh-6) update sign-in() update unlock",
	})

	// Nobody is there: a password is no way in where somebody has signed in, so git is not to ask for one.
	w.passes(time.Hour)
	w.signsIn("", ErrNobodyThere)
	w.gets(ask, reply{secret: "quit", err: ErrNobodyThere, calls: "get server lock get refresh(refresh-6) update sign-in() unlock"})

	// The person is back.
	w.signsIn("7", nil)
	w.gets(ask, reply{secret: "access-7", calls: "get server lock get refresh(refresh-6) update sign-in() update unlock"})
	if got := w.stored(); got != "7 access-7/refresh-7" {
		t.Errorf("in the end there is %s", got)
	}
	if w.told != nil {
		t.Errorf("the person was told %q", w.told)
	}
}

// What the helper is not made for, it leaves to git and the next helper: no error, no word, no lock.
func TestNotOurs(t *testing.T) {
	for name, test := range map[string]struct{ request, calls string }{
		"no host":            {"protocol=https\n", ""},
		"an empty host":      {"protocol=https\nhost=\n", ""},
		"a mail server":      {"protocol=smtp\nhost=git.example\n", "get"},
		"a certificate":      {"protocol=cert\nhost=\npath=/key.pem\n", "get"},
		"another protocol":   {"protocol=httpsx\nhost=git.example\n", "get"},
		"a path in the host": {"protocol=https\nhost=git.example/evil\n", "get"},
		"a name in the host": {"protocol=https\nhost=alice@git.example\n", "get"},
		"a space":            {"protocol=https\nhost=git example\n", "get"},
		"an unknown host":    {"protocol=https\nhost=unknown.example\n", "get server"},
		"the same over http": {"protocol=http\nhost=unknown.example\n", "get server"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.helper.Server = func(context.Context, *Credential, string) (*Server, error) {
				w.called("server")
				return nil, fmt.Errorf("not a forge: %w", errors.ErrUnsupported)
			}
			w.gets(test.request, reply{calls: test.calls})
		})
	}
}

// A forge whose settings are wrong is an error, unless there is a credential that needs no server.
func TestServerIsNotKnown(t *testing.T) {
	w := newWorld(t)
	errSettings := errors.New("no OAuth client is set")
	w.helper.Server = func(context.Context, *Credential, string) (*Server, error) {
		w.called("server")
		return nil, errSettings
	}
	w.gets(ask, reply{secret: "quit", err: errSettings, calls: "get server"})
	w.holds(Record{Accounts: []*Account{typed("dave", "pw")}})
	w.gets(ask, reply{secret: "pw", calls: "get"})
}

func TestTokensGoOnlyWhereTheyCannotBeRead(t *testing.T) {
	for origin, allowed := range map[string]bool{
		"https://git.example":      true,
		"https://10.0.0.1:8443":    true,
		"http://localhost:3000":    true,
		"http://127.0.0.1":         true,
		"http://127.9.9.9:3000":    true,
		"http://[::1]:3000":        true,
		"http://git.example":       false,
		"http://localhost.evil":    false,
		"http://127.0.0.1.evil":    false,
		"http://10.0.0.1":          false,
		"http://[2001:db8::1]":     false,
		"http://0.0.0.0":           false,
		"http://evil-localhost:80": false,
	} {
		t.Run(origin, func(t *testing.T) {
			w := newWorld(t)
			protocol, host, _ := strings.Cut(origin, "://")
			want := reply{says: "refusing to send a token to " + strings.TrimSuffix(origin, ":80"), calls: "get server"}
			if allowed {
				w.signsIn("alice", nil)
				want = reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"}
			}
			w.gets("protocol="+protocol+"\nhost="+host+"\n", want)
		})
	}
}

// A keyring that fails is never one that holds nothing: the person would be asked, and what is stored overwritten.
func TestKeyringFails(t *testing.T) {
	errLocked := errors.New("the keyring is locked")
	for name, test := range map[string]struct {
		breaks func(*world)
		want   reply
	}{
		"the first look":  {func(w *world) { w.keyring.broken["get"] = errLocked }, reply{secret: "quit", err: errLocked, calls: "get server"}},
		"the lock":        {func(w *world) { w.keyring.broken["lock"] = errLocked }, reply{secret: "quit", err: errLocked, calls: "get server lock"}},
		"the second look": {func(w *world) { w.keyring.waiting = func() { w.keyring.broken["get"] = errLocked } }, reply{secret: "quit", err: errLocked, calls: "get server lock get unlock"}},
		"nonsense":        {func(w *world) { w.keyring.items[origin] = []byte("?") }, reply{secret: "quit", says: "not readable", calls: "get server"}},
		"nonsense later":  {func(w *world) { w.keyring.waiting = func() { w.keyring.items[origin] = []byte("?") } }, reply{secret: "quit", says: "not readable", calls: "get server lock get unlock"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life)
			test.breaks(w)
			w.gets(ask, test.want)
		})
	}
	t.Run("a lock that cannot be had, while the token lives", func(t *testing.T) {
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		w.passes(life - time.Minute)
		w.keyring.broken["lock"] = errLocked
		w.gets(ask, reply{secret: "access-alice", calls: "get server lock"})
		w.gets(again("access-alice"), reply{secret: "quit", err: errLocked, calls: "get server lock"})
	})
	t.Run("at a host that is not ours, git may ask for a password", func(t *testing.T) {
		w := newWorld(t)
		w.keyring.broken["get"] = errLocked
		w.helper.Server = func(context.Context, *Credential, string) (*Server, error) { return nil, errors.ErrUnsupported }
		w.gets(ask, reply{err: errLocked, calls: "get"})
	})
	t.Run("a token that nobody has to be asked for need not be kept", func(t *testing.T) {
		w := newWorld(t)
		w.mints("1", nil)
		w.keyring.broken["get"] = errLocked
		w.gets(ask, reply{secret: "access-1", calls: "get server mint"})
		w.keyring.broken = map[string]error{"lock": errLocked}
		w.gets(ask, reply{secret: "access-1", calls: "get server lock mint"})
		w.mints("", errNetwork)
		w.gets(ask, reply{secret: "quit", err: errNetwork, says: "locked", calls: "get server lock mint"})
	})
	t.Run("and nothing is written over what cannot be read", func(t *testing.T) {
		w := newWorld(t)
		w.keyring.items[origin] = []byte("?")
		for _, change := range []func(context.Context, *Credential) error{w.helper.Store, w.helper.Erase} {
			if err := change(t.Context(), parse(t, ask+"username=u\npassword=p\n")); err == nil {
				t.Error("no error")
			}
		}
		if got := string(w.keyring.items[origin]); got != "?" {
			t.Errorf("the keyring holds %q", got)
		}
	})
}

// A token that the keyring does not take serves this command all the same, and the person learns why the next one asks.
func TestKeyringTakesNothing(t *testing.T) {
	errFull := errors.New("the keyring is full")
	t.Run("after a sign-in", func(t *testing.T) {
		w := newWorld(t)
		w.signsIn("alice", nil)
		w.keyring.broken["update"] = errFull
		w.gets(ask, reply{secret: "access-alice", err: ErrNotKept, says: "the keyring is full", calls: "get server lock get sign-in() update unlock"})
	})
	t.Run("after a refresh", func(t *testing.T) {
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		w.passes(life)
		w.refreshes("access-2", "refresh-2", nil)
		w.keyring.broken["update"] = errFull
		w.gets(ask, reply{secret: "access-2", err: ErrNotKept, says: "the keyring is full", calls: "get server lock get refresh(refresh-alice) update unlock"})
	})
}

// A get without a clock and a trace, as main makes it.
func TestDefaults(t *testing.T) {
	w := newWorld(t)
	w.helper.Now, w.helper.Trace = nil, nil
	w.clock = time.Now()
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.gets(ask, reply{secret: "access-alice", calls: "get"})
}
