package helper

import "context"

// onlyBearer reports whether the server's challenges offer bearer tokens and not Basic.
func onlyBearer(challenges []string) bool {
	return offers(challenges, "Bearer") && !offers(challenges, "Basic")
}

// refusedAsPassword reports whether the server has refused the present token only because git sent it as a password: git's
// first question had no challenge in it, as after a POST, and the second shows that a bearer token is wanted.
func (s *SignIn) refusedAsPassword(request *Credential) bool {
	return s != nil && s.has(request.stateFingerprint()) && request.Attributes.Get("authtype") == "" &&
		onlyBearer(request.WWWAuth) && request.can(capabilityAuthType)
}

// answerAsBearer answers with the present token again, in the form that the server wants, and remembers that.
func (h *Helper) answerAsBearer(ctx context.Context, request *Credential, signIn *SignIn) (*Credential, error) {
	h.trace("the git server takes only bearer tokens")
	fingerprint := request.stateFingerprint()
	err := h.update(ctx, request.Origin, func(record *Record) {
		if signIn := record.signInWith(fingerprint); signIn != nil {
			signIn.OnlyBearer = true
		}
	})
	if err != nil {
		h.trace("%v", err)
	}
	return signIn.answer(request, false)
}
