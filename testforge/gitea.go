package testforge

import (
	"net/http"
	"strings"
)

const (
	giteaRealm = "Gitea"
	// giteaClient is the public client that every Gitea has (https://docs.gitea.com/development/oauth2-provider).
	giteaClient = "a4792ccc-144e-407e-86c9-5e7d8d9c3269"
)

// giteaPaths are where Gitea has its endpoints, and what these are here.
var giteaPaths = map[string]string{
	"/login/oauth/authorize":    authorizePath,
	"/login/oauth/access_token": tokenPath,
	"/api/v1/user":              userPath,
}

// asGitea serves a forge at Gitea's paths instead of its own, but for those to which it sends the browser itself.
func asGitea(forge http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if own, ok := giteaPaths[r.URL.Path]; ok {
			r.URL.Path = own
			everyScope(r)
		} else if r.URL.Path == tokenPath || r.URL.Path == userPath {
			http.NotFound(w, r)
			return
		}
		forge.ServeHTTP(w, r)
	})
}

// everyScope makes a request that names no scope one for all of them, as they are meant there.
func everyScope(r *http.Request) {
	if query := r.URL.Query(); query.Has("client_id") && !query.Has("scope") {
		query.Set("scope", strings.Join(knownScopes, " "))
		r.URL.RawQuery = query.Encode()
	}
}
