package testforge_test

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"git-credential-grant/testforge"
)

// git runs git without the settings of whoever runs the tests.
func git(t *testing.T, dir string, args ...string) (output string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", args...)
	command.Dir = dir
	command.Env = append(os.Environ(),
		"HOME="+dir,
		"GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com",
	)
	out, err := command.CombinedOutput()
	return string(out), err
}

func mustGit(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := git(t, dir, args...); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// basic makes git send a user name and a password.
func basic(user, password string) string {
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return "http.extraHeader=Authorization: Basic " + pair
}

func TestCloneAndPush(t *testing.T) {
	for _, size := range []int{100, 6000} {
		forge := start(t, testforge.Options{Settings: testforge.Settings{TokenBytes: size}})
		token := signIn(t, client(forge, "repository:write"), testforge.Browser{})
		if len(token.AccessToken) != size || len(token.RefreshToken) != size {
			t.Errorf("tokens of %d and %d bytes, want %d", len(token.AccessToken), len(token.RefreshToken), size)
		}
		dir := t.TempDir()
		auth := basic("x-token-auth", token.AccessToken)
		mustGit(t, dir, "-c", auth, "clone", "-q", forge.CloneURL("acme/app"), "work")
		work := filepath.Join(dir, "work")
		// Larger than http.postBuffer, so that git sends it in chunks.
		if err := os.WriteFile(filepath.Join(work, "big"), []byte(randomText(3<<20)), 0o600); err != nil {
			t.Fatal(err)
		}
		mustGit(t, work, "add", "big")
		mustGit(t, work, "commit", "-q", "-m", "big")
		mustGit(t, work, "-c", auth, "push", "-q", "origin", "HEAD:main")
		mustGit(t, dir, "-c", auth, "clone", "-q", strings.TrimSuffix(forge.CloneURL("acme/app"), ".git"), "again")
		if _, err := os.Stat(filepath.Join(dir, "again", "big")); err != nil {
			t.Error(err)
		}
		if stats := forge.Stats(); stats["git_401"] != 0 || stats["git"] != stats["git_200"] {
			t.Errorf("stats %v", stats)
		}
	}
}

func randomText(size int) string {
	var text strings.Builder
	for text.Len() < size {
		text.WriteString(rand.Text())
	}
	return text.String()
}

func TestGitRefusals(t *testing.T) {
	forge := start(t, testforge.Options{})
	expired := signIn(t, client(forge, "repository"), testforge.Browser{}).AccessToken
	forge.Expire()
	reader := signIn(t, client(forge, "repository"), testforge.Browser{}).AccessToken
	accountOnly := signIn(t, client(forge, "account"), testforge.Browser{}).AccessToken
	for _, test := range []struct {
		name, user, token, service string
		want                       int
	}{
		{"live", "x-token-auth", reader, "git-upload-pack", 200},
		{"nothing", "", "", "git-upload-pack", 401},
		{"expired", "x-token-auth", expired, "git-upload-pack", 401},
		{"unknown", "x-token-auth", "nonsense", "git-upload-pack", 401},
		{"wrong user", "alice", reader, "git-upload-pack", 401},
		{"bearer", "Bearer", reader, "git-upload-pack", 401},
		{"push by a reader", "x-token-auth", reader, "git-receive-pack", 403},
		{"no scope", "x-token-auth", accountOnly, "git-upload-pack", 403},
	} {
		resp := infoRefs(t, forge, test.service, test.user, test.token)
		if resp.StatusCode != test.want {
			t.Errorf("%s: %s, want %d", test.name, resp.Status, test.want)
		}
		want := ""
		if test.want == 401 {
			want = `Basic realm="Bitbucket.org HTTP"`
		}
		if got := strings.Join(resp.Header["Www-Authenticate"], ", "); got != want {
			t.Errorf("%s: challenge %q, want %q", test.name, got, want)
		}
	}
	wantStats(t, forge, map[string]int{"git": 8, "git_200": 1, "git_401": 5, "git_403": 2})
}

func TestGitBearer(t *testing.T) {
	forge := start(t, testforge.Options{Settings: testforge.Settings{GitAuth: "bearer"}})
	token := signIn(t, client(forge, "repository"), testforge.Browser{}).AccessToken
	const bearer, basic = `Bearer realm="Bitbucket.org HTTP"`, `Basic realm="Bitbucket.org HTTP"`
	check := func(how string, wantBasic int, wantChallenge string) {
		t.Helper()
		if got := infoRefs(t, forge, "git-upload-pack", "Bearer", token).StatusCode; got != 200 {
			t.Errorf("%s: bearer gives %d", how, got)
		}
		if got := infoRefs(t, forge, "git-upload-pack", "x-token-auth", token).StatusCode; got != wantBasic {
			t.Errorf("%s: basic gives %d", how, got)
		}
		resp := infoRefs(t, forge, "git-upload-pack", "", "")
		if got := strings.Join(resp.Header["Www-Authenticate"], ", "); got != wantChallenge {
			t.Errorf("%s: challenge %s", how, got)
		}
	}
	check("bearer", 401, bearer)
	forge.Update(func(s *testforge.Settings) { s.GitAuth = "both" })
	check("both", 200, bearer+", "+basic)
	mustGit(t, t.TempDir(), "-c", "http.extraHeader=Authorization: Bearer "+token, "clone", "-q", forge.CloneURL("acme/app"))
}

func TestAlsoOffer(t *testing.T) {
	forge := start(t, testforge.Options{Settings: testforge.Settings{AlsoOffer: "negotiate,digest"}})
	challenges := infoRefs(t, forge, "git-upload-pack", "", "").Header["Www-Authenticate"]
	var schemes []string
	for _, challenge := range challenges {
		scheme, _, _ := strings.Cut(challenge, " ")
		schemes = append(schemes, scheme)
	}
	if got := strings.Join(schemes, " "); got != "Negotiate Digest Basic" {
		t.Errorf("challenges of the schemes %s", got)
	}
	if _, err := forge.Control("also-offer", "kerberos"); err == nil {
		t.Error("a scheme of that name is taken")
	}
}

func TestGitWords(t *testing.T) {
	forge := start(t, testforge.Options{})
	auth := basic("x-token-auth", signIn(t, client(forge, "repository"), testforge.Browser{}).AccessToken)
	dir := t.TempDir()
	mustGit(t, dir, "-c", auth, "clone", "-q", forge.CloneURL("acme/app"))
	out, err := git(t, filepath.Join(dir, "app"), "-c", auth, "push", "origin", "HEAD:other")
	if err == nil || !strings.Contains(out, "403") {
		t.Errorf("push without scope: %v: %s", err, out)
	}
	out, err = git(t, dir, "-c", auth, "ls-remote", forge.CloneURL("acme/nothing"))
	if err == nil || !strings.Contains(out, "not found") {
		t.Errorf("unknown repository: %v: %s", err, out)
	}
	wantStats(t, forge, map[string]int{"git_403": 1, "git_404": 1})
}

func TestPublicRead(t *testing.T) {
	forge := start(t, testforge.Options{Settings: testforge.Settings{PublicRead: true}})
	mustGit(t, t.TempDir(), "clone", "-q", forge.CloneURL("acme/app"))
	if got := infoRefs(t, forge, "git-receive-pack", "", "").StatusCode; got != 401 {
		t.Errorf("a push by nobody gives %d", got)
	}
}

func TestPlainHost(t *testing.T) {
	forge := start(t, testforge.Options{Passwords: map[string]string{"carol": "pass:word"}})
	mustGit(t, t.TempDir(), "-c", basic("carol", "pass:word"), "clone", "-q", forge.CloneURL("acme/app"))
	if got := infoRefs(t, forge, "git-receive-pack", "carol", "pass:word").StatusCode; got != 200 {
		t.Errorf("a push gives %d", got)
	}
	for _, user := range []string{"", "carol", "x-token-auth"} {
		if got := infoRefs(t, forge, "git-upload-pack", user, "wrong").StatusCode; got != 401 {
			t.Errorf("%q with a wrong password gives %d", user, got)
		}
	}
	if status, _ := get(t, forge.URL+"/site/oauth2/authorize", ""); status != 401 {
		t.Errorf("the authorize page of a host without OAuth gives %d", status)
	}
}

func infoRefs(t *testing.T, forge *testforge.Forge, service, user, password string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", forge.CloneURL("acme/app")+"/info/refs?service="+service, nil)
	if err != nil {
		t.Fatal(err)
	}
	switch user {
	case "":
	case "Bearer":
		req.Header.Set("Authorization", "Bearer "+password)
	default:
		req.SetBasicAuth(user, password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}
