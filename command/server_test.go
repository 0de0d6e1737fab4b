package command

import (
	"testing"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// TestUserAgent: every request names the program and its version.
func TestUserAgent(t *testing.T) {
	for version, want := range map[string]string{"1.2.3": "git-credential-grant/1.2.3", "(devel)": "git-credential-grant/devel"} {
		s := &session{program: &program{version: version}, request: helper.RequestOf(helper.ParseOrigin("https://bitbucket.org"))}
		found, err := s.forgeOf(t.Context(), s.request, gitconfig.Settings{ClientID: "id"}, "", false)
		if err != nil || found.client.UserAgent != want {
			t.Errorf("%s: %v, want %s", version, err, want)
		}
	}
}
