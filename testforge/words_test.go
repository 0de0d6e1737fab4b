package testforge_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"git-credential-grant/testforge"
)

// TestRefusals: what a forge says is what the real one says, whatever RFC 6749 wants.
func TestRefusals(t *testing.T) {
	bitbucket, gitea := start(t, testforge.Options{}), start(t, testforge.Options{Gitea: true})
	config := client(bitbucket, "repository")
	ended := signIn(t, config, testforge.Browser{}).RefreshToken
	bitbucket.RevokeGrants()
	for _, test := range []struct {
		forge             *testforge.Forge
		path, id, secret  string
		refreshToken      string
		code, description string
	}{
		{bitbucket, "/site/oauth2/access_token", "forge-client", "forge-secret", ended, "invalid_request", "Invalid refresh_token"},
		{bitbucket, "/site/oauth2/access_token", "forge-client", "forge-secret", "none", "invalid_request", "Invalid refresh_token"},
		{bitbucket, "/site/oauth2/access_token", "forge-client", "wrong", "none", "unauthorized_client", "Invalid OAuth client credentials"},
		{gitea, "/login/oauth/access_token", gitea.ClientID, "", "none", "unauthorized_client", "unable to parse refresh token"},
		{gitea, "/login/oauth/access_token", gitea.ClientID, "", "refresh-none", "invalid_grant", "grant does not exist"},
		{gitea, "/login/oauth/access_token", "nobody", "", "none", "invalid_client", `cannot load client with client id: "nobody"`},
	} {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {test.refreshToken}, "client_id": {test.id}}
		if test.secret != "" {
			form.Set("client_secret", test.secret)
		}
		answer, err := http.PostForm(test.forge.URL+test.path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var said struct {
			Code        string `json:"error"`
			Description string `json:"error_description"`
		}
		if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
			t.Error(err)
		}
		if answer.StatusCode != http.StatusBadRequest || said.Code != test.code || said.Description != test.description {
			t.Errorf("%s: %s %+v, want %s", test.refreshToken, answer.Status, said, test.description)
		}
	}
}
