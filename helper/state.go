package helper

import "strings"

const (
	// statePrefix marks the state[] that is ours; helpers before and after us in the chain have their own.
	statePrefix = "grant:"
	// unproven ends the state[] of a token whose predecessor was refused right after its issue. When git says that
	// such a token worked, that is worth a note in the keyring.
	unproven = ":unproven"
)

// mark returns the fingerprint in our state[], "" if the message has none. In a get it means that git asks for the
// second time within one command, because the server refused the token with that fingerprint. In a store it is the
// token that worked.
func (c *Credential) mark() string { return strings.TrimSuffix(c.ownState(), unproven) }

// ownState returns our state[] without its prefix.
func (c *Credential) ownState() string {
	for _, state := range c.State {
		if own, ours := strings.CutPrefix(state, statePrefix); ours {
			return own
		}
	}
	return ""
}

// state returns the state[] of the present token.
func (s *SignIn) state() string {
	state := statePrefix + fingerprint(s.AccessToken)
	if s.Refused > 0 {
		state += unproven
	}
	return state
}

// answer is what git is told of a sign-in.
//
// If the caller knows state[], the token's fingerprint goes with it. With continue, git comes back to us within the
// same command when the server refuses the token, instead of giving up. So that this ends, only a token out of the
// store is given with continue, and only when git asks for the first time.
func (s *SignIn) answer(request *Credential, stored bool) (*Credential, error) {
	answer := &Credential{Attributes: map[string]string{}}
	bearer := onlyBearer(request.WWWAuth) || s.Bearer && request.can(capabilityAuthType)
	switch {
	case bearer && !request.can(capabilityAuthType):
		return nil, ErrOnlyBearer
	case bearer:
		answer.Capabilities = append(answer.Capabilities, capabilityAuthType)
		answer.Attributes["authtype"], answer.Attributes["credential"] = "Bearer", s.AccessToken
	default:
		answer.Attributes["username"], answer.Attributes["password"] = s.usernameFor(request), s.AccessToken
	}
	if !s.Expiry.IsZero() {
		answer.Attributes["password_expiry_utc"] = formatUnix(s.Expiry)
	}
	if request.can(capabilityState) {
		answer.Capabilities = append(answer.Capabilities, capabilityState)
		answer.State = []string{s.state()}
		if stored && request.mark() == "" {
			answer.Attributes["continue"] = "1"
		}
	}
	return answer, nil
}

// usernameFor returns the name to send beside the token.
func (s *SignIn) usernameFor(request *Credential) string {
	if username := request.Attributes["username"]; s.AnyUsername && username != "" {
		return username
	}
	return s.Username
}

// onlyBearer reports whether the server's challenges offer bearer tokens and not Basic.
func onlyBearer(challenges []string) bool {
	return offers(challenges, "Bearer") && !offers(challenges, "Basic")
}

// offers reports whether one of the challenges is of the scheme; one header may hold several (RFC 9110, section 11.6.1).
func offers(challenges []string, scheme string) bool {
	for _, challenge := range challenges {
		for part := range strings.SplitSeq(unquoted(challenge), ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if strings.EqualFold(name, scheme) {
				return true
			}
		}
	}
	return false
}

// unquoted takes the quoted strings out of a challenge, in which a realm may say anything.
func unquoted(challenge string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.ReplaceAll(challenge, `\"`, ""), `"`) {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}
