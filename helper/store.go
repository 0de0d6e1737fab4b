package helper

import (
	"context"
	"slices"
	"strings"
)

// Store keeps a credential that has just worked, as git's store asks: one that a person typed, or that another
// helper gave. A token that this helper gave out is not taken in, because git before 2.41 tells only half of what
// belongs to it, and a process that started earlier may bring one that has been replaced since. Our state[], with git
// 2.46 and later, or its fingerprint tells such a token without a look into the keyring.
func (h *Helper) Store(ctx context.Context, credential *Credential) error {
	credential = credential.withoutBasic()
	origin := credential.Origin
	secret, present := credential.secret()
	if origin == (Origin{}) || !present || credential.is("ephemeral") {
		return nil
	}
	fingerprint := fingerprintOf(secret)
	if credential.stateFingerprint() == fingerprint {
		return nil
	}
	if h.Fingerprints != nil && slices.Contains(strings.Fields(h.Fingerprints(origin.String())), fingerprint) {
		return nil
	}
	err := h.update(ctx, origin, func(record *Record) {
		if record.signInWith(fingerprint) == nil {
			record.keep(given(credential))
		}
	})
	if err != nil && origin.MayHaveToken() {
		// A token that was minted where nothing can be kept comes back here.
		if server, unknown := h.Server(ctx, credential, ""); unknown == nil && server.Mint != nil {
			return nil
		}
	}
	return err
}
