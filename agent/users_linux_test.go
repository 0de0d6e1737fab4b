package agent

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"git-credential-grant/internal/need"
)

// TestUsers: another user gets nothing, unless it is allowed by name.
func TestUsers(t *testing.T) {
	if os.Geteuid() != 0 {
		need.Skip(t, "only root can be another user")
	}
	for _, test := range []struct {
		users []int
		want  string
	}{
		{nil, "permission denied"},
		{[]int{stranger + 1}, `"quit=1\nerror=not-allowed\n"`},
		{[]int{stranger}, `"quit=1\nerror=malformed\n"`}, // which is what is said to an empty request
	} {
		h := open(t, "https://bitbucket.org", func(a *Agent) { a.Users = test.users })
		if got := askAs(t, stranger, throughMount(t, h.socket)); !strings.Contains(got, test.want) {
			t.Errorf("with %v allowed, user %d gets %s, want %s", test.users, stranger, got, test.want)
		}
		if got := askAs(t, stranger, h.socket); !strings.Contains(got, "permission denied") {
			t.Errorf("with %v allowed, user %d gets into the directory: %s", test.users, stranger, got)
		}
	}
}

// throughMount shows a socket somewhere that others can enter, as a container does.
func throughMount(t *testing.T, socket string) string {
	t.Helper()
	inside := filepath.Join(os.TempDir(), filepath.Base(filepath.Dir(socket))+"-inside")
	if err := os.WriteFile(inside, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(inside) })
	if err := syscall.Mount(socket, inside, "", syscall.MS_BIND, ""); err != nil {
		need.Skip(t, "nothing can be mounted: "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(inside, 0) })
	return inside
}

// askAs runs this program as another user.
func askAs(t *testing.T, user uint32, socket string) string {
	t.Helper()
	command := exec.Command("/proc/self/exe")
	command.Env = []string{"ASK_AGENT=" + socket}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	return string(out)
}
