// Package secret has a string that no message can show by accident: whatever prints it, prints dots. The rooms share it
// because each of them holds secrets, of a client, a sign-in or a credential, and a forgotten %v in any of them is one
// too many. It imports nothing of theirs, and decides nothing for them.
package secret

import (
	"encoding/json"
	"fmt"
	"io"
	"unique"
)

// Dots stand in the place of a secret.
const Dots = "…"

// A String is a secret text. The zero value is the empty one. Strings with the same text are equal under ==, and can be
// values and keys of maps.
//
// The fmt package prints it as [Dots] under every verb. In an unexported field, where fmt calls no methods, and in the
// trace of a panic, it is the address of a pointer: that is why this is a struct and no kind of string. Only
// [String.Reveal] gives the text away, and json.Marshal, because secrets are stored in JSON. An empty String prints as
// nothing: whether there is a secret is none.
type String struct{ text unique.Handle[string] }

// New makes a text a secret.
func New(text string) String {
	if text == "" {
		return String{}
	}
	return String{unique.Make(text)}
}

// Reveal returns the text, for a request, a keyring or git.
func (s String) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.text.Value()
}

// IsZero reports whether the text is empty. With omitzero in its tag, JSON leaves out a field that is.
func (s String) IsZero() bool { return s == String{} }

// String returns dots, or nothing for the empty text.
func (s String) String() string {
	if s.IsZero() {
		return ""
	}
	return Dots
}

// Format implements [fmt.Formatter] for every verb, those for numbers and Go syntax among them.
func (s String) Format(state fmt.State, _ rune) { io.WriteString(state, s.String()) }

// MarshalJSON implements [json.Marshaler]: in JSON, which is how it is stored, the secret is the plain string.
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(s.Reveal()) }

// UnmarshalJSON implements [json.Unmarshaler]. Null is the empty text, as it is for a string. The error does not repeat
// what was not a string.
func (s *String) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a secret that is no string (%d bytes)", len(data))
	}
	*s = New(text)
	return nil
}
