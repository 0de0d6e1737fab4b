package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// fakeService is a Secret Service whose prompts answer themselves. It holds
// one item once that is created.
type fakeService struct {
	conn *dbus.Conn

	mu         sync.Mutex
	collection dbus.ObjectPath
	forgets    int // how often it has no default collection, before it has
	locked     bool
	hides      bool // finds nothing while locked, as KeePassXC does
	value      []byte
	// answer is what the person does with a prompt: "accept", "dismiss", or
	// nothing at all.
	answer    string
	prompts   int
	onAccept  func()
	dismissed chan bool
}

const fakePrompt = dbus.ObjectPath("/org/freedesktop/secrets/prompt/1")

func startFakeService(t *testing.T, f *fakeService) *fakeService {
	f.conn = startBus(t).connect(t)
	f.dismissed = make(chan bool, 1)
	item := loginCollection + "/1"
	f.export(t, servicePath, "org.freedesktop.Secret.Service", map[string]any{
		"ReadAlias": func(string) (dbus.ObjectPath, *dbus.Error) {
			defer f.lock()()
			if f.forgets > 0 {
				f.forgets--
				return noObject, nil
			}
			return f.collection, nil
		},
		"OpenSession": func(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
			return dbus.MakeVariant(""), "/org/freedesktop/secrets/session/1", nil
		},
		"SearchItems": func(map[string]string) (unlocked, locked []dbus.ObjectPath, _ *dbus.Error) {
			defer f.lock()()
			switch {
			case f.value == nil || f.locked && f.hides:
				return nil, nil, nil
			case f.locked:
				return nil, []dbus.ObjectPath{item}, nil
			default:
				return []dbus.ObjectPath{item}, nil, nil
			}
		},
		"Unlock": func([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
			defer f.lock()()
			f.onAccept = func() { f.locked = false }
			return nil, fakePrompt, nil
		},
		"CreateCollection": func(map[string]dbus.Variant, string) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
			defer f.lock()()
			f.onAccept = func() { f.collection = loginCollection }
			return noObject, fakePrompt, nil
		},
	})
	f.export(t, loginCollection, "org.freedesktop.Secret.Collection", map[string]any{
		"CreateItem": func(_ map[string]dbus.Variant, s secret, _ bool) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
			defer f.lock()()
			if f.locked {
				return noObject, noObject, dbus.NewError("org.freedesktop.Secret.Error.IsLocked", nil)
			}
			f.value = s.Value
			return item, noObject, nil
		},
	})
	f.export(t, loginCollection, "org.freedesktop.DBus.Properties", map[string]any{
		"Get": func(_, _ string) (dbus.Variant, *dbus.Error) {
			defer f.lock()()
			return dbus.MakeVariant(f.locked), nil
		},
	})
	f.export(t, item, "org.freedesktop.Secret.Item", map[string]any{
		"GetSecret": func(dbus.ObjectPath) (secret, *dbus.Error) {
			defer f.lock()()
			return secret{servicePath, nil, f.value, ""}, nil
		},
	})
	f.export(t, fakePrompt, promptIface, map[string]any{
		"Prompt":  func(string) *dbus.Error { f.prompt(); return nil },
		"Dismiss": func() *dbus.Error { f.dismissed <- true; return nil },
	})
	if _, err := f.conn.RequestName(serviceName, 0); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fakeService) export(t *testing.T, path dbus.ObjectPath, iface string, methods map[string]any) {
	t.Helper()
	if err := f.conn.ExportMethodTable(methods, path, iface); err != nil {
		t.Fatal(err)
	}
}

func (f *fakeService) lock() (unlock func()) {
	f.mu.Lock()
	return f.mu.Unlock
}

func (f *fakeService) prompt() {
	defer f.lock()()
	f.prompts++
	switch f.answer {
	case "accept":
		f.onAccept()
		f.conn.Emit(fakePrompt, promptIface+".Completed", false, dbus.MakeVariant(""))
	case "dismiss":
		f.conn.Emit(fakePrompt, promptIface+".Completed", true, dbus.MakeVariant(""))
	}
}

