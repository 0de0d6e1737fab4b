package helper

import (
	"encoding/json"

	"git-credential-grant/internal/secret"
)

// Attributes are those of a credential that have one value, by their names: protocol, host, path, username, password and so
// on. One that is present and empty differs from one that is absent. Which of them are secrets depends on the rest, so all
// of them are kept as such.
type Attributes map[string]secret.String

// Get returns the value of an attribute, "" if it is absent.
func (a Attributes) Get(name string) string { return a[name].Reveal() }

// Lookup returns the value of an attribute, and whether it is present.
func (a Attributes) Lookup(name string) (value string, present bool) {
	kept, present := a[name]
	return kept.Reveal(), present
}

// Set gives an attribute a value.
func (a Attributes) Set(name, value string) { a[name] = secret.New(value) }

// MarshalJSON implements [json.Marshaler]. Values are kept in base64: a password need not be UTF-8, and JSON would change it.
func (a Attributes) MarshalJSON() ([]byte, error) {
	encoded := make(map[string][]byte, len(a))
	for name := range a {
		encoded[name] = []byte(a.Get(name))
	}
	return json.Marshal(encoded)
}

// UnmarshalJSON implements [json.Unmarshaler].
func (a *Attributes) UnmarshalJSON(data []byte) error {
	var encoded map[string][]byte
	if err := json.Unmarshal(data, &encoded); err != nil {
		return err
	}
	*a = make(Attributes, len(encoded))
	for name, value := range encoded {
		a.Set(name, string(value))
	}
	return nil
}
