package testforge

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what the OAuth2 server remembers.
type storage struct {
	// Nil: plain OAuth2 leads to no method that is not overridden below.
	op.Storage

	client   *consumer
	secret   string
	settings func() Settings
	count    func(name string)
	signer   signer

	mu       sync.Mutex
	requests map[string]*authRequest   // by id
	codes    map[string]*authRequest   // by code, used ones included
	access   map[string]*accessToken   // by token id
	refresh  map[string]*refreshToken  // by token, used ones included
	devices  map[string]*deviceRequest // by device code, used ones included
}

type accessToken struct {
	*grant
	scopes  []string
	expires time.Time
}

// refreshPrefix is how refresh tokens begin.
const refreshPrefix = "refresh-"

type refreshToken struct {
	*grant
	used time.Time // zero until it was used
}

// GetClientByClientID finds the one client there is.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.client.id {
		return nil, oidc.ErrInvalidClient()
	}
	return s.client, nil
}

// AuthorizeClientIDSecret checks the client's secret.
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.client.id || subtle.ConstantTimeCompare([]byte(secret), []byte(s.secret)) == 0 {
		return errors.New("wrong id or secret")
	}
	return nil
}

// CreateAuthRequest begins a sign-in.
func (s *storage) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if err := checkScopes(r.Scopes); err != nil {
		return nil, err
	}
	if s.settings().IgnorePKCE {
		r.CodeChallenge = ""
	}
	request := &authRequest{
		AuthRequest: r,
		grant:       &grant{clientID: r.ClientID, scopes: s.allowed(r.Scopes), began: time.Now()},
		id:          "code-" + rand.Text(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[request.id] = request
	return request, nil
}

// allowed are the scopes that the consumer has a permission for.
func (s *storage) allowed(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool {
		return scope == scopeWrite && s.settings().Consumer == "read-only"
	})
}

// approve ends the consent page: user has agreed.
func (s *storage) approve(id, user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, ok := s.requests[id]
	if !ok {
		return errUnknownRequest
	}
	request.user = user
	return nil
}

var errUnknownRequest = errors.New("unknown authorization request")

// AuthRequestByID finds a sign-in that has not got its tokens yet.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, ok := s.requests[id]
	if !ok {
		return nil, errUnknownRequest
	}
	return request, nil
}

// SaveAuthCode gives a sign-in the code that is on its way to the client.
func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = s.requests[id]
	return nil
}

// AuthRequestByCode finds the sign-in of a code.
func (s *storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, ok := s.codes[code]
	if !ok {
		return nil, errors.New("unknown code")
	}
	if err := request.unused(); err != nil {
		return nil, err
	}
	return request, nil
}

// DeleteAuthRequest ends a sign-in's authorization. Its code is remembered.
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	return nil
}

// TokenRequestByRefreshToken finds the sign-in of a refresh token.
func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.usable(token)
	if err != nil {
		return nil, err
	}
	return &refreshRequest{grant: t.grant, scopes: t.grant.scopes}, nil
}

// usable finds a refresh token. The use of a rotated one ends the sign-in with
// all its tokens (RFC 9700, section 4.14.2).
func (s *storage) usable(token string) (*refreshToken, error) {
	t, ok := s.refresh[token]
	if !ok || t.revoked {
		return nil, oidc.ErrInvalidGrant().WithDescription("unknown or revoked refresh_token")
	}
	if !t.used.IsZero() && time.Since(t.used) >= s.settings().Grace {
		t.revoked = true
		s.count("refresh_reuse")
		return nil, oidc.ErrInvalidGrant().WithDescription("refresh_token used before")
	}
	return t, nil
}

// spent reports whether a refresh token is one that was used before.
func (s *storage) spent(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[token]
	return ok && !t.used.IsZero()
}

