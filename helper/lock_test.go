package helper

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// locks is a keyring that only locks. A lock is held while its channel is full.
type locks map[string]chan struct{}

func (l locks) Get(context.Context, string) ([]byte, error)                              { return nil, nil }
func (l locks) Update(context.Context, string, func([]byte) ([]byte, error)) (err error) { return }
func (l locks) Lock(ctx context.Context, name string) (unlock func(), err error) {
	select {
	case l[name] <- struct{}{}:
		return func() { <-l[name] }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestLock: a process waits for another one that renews the token; one that can ask nobody does not wait for one that
// asks somebody. Who waits for a second says so, because the person may look for the window that another one opened.
func TestLock(t *testing.T) {
	const origin = "https://git.example"
	for name, test := range map[string]struct {
		somebody bool
		asks     bool          // the other process asks a person
		held     time.Duration // how long the other one has the lock
		cancel   time.Duration // when this one is interrupted
		want     error
		at       time.Duration // when the wait is over, at the latest
	}{
		"free":                             {false, false, 0, time.Hour, nil, 0},
		"a refresh":                        {false, false, 15 * time.Second, time.Hour, nil, 15 * time.Second},
		"a refresh, with somebody there":   {true, false, 15 * time.Second, time.Hour, nil, 15 * time.Second},
		"a sign-in":                        {false, true, 5 * time.Minute, time.Hour, ErrNobodyThere, time.Second},
		"a sign-in, with somebody there":   {true, true, 5 * time.Minute, time.Hour, nil, 5 * time.Minute},
		"a short sign-in":                  {false, true, 400 * time.Millisecond, time.Hour, nil, 400 * time.Millisecond},
		"Ctrl-C":                           {true, true, 5 * time.Minute, 2 * time.Second, context.Canceled, 2 * time.Second},
		"Ctrl-C at once":                   {false, true, 5 * time.Minute, time.Millisecond, context.Canceled, time.Millisecond},
		"a refresh that does not end":      {false, false, time.Hour, 2 * time.Hour, ErrHeldTooLong, 25 * time.Second},
		"Ctrl-C during an endless refresh": {false, false, time.Hour, 5 * time.Second, context.Canceled, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				keyring := locks{origin: make(chan struct{}, 1), asking(ParseOrigin(origin)): make(chan struct{}, 1)}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(test.cancel, cancel)
				if test.held > 0 {
					keyring[origin] <- struct{}{}
					time.AfterFunc(test.held, func() { <-keyring[origin] })
				}
				if test.asks {
					keyring[asking(ParseOrigin(origin))] <- struct{}{}
				}
				var told []string
				h := &Helper{Keyring: keyring, Tell: func(message string) { told = append(told, message) }}
				began := time.Now()
				_, err := h.lock(ctx, ParseOrigin(origin), &Server{SomebodyThere: func() bool { return test.somebody }})
				if waited := time.Since(began); !errors.Is(err, test.want) || waited > test.at {
					t.Errorf("after %v got %v, want %v after %v", waited, err, test.want, test.at)
				}
				synctest.Wait()
				var want []string
				if test.at > slowWait {
					want = []string{"waiting for another git process that is signing in to git.example"}
				}
				if !slices.Equal(told, want) {
					t.Errorf("the person was told %q, want %q", told, want)
				}
			})
		})
	}
}
