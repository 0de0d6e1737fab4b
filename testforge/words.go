package testforge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// A refusal is an error answer of a token endpoint.
type refusal struct{ code, description string }

// reword has the forge refuse in its own words, where they are known, instead of the library's, which are those of
// RFC 6749, section 5.2. Few forges keep to that.
func (f *Forge) reword(answer *httptest.ResponseRecorder, r *http.Request) {
	var said oidc.Error
	if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil {
		panic(err)
	}
	refused := bitbucketRefusal(string(said.ErrorType), r)
	if f.gitea {
		refused = f.giteaRefusal(string(said.ErrorType), r)
	}
	if refused.code != "" {
		answer.Code = http.StatusBadRequest
		answer.Body.Reset()
		json.NewEncoder(answer.Body).Encode(map[string]string{"error": refused.code, "error_description": refused.description})
	}
}

// bitbucketRefusal: what Bitbucket Cloud says of a code is not known. The sources:
// https://community.atlassian.com/t5/Bitbucket-questions/OAuth-Invalid-refresh-token/qaq-p/1545002 and
// https://github.com/readthedocs/readthedocs.org/issues/2992 for a refresh token that has ended, and
// https://github.com/harness/harness/issues/1650 for a wrong key or secret.
func bitbucketRefusal(code string, r *http.Request) refusal {
	refresh := r.PostFormValue("grant_type") == string(oidc.GrantTypeRefreshToken)
	switch {
	case code == string(oidc.InvalidClient):
		return refusal{"unauthorized_client", "Invalid OAuth client credentials"}
	case code == string(oidc.InvalidGrant) && refresh:
		return refusal{"invalid_request", "Invalid refresh_token"}
	}
	return refusal{}
}

// giteaRefusal: each line was answered by Gitea 1.26.0, and is in routers/web/auth/oauth2_provider.go there.
func (f *Forge) giteaRefusal(code string, r *http.Request) refusal {
	refreshToken := r.PostFormValue("refresh_token")
	switch {
	case code == string(oidc.InvalidClient):
		return refusal{"invalid_client", fmt.Sprintf("cannot load client with client id: %q", r.PostFormValue("client_id"))}
	case code != string(oidc.InvalidGrant):
		return refusal{}
	case refreshToken == "":
		return refusal{"unauthorized_client", "client is not authorized"}
	case !strings.HasPrefix(refreshToken, refreshPrefix):
		return refusal{"unauthorized_client", "unable to parse refresh token"}
	case f.storage.spent(refreshToken):
		return refusal{"unauthorized_client", "token was already used"}
	}
	return refusal{"invalid_grant", "grant does not exist"}
}
