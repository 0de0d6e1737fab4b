package helper

import "testing"

// TestURL is what git matches its config against.
func TestURL(t *testing.T) {
	for request, want := range map[string]string{
		"":                                    "https://git.example/",
		"path=acme/app.git\n":                 "https://git.example/acme/app.git",
		"username=alice\n":                    "https://alice@git.example/",
		"username=a@b/c\npath=a b/c%?#.git\n": "https://a%40b%2Fc@git.example/a%20b/c%25%3F%23.git",
		"path=\xe9/c.git\n":                   "https://git.example/%E9/c.git",
	} {
		if got := parse(t, ask+request).URL(); got != want {
			t.Errorf("%q is about %s, want %s", request, got, want)
		}
	}
}
