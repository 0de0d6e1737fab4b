package helper

import "strings"

// statePrefix begins the state[] that is ours; helpers before and after us in the chain have their own.
const statePrefix = "grant:"

// stateFingerprint returns the fingerprint in our state[], "" if the message has none. In a get it means that git asks for the
// second time within one command, because the server refused the token with that fingerprint. In a store it is the
// token that worked.
func (c *Credential) stateFingerprint() string {
	for _, state := range c.State {
		if own, ours := strings.CutPrefix(state, statePrefix); ours {
			return own
		}
	}
	return ""
}

// lastRound reports whether git would not come back to us within the same request. It makes two rounds at the most
// (http_request_recoverable in git's http.c), and one has passed: what a helper told it then comes with the question; or
// git 2.55 and later have spent it on Negotiate, of which the question says nothing (http.emptyAuth in git-config(1)).
func (c *Credential) lastRound() bool {
	return len(c.State) > 0 || c.Attributes.Get("authtype") != "" || offers(c.WWWAuth, "Negotiate")
}
