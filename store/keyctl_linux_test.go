package store

import (
	"errors"
	"testing"
)

func TestKeyctlTooLarge(t *testing.T) {
	s := openKeyctl(t)
	err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return make([]byte, keyctlLimit+1), nil })
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
