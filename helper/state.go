package helper

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

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

// answer is what git is told of a sign-in.
//
// If the caller knows state[], the token's fingerprint goes with it. With continue, git comes back to us within the
// same command when the server refuses the token, instead of giving up and saying so by erase. So that this ends, only a
// token out of the store is given with continue, and only when git asks for the first time and has a round left.
func (s *SignIn) answer(request *Credential, stored bool) (*Credential, error) {
	answer := &Credential{Attributes: Attributes{}}
	bearer := onlyBearer(request.WWWAuth) || (s.Bearer || s.OnlyBearer) && request.can(capabilityAuthType)
	switch {
	case bearer && !request.can(capabilityAuthType):
		return nil, ErrOnlyBearer
	case bearer:
		answer.Capabilities = append(answer.Capabilities, capabilityAuthType)
		answer.Attributes.Set("authtype", "Bearer")
		answer.Attributes["credential"] = s.AccessToken
	default:
		answer.Attributes.Set("username", s.usernameFor(request))
		answer.Attributes["password"] = s.AccessToken
		answer = answer.asBasic(request)
	}
	if !s.Expiry.IsZero() {
		answer.Attributes.Set("password_expiry_utc", formatUnix(s.Expiry))
	}
	if request.can(capabilityState) {
		answer.Capabilities = append(answer.Capabilities, capabilityState)
		answer.State = []string{statePrefix + fingerprintOf(s.AccessToken.Reveal())}
		if stored && !request.lastRound() {
			answer.Attributes.Set("continue", "1")
		}
	}
	return answer, nil
}

// asBasic returns an answer of user name and password in the form that names its scheme, where the caller knows that and the
// server offers a scheme which curl prefers to Basic: given a user name and a password, curl tries that one, and may never
// send them (CURLOPT_HTTPAUTH; http.emptyAuth in git-config(1)).
func (c *Credential) asBasic(request *Credential) *Credential {
	preferred := func(scheme string) bool { return offers(request.WWWAuth, scheme) }
	if !request.can(capabilityAuthType) || !preferred("Basic") || !slices.ContainsFunc([]string{"Negotiate", "NTLM", "Digest"}, preferred) {
		return c
	}
	basic := *c
	basic.Attributes = maps.Clone(c.Attributes)
	username, password := basic.Attributes.Get("username"), basic.Attributes.Get("password")
	delete(basic.Attributes, "username")
	delete(basic.Attributes, "password")
	basic.Attributes.Set("authtype", "Basic")
	basic.Attributes.Set("credential", base64.StdEncoding.EncodeToString([]byte(username+":"+password)))
	basic.Capabilities = append(slices.Clone(c.Capabilities), capabilityAuthType)
	return &basic
}

// withoutBasic is the way back: what git's store and erase say of an answer in that form.
func (c *Credential) withoutBasic() *Credential {
	pair, err := base64.StdEncoding.DecodeString(c.Attributes.Get("credential"))
	username, password, isPair := strings.Cut(string(pair), ":")
	if !strings.EqualFold(c.Attributes.Get("authtype"), "Basic") || err != nil || !isPair {
		return c
	}
	plain := *c
	plain.Attributes = maps.Clone(c.Attributes)
	delete(plain.Attributes, "authtype")
	delete(plain.Attributes, "credential")
	plain.Attributes.Set("username", username)
	plain.Attributes.Set("password", password)
	return &plain
}

// usernameFor returns the name to send beside the token.
func (s *SignIn) usernameFor(request *Credential) string {
	if username := request.Attributes.Get("username"); s.AnyUsername && username != "" {
		return username
	}
	return s.Username
}
