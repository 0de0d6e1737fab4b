package flow

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"git-credential-grant/internal/secret"
)

// errNonce: an ID token was made for another sign-in, or nothing says for which.
var errNonce = fmt.Errorf("%w: the server's ID token does not hold its nonce (OpenID Connect Core, section 3.1.3.7)", ErrMixedUp)

// wantsNonce reports whether a sign-in is one of OpenID Connect. Some servers require a nonce then.
func (c *Client) wantsNonce() bool { return slices.Contains(c.Profile.Scopes, "openid") }

// checkNonce looks for the nonce that was sent in an ID token, if one has come: "if a nonce value was sent in the
// Authentication Request, a nonce Claim MUST be present and its value checked" (OpenID Connect Core, section 3.1.3.7, item
// 11). The signature need not be, as the token comes from the token endpoint itself (item 6).
func checkNonce(idToken string, nonce secret.String) error {
	if idToken == "" || nonce.IsZero() {
		return nil
	}
	_, rest, _ := strings.Cut(idToken, ".")
	payload, _, _ := strings.Cut(rest, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	var claims struct {
		Nonce secret.String `json:"nonce"`
	}
	if err != nil || json.Unmarshal(decoded, &claims) != nil || claims.Nonce != nonce {
		return errNonce
	}
	return nil
}
