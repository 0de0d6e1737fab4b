package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// both is what auto looks into, and each for itself.
type both struct {
	auto, service, file *Store
	dir                 string
}

// startBoth has a keyring on the session bus, and a directory for files.
func startBoth(t *testing.T) both {
	startGnomeKeyring(t, startBus(t))
	return openEach(t, t.TempDir())
}

func openEach(t *testing.T, dir string) both {
	opts := Options{Dir: dir}
	return both{openStore(t, "auto", opts), openStore(t, "secret-service", opts), openStore(t, "file", opts), dir}
}

// What was stored where there was no bus is found on the desktop, and stays where it is; what is new goes to the keyring.
func TestAutoFindsWhatIsInTheFile(t *testing.T) {
	b := startBoth(t)
	put(t, b.file, "old", "value")
	wantValue(t, b.auto, "old", "value")
	put(t, b.auto, "old", "renewed")
	put(t, b.auto, "new", "value")
	holdOnce(t, b.auto, "old")
	for key, want := range map[string]string{"old": "file", "new": "secret-service", "other": ""} {
		if got := b.auto.Holder(key); got != want {
			t.Errorf("%s is in %q, want %q", key, got, want)
		}
	}
	wantNothing(t, b.service, "old")
	wantNothing(t, b.file, "new")
	wantValue(t, b.file, "old", "renewed")
	wantValue(t, b.service, "new", "value")
	wantListed(t, b.auto, "new", "old")
	wantNothing(t, b.auto, "other")
	put(t, b.auto, "old", "")
	wantListed(t, b.auto, "new")
	if got := b.auto.Holder("old"); got != "" {
		t.Errorf("what was deleted is in %q", got)
	}
}

// If both stores have something, that of the keyring counts, and nothing is left when it is deleted.
func TestBothStoresHaveIt(t *testing.T) {
	b := startBoth(t)
	put(t, b.file, key, "in the file")
	put(t, b.service, key, "in the keyring")
	wantValue(t, b.auto, key, "in the keyring")
	put(t, b.auto, key, "renewed")
	wantValue(t, b.file, key, "in the file")
	wantValue(t, b.service, key, "renewed")

	var asked []string
	forget := func(old []byte) ([]byte, error) {
		asked = append(asked, string(old))
		return nil, nil
	}
	if err := b.auto.Update(t.Context(), key, forget); err != nil {
		t.Fatal(err)
	}
	if want := []string{"renewed", "in the file"}; !slices.Equal(asked, want) {
		t.Errorf("the change was asked about %q, want %q", asked, want)
	}
	wantNothing(t, b.auto, key)
	wantNothing(t, b.file, key)
}

// Each store can be asked for itself, and says which it is.
func TestEach(t *testing.T) {
	b := startBoth(t)
	put(t, b.file, "in the file", "value")
	put(t, b.service, "in the keyring", "value")
	wantEach(t, b.auto, "secret-service: in the keyring", "file: in the file")
	wantEach(t, b.file, "file: in the file")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none")
	wantEach(t, openEach(t, b.dir).auto, "file: in the file")
}

func wantEach(t *testing.T, s *Store, want ...string) {
	t.Helper()
	var got []string
	for _, one := range s.Each(t.Context()) {
		name, _, err := one.Backend(t.Context())
		if err != nil {
			t.Error(err)
		}
		got = append(got, name+": "+strings.Join(listed(t, one), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A keyring that cannot be asked keeps nobody from what is in the file, and is an error for everything else, of which
// nothing is stored in the file meanwhile.
func TestAutoWithABrokenKeyring(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T)
		want  error
	}{
		"locked": {func(t *testing.T) {
			daemon, restart := startGnomeKeyring(t, startBus(t))
			daemon.Process.Kill()
			daemon.Wait()
			restart()
		}, ErrLocked},
		"bus hangs":      {hungBus, ErrTimeout},
		"does not start": {func(t *testing.T) { unhurried(t); startBus(t).activatable(t, serviceName, "/bin/false") }, ErrUnavailable},
		"elsewhere":      {func(t *testing.T) { t.Setenv("DBUS_SESSION_BUS_ADDRESS", "tcp:host=::1,port=1") }, ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, openStore(t, "file", Options{Dir: dir}), "old", "value")
			c.spoil(t)
			b := openEach(t, dir)
			wantValue(t, b.auto, "old", "value")
			holdOnce(t, b.auto, "old")
			put(t, b.auto, "old", "renewed")
			wantValue(t, b.file, "old", "renewed")

			if keys, err := b.auto.List(t.Context()); !errors.Is(err, c.want) {
				t.Errorf("List: got %q, %v", keys, err)
			}
			for operation, err := range tryAll(t.Context(), b.auto, "new") {
				// To lock is not to look.
				if !errors.Is(err, c.want) && !(operation == "lock" && c.want == ErrLocked && err == nil) {
					t.Errorf("%s of what may be in the keyring: got %v, want %v", operation, err, c.want)
				}
			}
			wantListed(t, b.file, "old")
		})
	}
}

// What cannot be read in the file is not nothing, for the desktop either; where no file can be, it is.
func TestAutoWithABrokenFile(t *testing.T) {
	b := startBoth(t)
	put(t, b.file, key, "value")
	os.Truncate(recordPath(b.dir, key), 3)
	for operation, err := range tryAll(t.Context(), b.auto, key) {
		if !errors.Is(err, ErrUndecipherable) && operation != "lock" {
			t.Errorf("%s: got %v", operation, err)
		}
	}
	put(t, b.auto, "other", "value")

	t.Setenv("HOME", "")
	t.Setenv("XDG_DATA_HOME", "")
	homeless := openStore(t, "auto", Options{})
	wantNothing(t, homeless, key)
	wantValue(t, homeless, "other", "value")
	wantListed(t, homeless, "other")
}

// A keyring that goes away after it has answered is an error: what it has would seem lost.
func TestKeyringGoesAway(t *testing.T) {
	bus := startBus(t)
	daemon, _ := startGnomeKeyring(t, bus)
	b := openEach(t, t.TempDir())
	put(t, b.auto, key, "value")
	daemon.Process.Kill()
	daemon.Wait()
	err := b.auto.Update(context.Background(), key, func([]byte) ([]byte, error) { return []byte("second"), nil })
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if _, err := b.file.Get(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in the file: got %v", err)
	}
}
