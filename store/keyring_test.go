package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/keyring"
)

// hungKeyring does not answer until it is released.
type hungKeyring struct {
	keyring.Keyring
	released chan bool
}

func (h hungKeyring) Get(string) (keyring.Item, error) {
	<-h.released
	return keyring.Item{}, nil
}

func TestHungKeyring(t *testing.T) {
	for _, c := range []struct {
		attended bool
		want     time.Duration
	}{
		{false, 5 * time.Second},
		{true, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			hung := hungKeyring{released: make(chan bool)}
			defer close(hung.released)
			r := &ring{
				interactive: func() bool { return c.attended },
				open:        func() (keyring.Keyring, error) { return hung, nil },
			}
			start := time.Now()
			_, err := r.get(context.Background(), newItem(key))
			if took := time.Since(start); took != c.want || !errors.Is(err, ErrTimeout) {
				t.Errorf("after %v: %v, want %v", took, err, c.want)
			}
		})
	}
}

// What pass cannot read is not taken for nothing.
func TestPassFails(t *testing.T) {
	initPass(t)
	s := openStore(t, "pass", Options{Dir: t.TempDir()})
	put(t, s, key, "value")
	t.Setenv("GNUPGHOME", shortDir(t)) // without the key
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	t.Setenv("PASSWORD_STORE_DIR", "/dev/null/store")
	s = openStore(t, "pass", Options{Dir: t.TempDir()})
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestKeyctlTooLarge(t *testing.T) {
	s := openKeyctl(t)
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return make([]byte, keyctlLimit+1), nil })
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