// CreateAccessAndRefreshTokens issues the tokens of a code, or of the refresh
// token current. The checks are those made when the request came in: another
// request with the same code or token may have been faster.
func (s *storage) CreateAccessAndRefreshTokens(
	_ context.Context, r op.TokenRequest, current string,
) (id, refresh string, expires time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var g *grant
	switch r := r.(type) {
	case *authRequest:
		g = r.grant
		refresh, err = s.firstRefreshToken(g)
	case *op.DeviceAuthorizationState:
		if g, err = s.deviceGrant(r); err == nil {
			refresh, err = s.firstRefreshToken(g)
		}
	case *refreshRequest:
		g = r.grant
		refresh, err = s.nextRefreshToken(current)
	}
	if err != nil {
		return "", "", time.Time{}, err
	}
	id, expires = s.newAccessToken(g, withoutOffline(r.GetScopes()))
	return id, refresh, expires, nil
}

func (s *storage) firstRefreshToken(g *grant) (string, error) {
	if err := g.unused(); err != nil {
		return "", err
	}
	g.exchanged = true
	if s.settings().Refresh == "none" {
		return "", nil
	}
	return s.newRefreshToken(g), nil
}

func (s *storage) nextRefreshToken(current string) (string, error) {
	t, err := s.usable(current)
	if err != nil {
		return "", err
	}
	switch s.settings().Refresh {
	case "constant":
		return current, nil
	case "rotate":
		if t.used.IsZero() {
			t.used = time.Now()
		}
		return s.newRefreshToken(t.grant), nil
	}
	return "", nil
}

func (s *storage) newRefreshToken(g *grant) string {
	token := pad(refreshPrefix+rand.Text(), s.settings().TokenBytes)
	s.refresh[token] = &refreshToken{grant: g}
	return token
}

func (s *storage) newAccessToken(g *grant, scopes []string) (id string, expires time.Time) {
	settings := s.settings()
	id = pad("access-"+rand.Text(), settings.TokenBytes-len(sealed("", g.user)))
	expires = time.Now().Add(settings.Lifetime)
	s.access[id] = &accessToken{grant: g, scopes: scopes, expires: expires}
	return id, expires
}

// pad makes a token as long as asked. Only its head is random, so that a test
// can look for "access-" where no token may be.
func pad(token string, length int) string {
	return token + strings.Repeat("-", max(0, length-len(token)))
}

var _ op.ClientCredentialsStorage = (*storage)(nil)

// ClientCredentials authenticates a client that acts for itself.
func (s *storage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	return s.client, s.AuthorizeClientIDSecret(ctx, id, secret)
}

// ClientCredentialsTokenRequest begins what needs no sign-in.
func (s *storage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	if len(scopes) == 0 {
		scopes = knownScopes
	}
	return &grant{clientID: id, user: serviceUser, scopes: scopes}, checkScopes(scopes)
}

// serviceUser is who a client is that acts for itself.
const serviceUser = "app_user"

// CreateAccessToken issues an access token that no refresh token goes with.
func (s *storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (id string, expires time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, expires = s.newAccessToken(r.(*grant), r.GetScopes())
	return id, expires, nil
}

// live finds an access token that is neither expired nor revoked.
func (s *storage) live(token string) (user string, scopes []string, ok bool) {
	id, _, ok := unsealed(token)
	if !ok {
		return "", nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[id]
	if !ok || t.revoked || !time.Now().Before(t.expires) {
		return "", nil, false
	}
	return t.user, t.scopes, true
}

// GetRefreshTokenInfo tells a refresh token from others.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (user, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return t.user, token, nil
}

// RevokeToken ends the life of one access token, given by its id, or with a
// refresh token that of its whole sign-in.
func (s *storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.access, token)
	if t, ok := s.refresh[token]; ok {
		t.revoked = true
	}
	return nil
}

func (s *storage) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.access {
		t.expires = time.Now()
	}
}

func (s *storage) revokeAccess() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

func (s *storage) revokeRefresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.refresh)
}

// SetUserinfoFromScopes says nothing: the id_token does not leave the forge.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SigningKey signs the id_token that the library insists on.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	return s.signer, nil
}

// SignatureAlgorithms are for the metadata.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.signer.SignatureAlgorithm()}, nil
}

type signer struct{ key *ecdsa.PrivateKey }

func newSigner() (signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return signer{key}, err
}

func (s signer) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (s signer) Key() any                                    { return s.key }
func (s signer) ID() string                                  { return "forge" }
