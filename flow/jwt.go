package flow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

// jwtLife is how long a JWT may be shown. Atlassian's own libraries give it as long.
const jwtLife = 180 * time.Second

// jwtClaims are the claims of a Bitbucket app's JWT: iss is the app's key, sub the client key of the workspace where
// it is installed (https://developer.atlassian.com/cloud/bitbucket/understanding-jwt-for-apps/).
type jwtClaims struct {
	jwt.RegisteredClaims
	// QueryHash ties the JWT to one request (https://developer.atlassian.com/cloud/bitbucket/query-string-hash/).
	QueryHash string `json:"qsh"`
}

// exchangeJWT swaps a JWT that the client signs with its secret for an access token
// (https://developer.atlassian.com/cloud/bitbucket/oauth-2-connect/). The client shows the JWT and nothing else.
func (c *Client) exchangeJWT(ctx context.Context) (*oauth2.Token, error) {
	signed, err := c.signJWT(time.Now())
	if err != nil {
		return nil, errors.New("the JWT cannot be signed")
	}
	return c.obtain(ctx, tokenRequest{
		on:   ForMint,
		form: c.scoped(url.Values{"grant_type": {c.Profile.JWTGrantType}}),
		// The scheme is spelt in capitals: Bitbucket heeds the case.
		authorization: secret.New("JWT " + signed),
		sent:          newSecrets(signed),
	})
}

// signJWT makes the JWT for one request of a token.
func (c *Client) signJWT(now time.Time) (string, error) {
	hash, err := queryHash(http.MethodPost, c.Profile.TokenURL)
	if err != nil {
		return "", err
	}
	claims := jwtClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: c.ID, Subject: c.Subject,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(jwtLife)),
		},
		QueryHash: hash,
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(c.Secret.Reveal()))
}

// queryHash is the hash of a request without a query: the method, the path and the empty query, joined by "&".
func queryHash(method, endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	path := strings.ReplaceAll(strings.TrimSuffix(u.EscapedPath(), "/"), "&", "%26")
	sum := sha256.Sum256([]byte(method + "&" + cmp.Or(path, "/") + "&"))
	return hex.EncodeToString(sum[:]), nil
}

// checkJWT reports what the JWT grant lacks.
func (c *Client) checkJWT() error {
	switch {
	case c.Profile.JWTGrantType == "":
		return fmt.Errorf("%s takes no JWT; that grant is Bitbucket's own", c.GitHost)
	case c.ID == "" || c.Subject == "":
		return errors.New("the grant jwt needs oauthJWTIssuer, the app's key, and oauthJWTSubject, its client key")
	}
	return nil
}
