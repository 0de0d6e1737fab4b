package flow

import (
	"net/http"
	"strings"
	"testing"

	"git-credential-grant/internal/secret"
)

// FuzzTokenAnswer: whatever a token endpoint answers, what comes of it is a token that fits into one line to git, or an
// error that fits into one on a terminal. Neither tells the secrets that were sent.
func FuzzTokenAnswer(f *testing.F) {
	f.Add(200, "application/json", `{"access_token":"at","token_type":"bearer","expires_in":7200,"refresh_token":"rt","scope":"repository"}`)
	f.Add(200, "application/json", `{"access_token":"at\nhost=evil.example","expires_in":"7200"}`)
	f.Add(200, "application/x-www-form-urlencoded", "access_token=at&expires_in=28800&scope=repo%2Cgist&token_type=bearer")
	f.Add(200, "text/plain", "error=bad_verification_code")
	f.Add(200, "application/json", `{"access_token":"at","expires_in":1e99}`)
	f.Add(400, "application/json", `{"error":"invalid_grant","error_description":"\u001b[2J SENT-REFRESH-TOKEN"}`)
	f.Add(503, "text/html", "<h1>Service Unavailable</h1>")
	var status int
	var kind, body string
	client := tokenServer(f, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		w.Write([]byte(body))
	})
	client.Secret = secret.New("SENT-SECRET")
	f.Fuzz(func(t *testing.T, s int, k, b string) {
		status, kind, body = 200+(s%400+400)%400, k, b
		token, err := client.Refresh(t.Context(), "SENT-REFRESH-TOKEN")
		if err != nil {
			wantText(t, err.Error(), nil, "SENT-REFRESH-TOKEN", client.Secret.Reveal())
			return
		}
		if token.AccessToken == "" || token.RefreshToken == "" || strings.ContainsAny(token.AccessToken, "\r\n\x00") {
			t.Errorf("%q became the token %q", body, token.AccessToken)
		}
	})
}
