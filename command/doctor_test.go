package command

import (
	"bytes"
	"context"
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
		e, said := examinationOf(t, server.URL)
		e.checkServer(t.Context())
		if e.problems != test.problems || !strings.Contains(said.String(), test.says) {
			t.Errorf("%v ahead: %d problems:\n%s", test.ahead, e.problems, said.String())
		}
	}
}

// TestServer: a server that is broken is a problem, and one that knows no HEAD is none.
func TestServer(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_DATA_HOME", "")
	for status, says := range map[int]string{
		http.StatusOK:                 "",
		http.StatusFound:              "",
		http.StatusNotFound:           "hint: if the forge is below a path of the host: git-credential-grant login ",
		http.StatusServiceUnavailable: "hint: run the command again later; if it stays: git-credential-grant login ",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusNotImplemented)
				return
			}
			w.WriteHeader(status)
		}))
		e, said := examinationOf(t, server.URL)
		e.checkServer(t.Context())
		server.Close()
		if wrong := says != ""; (e.problems > 0) != wrong || !strings.Contains(said.String(), says) {
			t.Errorf("status %d: %d problems:\n%s", status, e.problems, said)
		}
	}
}

// examinationOf is one of a Bitbucket with a client, and what it says.
func examinationOf(t *testing.T, url string) (*examination, *bytes.Buffer) {
	t.Helper()
	var said bytes.Buffer
	p := newProgram("")
	p.voice.stdout, p.options.store = &output{to: &said}, "file"
	about := subject{request: helper.RequestOf(helper.ParseOrigin(url))}
	s, err := p.session(about, p.options, gitconfig.Git{}, asSet, new(signals))
	if err != nil {
		t.Fatal(err)
	}
	s.settings.read = map[string]gitconfig.Settings{about.settingsURL(): {Provider: "bitbucket", ClientID: "key"}}
	return &examination{session: s, about: s.about, settings: s.settings}, &said
}

// TestMendFlags: what a flag was probably meant to be, and what is left out.
func TestMendFlags(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given, want string
		faults      int
	}{
		{"", "", 0},
		{"--store file --trace", "--store=file --trace", 0},
		{"-device=false -timeout=1h", "--device=false --timeout=1h", 0},
		{"-bearer", "", 1},
		{"-verbose", "--trace", 1},
		{"--no-ui", "--no-browser", 1},
		{"--devise", "--device", 1},
		{"--nobrowser", "--no-browser", 1},
		{"--timeout 5", "--timeout=5m", 1},
		{"--timeout=600", "--timeout=600s", 1},
		{"--timeout -5m", "", 1},
		{"--timeout", "", 1},
		{"--store fiel", "--store=file", 1},
		{"--store secretservice", "--store=secret-service", 1},
		{"--store plaintext", "", 1},
		{"--store=kwallet", "", 1},
		{"--timeout=0", "", 1},
		{"get", "", 1},
		{"--store=file --nonsense --trace", "--store=file --trace", 1},
		{"--stroe=pas erase", "--store=pass", 3},
		{"--trace=perhaps", "", 1},
	} {
		mended, faults := mendFlags(strings.Fields(test.given))
		if got := strings.Join(mended, " "); got != test.want || len(faults) != test.faults {
			t.Errorf("%q becomes %q, with the faults %q", test.given, got, faults)
		}
	}
}

// TestDoctorInterrupted: what Ctrl-C has made of a question is no finding.
func TestDoctorInterrupted(t *testing.T) {
	asked := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- true
		<-r.Context().Done()
	}))
	defer server.Close()
	e, said := examinationOf(t, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	e.ended = ctx.Done()
	go func() {
		<-asked
		cancel()
	}()
	e.checkServer(ctx)
	if strings.Contains(said.String(), "PROBLEM") {
		t.Errorf("it says:\n%s", said)
	}
}
