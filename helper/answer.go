package helper

import (
	"strconv"
	"time"

	"git-credential-grant/internal/secret"
)

// answer is what git is told of a sign-in.
//
// If the caller knows state[], the token's fingerprint goes with it. With continue, git comes back to us within the
// same command when the server refuses the token, instead of giving up and saying so by erase. So that this ends, only a
// token out of the keyring is given with continue, and only when git asks for the first time and has a round left.
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

// usernameFor returns the name to send beside the token.
func (s *SignIn) usernameFor(request *Credential) string {
	if username := request.Attributes.Get("username"); s.AnyUsername && username != "" {
		return username
	}
	return s.Username
}

func formatUnix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// quit is the answer that makes git stop instead of prompting for a password.
func quit() *Credential { return &Credential{Attributes: Attributes{"quit": secret.New("1")}} }
