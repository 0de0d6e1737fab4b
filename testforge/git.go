package testforge

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	realm = "Bitbucket.org HTTP"
	// tokenUser is the user name that Bitbucket wants with an access token.
	tokenUser = "x-token-auth"
)

// gitBackend is git, kept apart from the settings of whoever runs the tests.
type gitBackend struct {
	exec string // git --exec-path
	env  []string
}

func newGitBackend(root string) (gitBackend, error) {
	execPath, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return gitBackend{}, fmt.Errorf("looking for git: %w", err)
	}
	return gitBackend{
		exec: strings.TrimSpace(string(execPath)),
		env: []string{
			"HOME=" + root,
			"GIT_CONFIG_GLOBAL=" + os.DevNull,
			"GIT_CONFIG_SYSTEM=" + os.DevNull,
			"GIT_PROJECT_ROOT=" + root,
			"GIT_HTTP_EXPORT_ALL=1",
		},
	}, nil
}

// serve runs git http-backend, which allows a push if user is not empty.
func (g gitBackend) serve(w http.ResponseWriter, r *http.Request, user string) {
	if err := readAhead(r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	env := g.env
	if user != "" {
		env = append(slices.Clone(env), "REMOTE_USER="+user)
	}
	backend := cgi.Handler{Path: filepath.Join(g.exec, "git-http-backend"), Env: env}
	backend.ServeHTTP(w, r)
}

// readAhead gives a body its length: a big push comes in chunks, and those
// net/http/cgi does not take.
func readAhead(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	return nil
}

func (g gitBackend) run(stdin string, args ...string) error {
	command := exec.Command("git", args...)
	command.Env = append(slices.Clone(g.env), "PATH="+os.Getenv("PATH"))
	command.Stdin = strings.NewReader(stdin)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return nil
}

const firstCommit = `commit refs/heads/main
committer Forge <forge@example.com> 1700000000 +0000
data 6
start

M 100644 inline README.md
data 6
hello

`

// CreateRepo makes the repository WORKSPACE/REPO, with one commit on main.
func (f *Forge) CreateRepo(name string) error {
	if !filepath.IsLocal(name) || strings.Count(name, "/") != 1 {
		return fmt.Errorf("repository name %q is not WORKSPACE/REPO", name)
	}
	dir := filepath.Join(f.Root, strings.TrimSuffix(name, ".git")+".git")
	if err := f.git.run("", "init", "--quiet", "--bare", "--initial-branch=main", dir); err != nil {
		return err
	}
	return f.git.run(firstCommit, "--git-dir="+dir, "fast-import", "--quiet")
}

func (f *Forge) serveGit(w http.ResponseWriter, r *http.Request) {
	answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	defer func() { f.count(fmt.Sprint("git_", answer.status)) }()
	switch user, status := f.admit(r); status {
	case http.StatusOK:
		if strings.Contains(r.URL.Path, lfsPath) {
			f.serveLFS(answer, r)
			return
		}
		f.git.serve(answer, r, user)
	case http.StatusUnauthorized:
		f.challenge(answer)
	default:
		http.Error(answer, http.StatusText(status), status)
	}
}

// admit says who asks, and with which status to answer.
func (f *Forge) admit(r *http.Request) (user string, status int) {
	push := isPush(r)
	if f.Settings().PublicRead && !push && r.Header.Get("Authorization") == "" {
		return "", http.StatusOK
	}
	if f.passwords != nil {
		return f.admitPassword(r)
	}
	if locked := f.Settings().Locked; locked != "" && strings.HasPrefix(r.URL.Path, "/"+locked+".git/") {
		return "", http.StatusUnauthorized
	}
	if f.userInfo != "" {
		return f.admitForeign(r)
	}
	user, scopes, ok := f.storage.live(f.gitToken(r))
	switch {
	case !ok:
		return "", http.StatusUnauthorized
	case slices.Contains(scopes, scopeWrite), !push && slices.Contains(scopes, scopeRead):
		return user, http.StatusOK
	}
	return "", http.StatusForbidden
}

func (f *Forge) admitPassword(r *http.Request) (user string, status int) {
	user, password, ok := r.BasicAuth()
	want, known := f.passwords[user]
	if !ok || !known || password != want {
		return "", http.StatusUnauthorized
	}
	return user, http.StatusOK
}

// admitForeign asks another server whether the password is one of its tokens.
func (f *Forge) admitForeign(r *http.Request) (user string, status int) {
	user, token, _ := r.BasicAuth()
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, f.userInfo, nil)
	if err != nil {
		return "", http.StatusInternalServerError
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", http.StatusBadGateway
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", http.StatusUnauthorized
	}
	return user, http.StatusOK
}

// gitToken is the access token sent with a git request in a way the forge takes.
func (f *Forge) gitToken(r *http.Request) string {
	how := f.Settings().GitAuth
	if user, password, ok := r.BasicAuth(); ok && (user == tokenUser || f.gitea) && how != "bearer" {
		return password
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && how != "basic" {
		return token
	}
	return ""
}

// alsoOffered are the challenges of [Settings.AlsoOffer]: RFC 4559 section 4.1, MS-NTHT, RFC 7616 section 3.3.
var alsoOffered = map[string]string{
	"negotiate": "Negotiate",
	"ntlm":      "NTLM",
	"digest":    `Digest realm="` + realm + `", qop="auth", nonce="MTIzNDU2Nzg5MA"`,
}

func (f *Forge) challenge(w http.ResponseWriter) {
	for scheme := range strings.SplitSeq(f.Settings().AlsoOffer, ",") {
		if challenge, ok := alsoOffered[scheme]; ok {
			w.Header().Add("WWW-Authenticate", challenge)
		}
	}
	how := f.Settings().GitAuth
	realm := realm
	if f.gitea {
		realm = giteaRealm
	}
	if how != "basic" {
		w.Header().Add("WWW-Authenticate", `Bearer realm="`+realm+`"`)
	}
	if how != "bearer" {
		w.Header().Add("WWW-Authenticate", `Basic realm="`+realm+`"`)
	}
	http.Error(w, "Unauthorized", http.StatusUnauthorized)
}

func isPush(r *http.Request) bool {
	const service = "git-receive-pack"
	return strings.HasSuffix(r.URL.Path, "/"+service) || r.URL.Query().Get("service") == service || r.Method == http.MethodPut
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