// storeOfFake lets a person half a second for a prompt.
func storeOfFake(t *testing.T, interactive func() bool) *Store {
	s := openStore(t, "secret-service", Options{Dir: t.TempDir(), Interactive: interactive})
	service := newSecretService(s)
	service.promptLimit = 500 * time.Millisecond
	s.all = []named{{service, "secret-service", "it is a test"}}
	return s
}

func TestUnlockPrompt(t *testing.T) {
	for _, hides := range []bool{false, true} {
		for _, c := range []struct {
			answer string
			want   error
		}{
			{"accept", nil},
			{"dismiss", ErrLocked},
			{"nothing", ErrTimeout},
		} {
			f := startFakeService(t, &fakeService{
				collection: loginCollection, value: []byte("value"), locked: true, hides: hides, answer: c.answer,
			})
			s := storeOfFake(t, somebody)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			if _, err := s.Get(ctx, key); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", c.answer, err, c.want)
			}
			cancel()
			if c.want == ErrTimeout {
				eventually(t, "the prompt to be dismissed", func() bool { return len(f.dismissed) == 1 })
			}
			unlock := f.lock()
			if f.prompts != 1 {
				t.Errorf("%s: the person was asked %d times", c.answer, f.prompts)
			}
			unlock()
		}
	}
}

func TestNoPromptForNobody(t *testing.T) {
	f := startFakeService(t, &fakeService{collection: loginCollection, value: []byte("value"), locked: true})
	s := storeOfFake(t, func() bool { return false })
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	defer f.lock()()
	if f.onAccept != nil {
		t.Error("asked for a prompt")
	}
}

// A keyring without a default collection holds nothing, and gets one only if a
// person can set its password.
func TestNoDefaultCollection(t *testing.T) {
	startFakeService(t, &fakeService{collection: noObject, answer: "accept"})
	s := storeOfFake(t, func() bool { return false })
	wantNothing(t, s, key)
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte("value"), nil })
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	s = storeOfFake(t, somebody)
	put(t, s, key, "value")
	wantValue(t, s, key, "value")
}

// gnome-keyring forgets its default collection for a moment when it is busy.
func TestForgottenDefaultCollection(t *testing.T) {
	startFakeService(t, &fakeService{collection: loginCollection, forgets: 2})
	s := storeOfFake(t, func() bool { return false })
	put(t, s, key, "value")
	wantValue(t, s, key, "value")
}

// A keyring that does not keep what it says it keeps is found out.
func TestReadBack(t *testing.T) {
	f := startFakeService(t, &fakeService{collection: loginCollection})
	s := storeOfFake(t, somebody)
	f.export(t, loginCollection, "org.freedesktop.Secret.Collection", map[string]any{
		"CreateItem": func(map[string]dbus.Variant, secret, bool) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
			return loginCollection + "/1", noObject, nil
		},
	})
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte("value"), nil })
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// Of items in several collections, that of the default one counts, in whatever order they are found.
func TestDefaultCollectionComesFirst(t *testing.T) {
	f := startFakeService(t, &fakeService{collection: loginCollection, value: []byte("value")})
	foreign := dbus.ObjectPath("/org/freedesktop/secrets/collection/other/1")
	f.export(t, servicePath, "org.freedesktop.Secret.Service", map[string]any{
		"ReadAlias": func(string) (dbus.ObjectPath, *dbus.Error) { return loginCollection, nil },
		"OpenSession": func(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
			return dbus.MakeVariant(""), "/org/freedesktop/secrets/session/1", nil
		},
		"SearchItems": func(map[string]string) (unlocked, locked []dbus.ObjectPath, _ *dbus.Error) {
			return []dbus.ObjectPath{foreign, loginCollection + "/1"}, nil, nil
		},
	})
	f.export(t, foreign, "org.freedesktop.Secret.Item", map[string]any{
		"GetSecret": func(dbus.ObjectPath) (secret, *dbus.Error) {
			return secret{servicePath, nil, []byte("foreign"), ""}, nil
		},
	})
	wantValue(t, storeOfFake(t, somebody), key, "value")
}
