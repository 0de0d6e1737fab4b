package store

import "testing"

func TestLabel(t *testing.T) {
	for key, want := range map[string]string{
		"https://bitbucket.org": "git-credential-grant: https://bitbucket.org",
		"a\x00\n\xffb":          "git-credential-grant: a\ufffd\ufffd\ufffdb",
	} {
		if got := newItem(key).label; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
