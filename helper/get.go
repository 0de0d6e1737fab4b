package helper

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Get answers git's request with a credential, nil if there is none for it.
//
// A live token in the keyring is handed out at once. Otherwise one process at a time renews it or asks the person,
// and the others take what it brought. An answer and an error can come together: a token that could not be kept, or
// quit=1, which tells git not to prompt, beside the reason.
func (h *Helper) Get(ctx context.Context, request *Credential) (*Credential, error) {
	origin := request.Origin
	if origin == (Origin{}) {
		return nil, nil
	}
	record, err := h.load(ctx, origin)
	if err != nil {
		return h.withoutKeyring(ctx, request, err)
	}
	if answer, err := h.fromRecord(record, request); answer != nil || err != nil {
		return answer, err
	}
	if dotless, has := origin.dotless(); has && dotless.IsWeb() {
		return h.getDotted(ctx, request, dotless)
	}
	if !origin.IsWeb() {
		return nil, nil
	}
	signIn := record.signIn(request, h.now())
	if signIn.refusedAsPassword(request) {
		return h.answerAsBearer(ctx, request, signIn)
	}
	server, err := h.Server(ctx, request, record.provider(signIn))
	switch {
	case err != nil || !origin.MayHaveToken():
		return h.withoutServer(request, signIn, err)
	case onlyBearer(request.WWWAuth) && !request.can(capabilityAuthType):
		return nil, ErrOnlyBearer
	}
	return h.obtain(ctx, request, server, record)
}

// obtain obtains a token once no other process does so at the same origin. before is the record as it is before the wait.
func (h *Helper) obtain(ctx context.Context, request *Credential, server *Server, before *Record) (*Credential, error) {
	unlock, err := h.lock(ctx, request.Origin, server)
	signIn := before.signIn(request, h.now())
	switch {
	case err != nil && ctx.Err() == nil && server.asksNobody():
		return h.mintUnkept(ctx, request, server, err)
	case err != nil && ctx.Err() == nil && signIn.usable(h.now()) && !signIn.has(request.stateFingerprint()):
		return h.makeDo(request, signIn, err)
	case err != nil:
		return quit(), err
	}
	defer unlock()
	record, err := h.load(ctx, request.Origin)
	if err != nil {
		return quit(), err
	}
	return (&attempt{h, request, server, record}).obtain(ctx, before)
}

// withoutServer answers where there is no OAuth2 server to ask: err is why, nil if the host may not be sent what it gives.
func (h *Helper) withoutServer(request *Credential, signIn *SignIn, err error) (*Credential, error) {
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		h.trace("%s is not ours", request.Origin)
		return nil, nil
	case !request.Origin.MayHaveToken():
		return nil, fmt.Errorf("%w to %s, which is not encrypted", ErrUnencrypted, request.Origin)
	case signIn != nil && !signIn.has(request.stateFingerprint()):
		return h.makeDo(request, signIn, err)
	case errors.Is(err, ErrNotSetUp):
		return nil, err
	}
	return quit(), err
}

// withoutKeyring answers where the keyring cannot be read: with a token that nobody has to be asked for, or else with the
// reason. A password is no help at a host that is ours, so git shall not ask for one there.
func (h *Helper) withoutKeyring(ctx context.Context, request *Credential, reason error) (*Credential, error) {
	if !request.Origin.MayHaveToken() {
		return nil, reason
	}
	server, err := h.Server(ctx, request, "")
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return nil, reason
	case err == nil && server.asksNobody():
		return h.mintUnkept(ctx, request, server, reason)
	}
	return quit(), reason
}

// fromRecord answers with what is stored and alive, nil if that cannot be.
func (h *Helper) fromRecord(record *Record, request *Credential) (*Credential, error) {
	account := record.find(request, h.now())
	if account == nil {
		return nil, nil
	}
	if account.Given != nil {
		h.trace("the credential was given by git's store")
		return account.answerGiven(request), nil
	}
	signIn := account.SignIn
	if !signIn.live(h.now()) || signIn.has(request.stateFingerprint()) {
		return nil, nil
	}
	if h.brakes(signIn, request) {
		return quit(), fmt.Errorf("%w: %s", ErrTokensRefused, request.Origin.Host())
	}
	h.trace("the stored token lives until %s", signIn.Expiry.Format(time.RFC3339))
	return signIn.answer(request, true)
}

// getDotted refuses to sign in to a host whose name ends in a dot, and says so where the name without it is ours. dotless
// is that origin.
func (h *Helper) getDotted(ctx context.Context, request *Credential, dotless Origin) (*Credential, error) {
	without := *request
	without.Origin = dotless
	if _, err := h.Server(ctx, &without, ""); errors.Is(err, errors.ErrUnsupported) {
		return nil, nil
	}
	return quit(), fmt.Errorf("%w: %s", ErrDotted, request.Origin.Host())
}

// makeDo makes do with the token that there is, if it still lives, and then tells only what the person has to mend.
// Otherwise it fails with the reason; a password would not help, so git shall not ask for one, unless the host may have
// another way in because nobody has signed in there yet, and somebody may be asked for it.
func (h *Helper) makeDo(request *Credential, signIn *SignIn, reason error) (*Credential, error) {
	switch {
	case signIn == nil && errors.Is(reason, ErrNobodyThere) && !errors.Is(reason, ErrNeverAsk):
		return nil, reason
	case !signIn.usable(h.now()):
		return quit(), reason
	}
	h.trace("%v; using the present token", reason)
	answer, err := signIn.answer(request, true)
	if err == nil && errors.Is(reason, ErrClientRefused) {
		err = reason
	}
	return answer, err
}
