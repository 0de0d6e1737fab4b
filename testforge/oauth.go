package testforge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The endpoints, as Bitbucket Cloud has them.
const (
	authorizePath = "/site/oauth2/authorize"
	consentPath   = "/site/oauth2/consent"
	tokenPath     = "/site/oauth2/access_token"
	revokePath    = "/site/oauth2/revoke"
	userPath      = "/2.0/user"
	// metadataPath is not Bitbucket's: a forge with which a test finds out the others.
	metadataPath = oidc.DiscoveryEndpoint
)

// newProvider sets up the OAuth2 server.
func (f *Forge) newProvider() (err error) {
	f.storage = &storage{
		client:   &consumer{id: f.ClientID, callback: f.callback, public: f.gitea},
		secret:   f.ClientSecret,
		settings: f.Settings,
		count:    f.count,
		requests: make(map[string]*authRequest),
		codes:    make(map[string]*authRequest),
		access:   make(map[string]*accessToken),
		refresh:  make(map[string]*refreshToken),
		devices:  make(map[string]*deviceRequest),
	}
	if f.storage.signer, err = newSigner(); err != nil {
		return err
	}
	f.provider, err = op.NewProvider(&op.Config{
		AuthMethodPost:        true,
		CodeMethodS256:        true,
		GrantTypeRefreshToken: true,
		DeviceAuthorization:   deviceConfig,
	}, f.storage, op.StaticIssuer(f.URL),
		op.WithAllowInsecure(),
		op.WithCORSOptions(nil),
		op.WithCrypto(sealing{}),
		op.WithCustomAuthEndpoint(op.NewEndpoint(authorizePath)),
		op.WithCustomTokenEndpoint(op.NewEndpoint(tokenPath)),
		op.WithCustomRevocationEndpoint(op.NewEndpoint(revokePath)),
		op.WithCustomDeviceAuthorizationEndpoint(op.NewEndpoint(devicePath)),
	)
	return err
}

func (f *Forge) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	f.count("authorize")
	if !f.storage.client.allows(r.FormValue("redirect_uri")) {
		w.WriteHeader(http.StatusBadRequest)
		errorPage.Execute(w, "Invalid redirect_uri")
		return
	}
	f.provider.ServeHTTP(w, r)
}

// serveMetadata is what the OAuth2 server says of itself (OpenID Connect Discovery).
func (f *Forge) serveMetadata(w http.ResponseWriter, r *http.Request) {
	f.count("metadata")
	f.provider.ServeHTTP(w, r)
}

func (f *Forge) serveToken(w http.ResponseWriter, r *http.Request) {
	settings := f.Settings()
	time.Sleep(settings.TokenDelay)
	grantType := r.PostFormValue("grant_type")
	if grantType == jwtGrantType {
		f.serveJWT(w, r)
		return
	}
	if grantType == string(oidc.GrantTypeClientCredentials) && settings.Consumer != "private" {
		f.countGrant(grantType, http.StatusBadRequest)
		oauthError(w, http.StatusBadRequest, "invalid_request", consumerRefusals[settings.Consumer])
		return
	}
	if !slices.Contains(f.storage.client.GrantTypes(), oidc.GrantType(grantType)) {
		oauthError(w, http.StatusBadRequest, "invalid_grant", "Unsupported grant type: "+cmp.Or(grantType, "None"))
		return
	}
	if grantType == string(oidc.GrantTypeDeviceCode) && !f.storage.authenticateDevice(r) {
		f.countGrant(grantType, http.StatusUnauthorized)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "wrong id or secret")
		return
	}
	if settings.IgnorePKCE {
		r.Form.Del("code_verifier")
	}
	answer := httptest.NewRecorder()
	f.provider.ServeHTTP(answer, r)
	f.countGrant(grantType, answer.Code)
	if answer.Code == http.StatusOK {
		dialect(answer, grantType, settings)
	} else if grantType != string(oidc.GrantTypeDeviceCode) {
		f.reword(answer, r)
	}
	copyAnswer(w, answer)
}

// consumerRefusals are Bitbucket's words to a consumer that may not act for itself.
var consumerRefusals = map[string]string{
	"public": `Cannot use client_credentials with a consumer marked as "public". ` +
		`Calls for auto generated consumers should use urn:bitbucket:oauth2:jwt instead.`,
	"no-callback": "No callback uri defined for the OAuth client.",
}

func (f *Forge) countGrant(grantType string, code int) {
	name := map[oidc.GrantType]string{
		oidc.GrantTypeCode:              "exchange",
		oidc.GrantTypeRefreshToken:      "refresh",
		oidc.GrantTypeClientCredentials: "credentials",
		oidc.GrantTypeDeviceCode:        "poll",
	}[oidc.GrantType(grantType)]
	if code == http.StatusOK {
		f.count(name + "_ok")
	} else {
		f.count(name + "_refused")
	}
}

// dialect rewrites the library's token answer as Bitbucket Cloud words it. Its
// "state" is the kind of grant, not the one of the authorization request.
func dialect(answer *httptest.ResponseRecorder, grantType string, settings Settings) {
	var tokens oidc.AccessTokenResponse
	if err := json.Unmarshal(answer.Body.Bytes(), &tokens); err != nil {
		panic(err)
	}
	fields := map[string]any{
		"access_token":      tokens.AccessToken,
		"token_type":        strings.ToLower(tokens.TokenType),
		"expires_in":        int(settings.Lifetime.Seconds()),
		"state":             grantType,
		settings.ScopeField: strings.Join(withoutOffline(tokens.Scope), " "),
	}
	if tokens.RefreshToken != "" {
		fields["refresh_token"] = tokens.RefreshToken
	}
	if settings.ExpiresIn != "" {
		fields["expires_in"] = json.RawMessage(settings.ExpiresIn)
	}
	answer.Body.Reset()
	settings.write(answer, fields)
}

// write gives a token answer its form. All of them are answers that real servers give.
func (s Settings) write(answer *httptest.ResponseRecorder, fields map[string]any) {
	switch s.Answer {
	case "text":
		answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	case "form":
		answer.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, fmt.Sprint(value))
		}
		answer.Body.WriteString(form.Encode())
		return
	case "bom":
		answer.Body.WriteString("\ufeff")
	case "error-false":
		fields["error"] = false
	}
	json.NewEncoder(answer.Body).Encode(fields)
}

func copyAnswer(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

// serveUser is Bitbucket's "current user", which needs the scope account.
func (f *Forge) serveUser(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	user, scopes, ok := f.storage.live(token)
	switch {
	case !ok:
		w.Header().Set("WWW-Authenticate", `OAuth realm="`+realm+`"`)
		apiError(w, http.StatusUnauthorized, "Access token expired.")
	case !slices.Contains(scopes, scopeAccount):
		apiError(w, http.StatusForbidden, "Forbidden")
	default:
		writeJSON(w, http.StatusOK, map[string]string{
			"type":         "user",
			"username":     user, // Bitbucket's
			"login":        user, // Gitea's
			"display_name": strings.ToUpper(user[:1]) + user[1:],
		})
	}
}

func oauthError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}

func apiError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]any{
		"type":  "error",
		"error": map[string]string{"message": message},
	})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
