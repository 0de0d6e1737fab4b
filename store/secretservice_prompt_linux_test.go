package store

import (
	"errors"
	"testing"

	"git-credential-grant/internal/need"
)

// GNOME's own prompt unlocks the keyring, and says whether it was dismissed.
func TestPromptOfGNOME(t *testing.T) {
	need.Programs(t, "/usr/libexec/gcr-prompter")
	startScreen(t)
	b := startBus(t)
	daemon, restart := startGnomeKeyring(t, b)
	b.activatable(t, "org.gnome.keyring.SystemPrompter", "/usr/libexec/gcr-prompter")
	s := openStore(t, "secret-service", Options{Dir: t.TempDir(), Interactive: somebody})
	put(t, s, key, "value")
	for _, c := range []struct {
		keys []string
		want error
	}{
		{[]string{"key", "Escape"}, ErrLocked},
		{[]string{"key", "ctrl+a", "type", "--delay", "50", "--args", "1", keyringPassword, "key", "Return"}, nil},
	} {
		daemon.Process.Kill()
		daemon.Wait()
		daemon = restart()
		done := make(chan error)
		go func() {
			_, err := s.Get(t.Context(), key)
			done <- err
		}()
		if err := onWindow(t, "gcr-prompter", done, c.keys...); !errors.Is(err, c.want) {
			t.Errorf("%q: got %v, want %v", c.keys, err, c.want)
		}
	}
	wantValue(t, s, key, "value")
}

// So does KDE's, when it is dismissed.
func TestPromptOfKDE(t *testing.T) {
	startScreen(t)
	restart := startKWallet(t, startBus(t))
	s := openStore(t, "secret-service", Options{Dir: t.TempDir(), Interactive: somebody})
	put(t, s, key, "value")
	t.Setenv("QT_QPA_PLATFORM", "xcb")
	restart()
	done := make(chan error)
	go func() {
		_, err := s.Get(t.Context(), key)
		done <- err
	}()
	if err := onWindow(t, "kwalletd5", done, "key", "Escape"); !errors.Is(err, ErrLocked) || errors.Is(err, ErrTimeout) {
		t.Errorf("got %v", err)
	}
}
