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

// The message that git sends after a success, of a token that came from us.
func own(token string) string { return ask + "username=x-token-auth\npassword=" + token + "\n" }

// In the tables below alice's present token is access-alice, issued an hour ago; access-0 was the one before it.
func (w *world) aliceWithAPast() *Account {
	alice := w.signedIn("alice")
	alice.SignIn.Fingerprints = append(alice.SignIn.Fingerprints, fingerprintOf("access-0"))
	w.passes(time.Hour)
	return alice
}

// parse reads a message of a test, which is a good one.
func parse(t *testing.T, message string) *Credential {
	t.Helper()
	c, err := Read(strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// written is a message as it goes over the wire.
func written(t *testing.T, c *Credential) string {
	t.Helper()
	var b strings.Builder
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// noon is when the tests begin. It is UTC, as times are after a trip through JSON.
var noon = time.Unix(1_800_000_000, 0).UTC()

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
