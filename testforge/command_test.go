package testforge

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serveForTest runs "testforge serve" and returns what it announced.
func serveForTest(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	done := make(chan error, 1)
	go func() {
		defer close(done)
		done <- run(ctx, append([]string{"serve", "--ready", ready}, args...), os.Stdout, os.Stderr)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error("serve:", err)
		}
	})
	for {
		text, err := os.ReadFile(ready)
		if err == nil {
			return assignments(string(text))
		}
		select {
		case err := <-done:
			t.Fatal("serve:", err)
		case <-time.After(time.Millisecond):
		}
	}
}

func assignments(text string) map[string]string {
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = value
	}
	return values
}

// testforge runs one of the other commands.
func testforge(args ...string) (stdout, stderr string, status int) {
	var out, problems bytes.Buffer
	status = Main(args, &out, &problems)
	return out.String(), problems.String(), status
}

func TestServe(t *testing.T) {
	root := t.TempDir()
	forge := serveForTest(t, "--root", root, "--repo", "acme/app", "--repo", "acme/lib", "--lifetime", "60")
	if forge["FORGE_CLIENT_ID"] != "forge-client" || forge["FORGE_CLIENT_SECRET"] != "forge-secret" || forge["FORGE_ROOT"] != root {
		t.Errorf("announced %v", forge)
	}
	for _, repo := range []string{"app", "lib"} {
		if _, err := os.Stat(filepath.Join(root, "acme", repo+".git", "HEAD")); err != nil {
			t.Error(err)
		}
	}
}

func TestServeMistakes(t *testing.T) {
	for _, args := range []string{
		"",
		"frobnicate",
		"serve --consent maybe",
		"serve --consent auto:",
		"serve --lifetime long",
		"serve --password secret",
		"serve --repo app",
		"serve --repo ../app",
		"serve --addr 127.0.0.1:-1",
		"ctl",
		"ctl http://127.0.0.1:1 stats",
		"browser",
	} {
		stdout, stderr, status := testforge(strings.Fields(args)...)
		if status == 0 || stdout != "" || stderr == "" {
			t.Errorf("testforge %s: status %d, stdout %q, stderr %q", args, status, stdout, stderr)
		}
	}
}

func TestControl(t *testing.T) {
	forge := serveForTest(t)["FORGE_URL"]
	for _, command := range []string{
		"expire", "revoke", "revoke-grants",
		"fault 500", "fault garbage 2", "fault user:429", "fault none", "repo acme/new",
		"consent form", "consent auto:alice", "consent deny", "lifetime 30", "lifetime 1500ms",
		"refresh rotate", "refresh constant", "refresh absent", "refresh none",
		"grace 600", "token-bytes 6000", "token-delay 10ms", "scope-field scope",
		"ignore-pkce true", "git-auth bearer", "public-read true", "locked acme/secret",
	} {
		out, err := Control(forge, strings.Fields(command)...)
		if err != nil || out != "" {
			t.Errorf("%s: %q, %v", command, out, err)
		}
	}
	for _, command := range []string{
		"", "frobnicate", "stats now", "fault", "fault nonsense", "fault 500 often", "fault 500 1 2",
		"repo", "consent", "consent auto:", "lifetime", "lifetime long", "refresh never", "git-auth digest", "nothing 1",
	} {
		if out, err := Control(forge, strings.Fields(command)...); err == nil {
			t.Errorf("%q: took it and said %q", command, out)
		}
	}
	stdout, stderr, status := testforge("ctl", forge, "stats")
	if status != 0 || stderr != "" || !strings.Contains(stdout, "\nrefresh_ok 0\n") {
		t.Errorf("stats: %q, %q, %d", stdout, stderr, status)
	}
}

func TestControlTakesEffect(t *testing.T) {
	forge, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer forge.Close()
	for _, setting := range [][]string{
		{"consent", "auto:bob"}, {"lifetime", "30"}, {"refresh", "absent"}, {"grace", "600"},
		{"token-bytes", "6000"}, {"token-delay", "10ms"}, {"scope-field", "scope"},
		{"ignore-pkce", "true"}, {"consumer", "public"}, {"git-auth", "both"}, {"public-read", "true"}, {"locked", "acme/secret"},
	} {
		if _, err := forge.Control(setting...); err != nil {
			t.Errorf("%v: %v", setting, err)
		}
	}
	want := Settings{
		Consent: "auto:bob", Lifetime: 30 * time.Second, Refresh: "absent", Grace: 10 * time.Minute,
		TokenBytes: 6000, TokenDelay: 10 * time.Millisecond, ScopeField: "scope", Answer: "json",
		IgnorePKCE: true, Consumer: "public", GitAuth: "both", PublicRead: true, Locked: "acme/secret",
	}
	if got := forge.Settings(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestBrowserCommand(t *testing.T) {
	forge := serveForTest(t)
	var query url.Values
	loopback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		w.Write([]byte("signed in"))
	}))
	defer loopback.Close()
	address := forge["FORGE_URL"] + authorizePath + "?" + url.Values{
		"client_id":     {forge["FORGE_CLIENT_ID"]},
		"response_type": {"code"},
		"redirect_uri":  {loopback.URL},
		"scope":         {"repository"},
	}.Encode()
	log, page := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "page")

	browse := func(want string, args ...string) {
		t.Helper()
		query = nil
		stdout, stderr, status := testforge(append([]string{"browser"}, append(args, address)...)...)
		if stdout+stderr != "" || status != 0 || !query.Has(want) {
			t.Errorf("%v: %q, %q, %d, and the client got %v", args, stdout, stderr, status, query)
		}
	}
	browse("code")
	browse("error", "--cancel", "--page", page, "--log", log)
	t.Setenv("TESTFORGE_AS", "bob")
	t.Setenv("TESTFORGE_CANCEL", "1")
	t.Setenv("TESTFORGE_PAGE", page)
	t.Setenv("TESTFORGE_LOG", log)
	browse("error")
	browse("code", "--cancel=false", "--as", "alice")

	if text, _ := os.ReadFile(page); string(text) != "signed in" {
		t.Errorf("page %q", text)
	}
	if text, _ := os.ReadFile(log); string(text) != strings.Repeat(address+"\n", 3) {
		t.Errorf("log %q", text)
	}
	address = strings.Replace(address, "127.0.0.1%3A", "127.0.0.2%3A", 1)
	if _, stderr, status := testforge("browser", address); status != 1 || !strings.Contains(stderr, "still at /site/oauth2/authorize") {
		t.Errorf("wrong callback: %q, %d", stderr, status)
	}
}
