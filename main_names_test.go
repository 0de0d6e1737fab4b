package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// tellsNames reports whether git tells its helpers the user name in a URL. With curl 8.23 it does not: curl gives back the
// address of a request without the name (https://github.com/curl/curl/pull/23016), and git takes that for a redirect to
// another place. credential.username gets there all the same.
var tellsNames = sync.OnceValue(func() bool {
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", "Basic realm=x")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer host.Close()
	git := exec.Command("git", "-c", "credential.helper=", "-c", "credential.helper=!cat >&2 && echo quit=1 #",
		"ls-remote", strings.Replace(host.URL, "//", "//alice@", 1))
	git.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
	said, _ := git.CombinedOutput()
	return strings.Contains(string(said), "username=alice")
})
