package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// fakeWallet answers as kwalletd5 does.
type fakeWallet struct {
	closed  bool // at first
	closes  bool // soon after it is opened
	handle  int32
	entries map[string][]byte
}

func startFakeWallet(t *testing.T, w fakeWallet) {
	t.Helper()
	w.entries = map[string][]byte{}
	conn := startBus(t).connect(t)
	methods := map[string]any{
		"networkWallet": func() (string, *dbus.Error) { return "kdewallet", nil },
		"isOpen": func(string) (bool, *dbus.Error) {
			isOpen := !w.closed
			w.closed = w.closed || w.closes
			return isOpen, nil
		},
		"open": func(string, int64, string) (int32, *dbus.Error) { return w.handle, nil },
		"hasEntry": func(_ int32, folder, key, _ string) (bool, *dbus.Error) {
			_, has := w.entries[folder+"/"+key]
			return has, nil
		},
		"readEntry": func(_ int32, folder, key, _ string) ([]byte, *dbus.Error) {
			return w.entries[folder+"/"+key], nil
		},
		"writeEntry": func(_ int32, folder, key string, value []byte, _ string) (int32, *dbus.Error) {
			w.entries[folder+"/"+key] = value
			return 0, nil
		},
		"entryList": func(_ int32, folder, _ string) (keys []string, _ *dbus.Error) {
			for entry := range w.entries {
				key, _ := strings.CutPrefix(entry, folder+"/")
				keys = append(keys, key)
			}
			return keys, nil
		},
		"removeEntry": func(_ int32, folder, key, _ string) (int32, *dbus.Error) {
			delete(w.entries, folder+"/"+key)
			return 0, nil
		},
	}
	if err := conn.ExportMethodTable(methods, "/modules/kwalletd5", "org.kde.KWallet"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.kde.kwalletd5", 0); err != nil {
		t.Fatal(err)
	}
}

func TestKWalletLocked(t *testing.T) {
	for _, c := range []struct {
		wallet fakeWallet
		opts   Options
	}{
		{fakeWallet{closed: true}, Options{}},
		{fakeWallet{closed: true, handle: -1}, Options{Interactive: somebody}},
		{fakeWallet{closes: true}, Options{}},
	} {
		startFakeWallet(t, c.wallet)
		if _, err := openStore(t, "kwallet", c.opts).Get(t.Context(), key); !errors.Is(err, ErrLocked) {
			t.Errorf("got %v", err)
		}
	}
}

func TestKWalletAbsent(t *testing.T) {
	startBus(t)
	s := openStore(t, "kwallet", Options{})
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
