//go:build darwin || windows

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
