package testforge

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// The app whose JWTs the forge takes, and the secret that they share.
const (
	AppKey       = "forge-app"
	AppClientKey = "forge-app:acme"
	AppSecret    = "forge-app-shared-secret-of-32-bytes"
)

const (
	jwtGrantType = "urn:bitbucket:oauth2:jwt"
	// jwtQueryHash is that of POST&/site/oauth2/access_token&
	// (https://developer.atlassian.com/cloud/bitbucket/query-string-hash/).
	jwtQueryHash = "f045c19462bc33df6431a1f69800ff8fc9e839dfea9d080be9f2bcd59360c73b"
	jwtLife      = 180 * time.Second
)

// serveJWT swaps an app's JWT for an access token, as strictly as Bitbucket's
// documentation is to be read.
func (f *Forge) serveJWT(w http.ResponseWriter, r *http.Request) {
	if err := checkJWT(r); err != nil {
		f.count("jwt_refused")
		oauthError(w, http.StatusUnauthorized, "invalid_client", err.Error())
		return
	}
	scopes := strings.Fields(r.PostFormValue("scope"))
	if err := checkScopes(scopes); err != nil {
		f.count("jwt_refused")
		oauthError(w, http.StatusBadRequest, "invalid_scope", "unknown scope")
		return
	}
	f.count("jwt_ok")
	writeJSON(w, http.StatusOK, f.storage.appToken(scopes))
}

// appToken issues an access token for the app.
func (s *storage) appToken(scopes []string) map[string]any {
	if len(scopes) == 0 {
		scopes = knownScopes
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _ := s.newAccessToken(&grant{clientID: AppKey, user: serviceUser, scopes: scopes}, scopes)
	settings := s.settings()
	return map[string]any{
		"access_token":      sealed(id, serviceUser),
		"token_type":        "bearer",
		"expires_in":        int(settings.Lifetime.Seconds()),
		settings.ScopeField: strings.Join(scopes, " "),
	}
}

// checkJWT checks the JWT of a request. The scheme is case sensitive, and the
// form says nothing of a client: the JWT does.
func checkJWT(r *http.Request) error {
	signed, ok := strings.CutPrefix(r.Header.Get("Authorization"), "JWT ")
	if !ok {
		return errors.New("no JWT")
	}
	if r.PostForm.Has("client_id") || r.PostForm.Has("client_secret") {
		return errors.New("a client beside the JWT")
	}
	token, err := jwt.ParseSigned(signed, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return errors.New("not a JWT by HS256")
	}
	var claims jwt.Claims
	var atlassian struct {
		QueryHash string `json:"qsh"`
	}
	if err := token.Claims([]byte(AppSecret), &claims, &atlassian); err != nil {
		return errors.New("wrong signature")
	}
	switch {
	case claims.IssuedAt == nil || claims.Expiry == nil || claims.Expiry.Time().Sub(claims.IssuedAt.Time()) != jwtLife:
		return errors.New("wrong exp")
	case claims.ValidateWithLeeway(jwt.Expected{Issuer: AppKey, Subject: AppClientKey, Time: time.Now()}, time.Minute) != nil:
		return errors.New("wrong iss, sub or time")
	case atlassian.QueryHash != jwtQueryHash:
		return errors.New("wrong qsh")
	}
	return nil
}
