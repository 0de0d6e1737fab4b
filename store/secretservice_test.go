package store

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"git-credential-grant/internal/need"
)

const key = "https://bitbucket.org"

const loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")

// A get costs four calls, however many items others keep.
func TestGetCalls(t *testing.T) {
	b := startBus(t)
	startGnomeKeyring(t, b)
	put(t, openStore(t, "secret-service", Options{Dir: t.TempDir(), Interactive: somebody}), key, "value")
	foreign := 200
	if need.All() {
		foreign = 2000
	}
	addForeignItems(t, b, foreign)

	never := func() bool { t.Error("asked whether a person is there"); return true }
	for _, name := range []string{"auto", "secret-service"} {
		s := openStore(t, name, Options{Interactive: never})
		calls := b.calls(t)
		wantValue(t, s, key, "value")
		want := []string{"Hello", "ReadAlias", "OpenSession", "SearchItems", "GetSecret"}
		if got := calls(); !slices.Equal(got, want) {
			t.Errorf("%s: get calls %q, want %q", name, got, want)
		}
	}
}

// Nothing has the bus start the service but what has a limit of its own.
func TestNothingStartsTheService(t *testing.T) {
	b := startBus(t)
	startGnomeKeyring(t, b)
	calls := b.calls(t)
	s := openStore(t, "secret-service", Options{Dir: t.TempDir()})
	put(t, s, key, "value")
	wantListed(t, s, key)
	put(t, s, key, "")
	wantNothing(t, s, key)
	if got := calls(); slices.Contains(got, "StartServiceByName") || len(got) < 10 {
		t.Errorf("it calls %q", got)
	}
}

func addForeignItems(t *testing.T, b bus, n int) {
	t.Helper()
	on := &session{bus: &connection{Conn: b.connect(t)}}
	if err := on.greet(t.Context()); err != nil {
		t.Fatal(err)
	}
	secret, err := on.secret(t.Context(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		properties := map[string]dbus.Variant{
			itemIface + "Attributes": dbus.MakeVariant(map[string]string{"foreign": fmt.Sprint(i)}),
		}
		// This collection is in memory only, and so fast.
		call := on.call(t.Context(), "/org/freedesktop/secrets/collection/session", collectionIface+"CreateItem",
			properties, secret, false)
		if call.Err != nil {
			t.Fatal(call.Err)
		}
	}
}

// The tools of libsecret find the item, and what they have laid out so is one, for ever.
func TestGoldenSecret(t *testing.T) {
	need.Programs(t, "secret-tool")
	startGnomeKeyring(t, startBus(t))
	s := openStore(t, "secret-service", Options{Dir: t.TempDir()})
	put(t, s, goldenKey, goldenValue)
	out := output(t, "secret-tool", "search", "application", "git-credential-grant")
	want := []string{
		"label = git-credential-grant: " + goldenKey, "secret = " + goldenValue, "schema = git-credential-grant",
		"attribute.application = git-credential-grant", "attribute.name = " + goldenName,
	}
	for _, line := range want {
		if !strings.Contains("\n"+out+"\n", "\n"+line+"\n") {
			t.Errorf("no %q in:\n%s", line, out)
		}
	}
	if n := strings.Count(out, "attribute."); n != 2 {
		t.Errorf("there are %d attributes:\n%s", n, out)
	}

	put(t, s, goldenKey, "")
	// A person can change a label. Then it is that of another item, and not to be believed.
	for label, want := range map[string][]string{goldenKey: {goldenKey}, "https://example.com": nil} {
		store := exec.Command("secret-tool", "store", "--label=git-credential-grant: "+label,
			"xdg:schema", "git-credential-grant", "application", "git-credential-grant", "name", goldenName)
		store.Stdin = strings.NewReader(goldenValue)
		if out, err := store.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		wantValue(t, s, goldenKey, goldenValue)
		wantListed(t, s, want...)
	}
	put(t, s, goldenKey, "new value")
	if out := output(t, "secret-tool", "search", "--all", "name", goldenName); strings.Count(out, "secret = ") != 1 {
		t.Errorf("the item is there twice:\n%s", out)
	}
}

// A locked keyring is not an empty one, and nothing in it is lost.
func TestLockedKeyring(t *testing.T) {
	b := startBus(t)
	daemon, restart := startGnomeKeyring(t, b)
	put(t, openStore(t, "secret-service", Options{Dir: t.TempDir()}), key, "value")
	daemon.Process.Kill()
	daemon.Wait()
	daemon = restart() // locked now

	s := openStore(t, "auto", Options{Dir: t.TempDir()})
	for _, key := range []string{key, "https://example.com"} {
		if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrLocked) {
			t.Errorf("Get of %s: got %v", key, err)
		}
		err := s.Update(t.Context(), key, func([]byte) ([]byte, error) {
			t.Error("an update of what could not be read")
			return nil, nil
		})
		if !errors.Is(err, ErrLocked) {
			t.Errorf("Update of %s: got %v", key, err)
		}
	}

	daemon.Process.Kill()
	daemon.Wait()
	restart("--unlock")
	wantValue(t, s, key, "value")
}

// KDE's wallet that nobody has opened is locked, and one that the log-in has opened is not, whatever it says.
func TestLockedKWallet(t *testing.T) {
	restart := startKWallet(t, startBus(t))
	s := openStore(t, "auto", Options{Dir: t.TempDir()})
	put(t, s, key, "value")
	restart()
	for _, key := range []string{key, "https://example.com"} {
		// A prompt that is shown, to nobody, ends with time.
		if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrLocked) || errors.Is(err, ErrTimeout) {
			t.Errorf("Get of %s: got %v", key, err)
		}
	}
	if keys, err := s.List(t.Context()); !errors.Is(err, ErrLocked) {
		t.Errorf("List: got %q, %v", keys, err)
	}
}

