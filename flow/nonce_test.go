package flow

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// idToken makes an ID token of a payload; the signature is nobody's.
func idToken(payload string) string {
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJl"
}

// TestNonce: whoever asks for openid sends a nonce, never the same one, and takes an ID token with that one alone (OpenID
// Connect Core, section 3.1.3.7, item 11).
func TestNonce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, test := range []struct {
		name, scopes string
		idToken      string // NONCE stands for what was sent
		taken        bool
	}{
		{"no ID token", "openid", "", true},
		{"the nonce", "repository openid", idToken(`{"sub":"alice","nonce":"NONCE"}`), true},
		{"with padding", "openid", "e30." + base64.URLEncoding.EncodeToString([]byte(`{"nonce":"NONCE"}`)) + ".", true},
		{"another nonce", "openid", idToken(`{"nonce":"another"}`), false},
		{"a part of it", "openid", idToken(`{"nonce":""}`), false},
		{"no nonce", "openid", idToken(`{"sub":"alice"}`), false},
		{"a nonce that is none", "openid", idToken(`{"nonce":["NONCE"]}`), false},
		{"no token", "openid", "NONCE", false},
		{"no payload", "openid", "e30.!.c2ln", false},
		{"no object", "openid", idToken(`"NONCE"`), false},
		{"without openid", "repository", idToken(`{"nonce":"another"}`), true},
		{"what is only like openid", "openid2", "nonsense", true},
	} {
		var nonce string
		client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
			token := test.idToken
			if header, rest, found := strings.Cut(token, "."); found {
				payload, signature, _ := strings.Cut(rest, ".")
				decoded, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
				if len(decoded) > 0 {
					payload = base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(string(decoded), "NONCE", nonce)))
				}
				token = header + "." + payload + "." + signature
			}
			answerJSON(w, http.StatusOK, fmt.Sprintf(`{"access_token":"the-token","id_token":%q}`, strings.ReplaceAll(token, "NONCE", nonce)))
		})
		client.Profile.Scopes, client.Profile.UserInfoURL = strings.Fields(test.scopes), ""
		token, _, visited, err := signInBy(t, client, func(address string) string {
			nonce = query(t, address).Get("nonce")
			return answering(t, url.Values{"code": {"the code"}})(address)
		})
		if (err == nil) != test.taken || (token != nil) != test.taken {
			t.Errorf("%s: %v", test.name, err)
		}
		if err != nil {
			wantText(t, err.Error(), []string{"nonce"}, nonce, "the-token")
			wantText(t, strings.ReplaceAll(visited.page, "\n", " ")[:200], nil, nonce)
		}
		if asked := len(nonce) >= 26; asked != strings.Contains(" "+test.scopes+" ", " openid ") || asked && seen[nonce] {
			t.Errorf("%s: the nonce is %q", test.name, nonce)
		}
		seen[nonce] = true
	}
}
