package testforge

import (
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The permissions a consumer can ask for.
const (
	scopeRead    = "repository"
	scopeWrite   = "repository:write"
	scopeAccount = "account"
)

var knownScopes = []string{scopeRead, scopeWrite, scopeAccount}

// grant is one sign-in: what a person has allowed the client. All tokens that
// come from it live and die with it.
type grant struct {
	clientID  string
	user      string // empty until the person has agreed
	scopes    []string
	began     time.Time
	exchanged bool // the code was used
	revoked   bool
}

func (g *grant) GetAMR() []string       { return nil }
func (g *grant) GetAudience() []string  { return []string{g.clientID} }
func (g *grant) GetAuthTime() time.Time { return g.began }
func (g *grant) GetClientID() string    { return g.clientID }
func (g *grant) GetSubject() string     { return g.user }
func (g *grant) GetScopes() []string    { return g.scopes }

// unused checks that the code was not exchanged yet. The second use of a code
// ends the sign-in (RFC 6749, section 4.1.2).
func (g *grant) unused() error {
	if !g.exchanged {
		return nil
	}
	g.revoked = true
	return oidc.ErrInvalidGrant().WithDescription("code used before")
}

func checkScopes(scopes []string) error {
	for _, scope := range withoutOffline(scopes) {
		if !slices.Contains(knownScopes, scope) {
			return oidc.ErrInvalidScope().WithDescription("unknown scope")
		}
	}
	return nil
}

var _ op.AuthRequest = (*authRequest)(nil)

// authRequest is a sign-in on its way from the authorize page to the tokens.
type authRequest struct {
	*oidc.AuthRequest
	*grant
	id string
}

func (r *authRequest) GetID() string    { return r.id }
func (r *authRequest) GetACR() string   { return "" }
func (r *authRequest) GetNonce() string { return r.Nonce }
func (r *authRequest) Done() bool       { return r.user != "" }

func (r *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	if r.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}

// GetScopes adds the scope without which the library issues no refresh token.
// Bitbucket does not ask for it.
func (r *authRequest) GetScopes() []string {
	return append(slices.Clone(r.scopes), oidc.ScopeOfflineAccess)
}

func withoutOffline(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool {
		return scope == oidc.ScopeOfflineAccess
	})
}

var _ op.RefreshTokenRequest = (*refreshRequest)(nil)

// refreshRequest is a sign-in about to get its next tokens, perhaps for fewer scopes.
type refreshRequest struct {
	*grant
	scopes []string
}

func (r *refreshRequest) GetScopes() []string              { return r.scopes }
func (r *refreshRequest) SetCurrentScopes(scopes []string) { r.scopes = scopes }

// sealing turns what the library calls a token, "id:subject", into what the
// client sees. It hides nothing, the id is random; it keeps to the characters
// of RFC 6750 and ends in one that URLs and forms must escape.
type sealing struct{}

// Encrypt implements [op.Crypto].
func (sealing) Encrypt(s string) (string, error) {
	id, subject, ok := strings.Cut(s, ":")
	if !ok {
		return s + "=", nil
	}
	return sealed(id, subject), nil
}

// Decrypt implements [op.Crypto].
func (sealing) Decrypt(token string) (string, error) {
	id, subject, ok := unsealed(token)
	if !ok {
		return "", op.ErrInvalidRefreshToken
	}
	return id + ":" + subject, nil
}

func sealed(id, subject string) string { return id + "." + subject + "=" }

func unsealed(token string) (id, subject string, ok bool) {
	return strings.Cut(strings.TrimSuffix(token, "="), ".")
}
