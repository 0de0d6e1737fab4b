package command

import (
	"testing"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// TestUserAgent: every request names the program and its version.
func TestUserAgent(t *testing.T) {
	for version, want := range map[string]string{"1.2.3": "git-credential-grant/1.2.3", "(devel)": "git-credential-grant/devel"} {
		p := newProgram(version)
		s, err := p.session(subject{request: helper.RequestOf(helper.ParseOrigin("https://bitbucket.org"))}, gitconfig.Git{}, asSet, new(signals))
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.finder().described(t.Context(), s.about, gitconfig.Settings{ClientID: "id"}, "", false)
		if err != nil || found.client.UserAgent != want {
			t.Errorf("%s: %v, want %s", version, err, want)
		}
	}
}
