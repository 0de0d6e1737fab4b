package command

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// TestClock: a clock that is minutes away from the server's is a problem, and which way is said.
func TestClock(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_DATA_HOME", "")
	var ahead time.Duration
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
	}))
	defer server.Close()
	for _, test := range []struct {
		ahead    time.Duration
		problems int
		says     string
	}{
		{0, 0, ""},
		{-time.Minute, 0, ""},
		{-time.Hour, 1, " ahead of that of 127.0.0.1:"},
		{-time.Hour - time.Minute, 1, " by 1h1m\n"},
		{time.Hour, 1, " behind that of 127.0.0.1:"},
	} {
		ahead = test.ahead
		var said bytes.Buffer
		p := newProgram("")
		p.voice.stdout, p.options.store = &said, "file"
		about := subject{request: helper.RequestOf(helper.ParseOrigin(server.URL))}
		s, err := p.session(about, gitconfig.Git{}, asSet, new(signals))
		if err != nil {
			t.Fatal(err)
		}
		s.settings.read = map[string]gitconfig.Settings{about.settingsURL(): {Provider: "bitbucket", ClientID: "key"}}
		e := &examination{session: s, about: s.about, settings: s.settings}
		e.checkServer(t.Context())
		if e.problems != test.problems || !strings.Contains(said.String(), test.says) {
			t.Errorf("%v ahead: %d problems:\n%s", test.ahead, e.problems, said.String())
		}
	}
}
