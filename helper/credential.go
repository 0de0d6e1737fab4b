// Package helper is the side that talks to git: it reads and writes git's credential protocol, answers get,
// store and erase, and decides what the stored record of an origin looks like.
//
// It knows neither the keyring nor the OAuth2 server. A [Helper] is given a [Keyring] that keeps bytes and a
// function that yields the [Server] of a request; both live in other packages, and command joins them.
//
// The protocol is described in gitcredentials(7) and git-credential(1).
package helper

import (
	"net/url"
	"slices"
	"strings"
)

// A Credential is one message of git's credential protocol: what git asks or tells, or what the helper answers.
type Credential struct {
	// Origin is what protocol and host say, parsed once. It is zero in an answer, which names neither.
	Origin     Origin
	Attributes Attributes
	// Capabilities, WWWAuth and State hold the values of capability[], wwwauth[] and state[], in order.
	Capabilities, WWWAuth, State []string
}

// Capabilities of the protocol since git 2.46.
const (
	capabilityAuthType = "authtype"
	capabilityState    = "state"
)

// Capabilities lists what `git-credential-grant capability` announces.
var Capabilities = []string{capabilityAuthType, capabilityState}

// URL returns the URL that the request is about, in the form in which git matches it against its config: with the user
// name, so that credential.https://alice@host is found. It makes sense only if the origin [Origin.IsWeb].
func (c *Credential) URL() string {
	u := c.Origin.URL()
	u.Path = "/" + c.Attributes.Get("path")
	if username := c.Attributes.Get("username"); username != "" {
		u.User = url.User(username)
	}
	return u.String()
}

// secret returns the password, or what authtype carries in its place. It can be present and empty.
func (c *Credential) secret() (secret string, present bool) {
	if credential, ok := c.Attributes.Lookup("credential"); ok {
		return credential, true
	}
	secret, present = c.Attributes.Lookup("password")
	return secret, present
}

// can reports whether whoever sent the message announced a capability.
func (c *Credential) can(capability string) bool { return slices.Contains(c.Capabilities, capability) }

// is reports whether a boolean attribute is set.
func (c *Credential) is(key string) bool { return isTrue(c.Attributes.Get(key)) }

// isTrue reports whether a value is one of git's words for yes.
func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}