// gnome-keyring has been seen to abort and to be started again by the bus.
func TestRestartedKeyring(t *testing.T) {
	b := startBus(t)
	daemon, restart := startGnomeKeyring(t, b)
	s := openStore(t, "secret-service", Options{Dir: t.TempDir()})
	put(t, s, key, "value")
	for range 2 {
		daemon.Process.Kill()
		daemon.Wait()
		daemon = restart("--unlock")
		wantValue(t, s, key, "value")
	}
	daemon.Process.Kill()
	daemon.Wait()
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without the daemon: got %v", err)
	}
}

// A service that does not come up is an error in time, for auto too.
func TestServiceDoesNotStart(t *testing.T) {
	for command, want := range map[string]error{
		"/bin/sleep 20": ErrTimeout,
		"/bin/false":    ErrUnavailable,
	} {
		startBus(t).activatable(t, serviceName, command)
		wantInTime(t, "auto", want)
	}
}

// A service that is not running is started.
func TestServiceIsStarted(t *testing.T) {
	need.Programs(t, "gnome-keyring-daemon")
	b := startBus(t)
	dir := shortDir(t)
	b.call(t, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.UpdateActivationEnvironment",
		map[string]string{"HOME": dir, "XDG_DATA_HOME": dir, "XDG_RUNTIME_DIR": dir, "DBUS_SESSION_BUS_ADDRESS": b.address})
	daemon, err := exec.LookPath("gnome-keyring-daemon")
	if err != nil {
		t.Fatal(err)
	}
	b.activatable(t, serviceName, daemon+" --start --foreground --components=secrets")
	s := openStore(t, "auto", Options{Dir: t.TempDir(), Interactive: somebody})
	wantNothing(t, s, key)
	if name, _, err := s.Backend(t.Context()); name != "secret-service" || err != nil {
		t.Errorf("got %s, %v", name, err)
	}
}

// A bus that hangs is an error in time; it is never taken for no bus.
func TestHungBus(t *testing.T) {
	hungBus(t)
	var group sync.WaitGroup
	for _, name := range []string{"auto", "secret-service"} {
		group.Go(func() { wantInTime(t, name, ErrTimeout) })
	}
	group.Wait()
}

// So is a service that hangs.
func TestHungService(t *testing.T) {
	conn := startBus(t).connect(t)
	if _, err := conn.RequestName(serviceName, 0); err != nil {
		t.Fatal(err)
	}
	eavesdrop(t, conn, make(chan *dbus.Message)) // takes every call and answers none
	wantInTime(t, "auto", ErrTimeout)
}

// wantInTime checks that all operations on a new store fail with want before
// long: after a second, and some for a slow machine.
func wantInTime(t *testing.T, name string, want error) {
	t.Helper()
	start := time.Now()
	var group sync.WaitGroup
	group.Go(func() {
		s := openStore(t, name, Options{Dir: t.TempDir()})
		if _, err := s.Get(t.Context(), key); !errors.Is(err, want) {
			t.Errorf("%s: Get: got %v, want %v", name, err, want)
		}
	})
	group.Go(func() {
		s := openStore(t, name, Options{Dir: t.TempDir()})
		err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte("x"), nil })
		if !errors.Is(err, want) {
			t.Errorf("%s: Update: got %v, want %v", name, err, want)
		}
	})
	group.Wait()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%s: it took %v", name, took)
	}
}

// Where there is no Secret Service, auto takes the file, and says why.
func TestAutoWithoutService(t *testing.T) {
	need.Programs(t, "dbus-daemon")
	dir := shortDir(t)
	stale := filepath.Join(dir, "stale")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()

	for _, c := range []struct{ name, address, reason string }{
		{"no address", "", "there is no session bus"},
		{"autolaunch", "autolaunch:", "there is no session bus"},
		{"socket missing", "unix:path=" + dir + "/none", "there is no session bus at unix:path=" + dir + "/none"},
		{"socket refuses", "unix:path=" + stale, "there is no session bus at unix:path=" + stale},
		{"no service", startBus(t).address, "there is no org.freedesktop.secrets on the session bus"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", dir)
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", c.address)
			s := openStore(t, "auto", Options{Dir: t.TempDir()})
			put(t, s, key, "value")
			name, reason, err := s.Backend(t.Context())
			if name != "file" || reason != c.reason || err != nil {
				t.Errorf("got %q, %q, %v, want file, %q", name, reason, err, c.reason)
			}
			wantInTime(t, "secret-service", ErrUnavailable)
		})
	}
}

// Without an address, the bus is where systemd puts it.
func TestBusOfRuntimeDir(t *testing.T) {
	b := startBus(t)
	startGnomeKeyring(t, b)
	s := openStore(t, "auto", Options{Dir: t.TempDir()})
	put(t, s, key, "value")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", b.services)
	s = openStore(t, "auto", Options{})
	wantValue(t, s, key, "value")
	if name, reason, err := s.Backend(t.Context()); name != "secret-service" || err != nil {
		t.Errorf("got %q, %q, %v", name, reason, err)
	}
	if address, set := os.LookupEnv("DBUS_SESSION_BUS_ADDRESS"); address != "" || !set {
		t.Errorf("the address has become %q", address)
	}
}

func TestSecretServiceLargeValue(t *testing.T) {
	startGnomeKeyring(t, startBus(t))
	s := openStore(t, "secret-service", Options{Dir: t.TempDir(), Interactive: somebody})
	value := strings.Repeat("0123456789abcdef", 1<<14)
	put(t, s, key, value)
	wantValue(t, s, key, value)
}
