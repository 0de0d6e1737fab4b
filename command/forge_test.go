package command

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// TestUserAgent: every request names the program and its version.
func TestUserAgent(t *testing.T) {
	agents := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { agents <- r.UserAgent() }))
	t.Cleanup(server.Close)
	origin := helper.ParseOrigin(server.URL)
	for version, want := range map[string]string{"1.2.3": "git-credential-grant/1.2.3", "(devel)": "git-credential-grant/devel"} {
		p := newProgram(version)
		s, err := p.session(subject{request: helper.RequestOf(origin)}, gitconfig.Git{}, asSet, new(signals))
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Transport: s.finder().transport(origin)}
		if _, err := client.Get(server.URL); err != nil {
			t.Fatal(err)
		}
		if agent := <-agents; agent != want {
			t.Errorf("%s: %s, want %s", version, agent, want)
		}
	}
}
