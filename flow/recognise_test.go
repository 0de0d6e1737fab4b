package flow

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestRecognise: a host is asked as git would ask it, and by its metadata where it does not tell a realm. Answers are those
// of Gitea 1.26, of GitLab 18 and of Bitbucket Data Center.
func TestRecognise(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	for name, test := range map[string]struct {
		base  string
		serve func(w http.ResponseWriter, path string)
		want  string
	}{
		"by the realm": {"", func(w http.ResponseWriter, path string) {
			w.Header().Set("WWW-Authenticate", `Basic realm="GitLab"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, "gitlab"},
		"by the realm below /scm": {"", func(w http.ResponseWriter, path string) {
			if strings.HasPrefix(path, "/scm/") {
				w.Header().Set("WWW-Authenticate", `Basic realm="Atlassian Bitbucket"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.WriteHeader(http.StatusNotFound)
		}, "bitbucket-dc"},
		"by the metadata": {"", func(w http.ResponseWriter, path string) {
			if path == "/.well-known/openid-configuration" {
				w.Write([]byte(`{"authorization_endpoint": "` + server.URL + `/login/oauth/authorize", "token_endpoint": "` + server.URL + `/login/oauth/access_token"}`))
				return
			}
			w.WriteHeader(http.StatusNotFound)
		}, "gitea"},
		"below a path": {"/git", func(w http.ResponseWriter, path string) {
			if path == "/git/.well-known/openid-configuration" {
				w.Write([]byte(`{"authorization_endpoint": "` + server.URL + `/git/login/oauth/authorize", "token_endpoint": "` + server.URL + `/git/login/oauth/access_token"}`))
				return
			}
			w.WriteHeader(http.StatusNotFound)
		}, "gitea"},
		"metadata of another server": {"", func(w http.ResponseWriter, path string) {
			w.Write([]byte(`{"authorization_endpoint": "https://gitea.com/login/oauth/authorize", "token_endpoint": "https://gitea.com/login/oauth/access_token"}`))
		}, ""},
		"a web page": {"", func(w http.ResponseWriter, path string) { w.Write([]byte("<html>")) }, ""},
	} {
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { test.serve(w, r.URL.Path) }))
		host, _ := url.Parse(server.URL + test.base)
		profile, found, _ := (&Client{}).Recognise(t.Context(), host)
		if profile.Name != test.want || found != (test.want != "") {
			t.Errorf("%s: it is %q", name, profile.Name)
		}
		server.Close()
	}
}
