package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestKeyctlTooLarge(t *testing.T) {
	s := openKeyctl(t)
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return make([]byte, keyctlLimit+1), nil })
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// The kernel gives each thread a session keyring of its own, and Go moves its work between threads.
func TestKeyctlOnManyThreads(t *testing.T) {
	s := openKeyctl(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				err := s.Update(t.Context(), fmt.Sprint(t.Name(), i), func(old []byte) ([]byte, error) { return append(old, 'x'), nil })
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for i := range 8 {
		put(t, s, fmt.Sprint(t.Name(), i), "")
	}
}
