package helper

import (
	"strings"

	"git-credential-grant/internal/secret"
)

// hide takes tokens that the sign-in has, or had lately, out of what a server says in an error: it may repeat one that is known
// here by its fingerprint alone. The error means the same.
func (s *SignIn) hide(err error) error {
	if err == nil {
		return nil
	}
	words := strings.FieldsFunc(err.Error(), func(r rune) bool { return strings.ContainsRune(" \t\"'(),;<>[]{}", r) })
	text := err.Error()
	for _, word := range words {
		if s.had(fingerprintOf(word)) {
			text = strings.ReplaceAll(text, word, secret.Dots)
		}
	}
	if text == err.Error() {
		return err
	}
	return hidden{err, text}
}

// A hidden error is one in other words.
type hidden struct {
	error
	text string
}

func (h hidden) Error() string { return h.text }
func (h hidden) Unwrap() error { return h.error }
