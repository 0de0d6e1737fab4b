//go:build unix

package agent

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"git-credential-grant/internal/need"
)

// TestMain makes the test's program a client of an agent, for another user to run.
func TestMain(m *testing.M) {
	if socket := os.Getenv("ASK_AGENT"); socket != "" {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, err := exchange(conn, wire("get", attributes{}))
		fmt.Printf("%q %v", answer.text(), err)
		return
	}
	os.Exit(m.Run())
}

// TestListen: the socket is its owner's alone, whatever the umask is.
func TestListen(t *testing.T) {
	dir := privateDir(t)
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(dir, "new", "s")
	listener, err := Listen(path, false)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{path: os.ModeSocket | 0o600, filepath.Dir(path): os.ModeDir | 0o700} {
		if info, err := os.Lstat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if _, err := Listen(path, false); !errors.Is(err, ErrInUse) {
		t.Errorf("a second agent: %v", err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
	listener, err = Listen(path, false)
	if err != nil {
		t.Fatalf("where one has been killed: %v", err)
	}
	listener.Close()
	if _, err := os.Lstat(path); err == nil {
		t.Error("it is left")
	}
}

// TestListenIsPicky: nothing is replaced but a socket where nobody answers, and no directory will do that others can enter.
func TestListenIsPicky(t *testing.T) {
	dir := privateDir(t)
	file, link, shared := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "shared")
	inLink, full := filepath.Join(dir, "way", "s"), filepath.Join(dir, "full")
	for _, err := range []error{
		os.WriteFile(file, []byte("mine"), 0o600), os.Symlink(file, link), os.Mkdir(shared, 0o755), os.Symlink(dir, filepath.Join(dir, "way")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	busy, err := net.Listen("unix", full) // Nobody accepts what comes.
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for path, want := range map[string]error{
		file: ErrNoSocket, link: ErrNoSocket, dir: ErrShared, filepath.Join(shared, "s"): ErrShared, inLink: ErrShared, full: ErrInUse,
		filepath.Join(os.TempDir(), "agent-test.sock"): ErrShared, "/agent-test.sock": ErrShared,
		filepath.Join(file, "s"): ErrShared,
	} {
		listener, err := Listen(path, false)
		if err == nil {
			listener.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("the file is %q, %v", text, err)
	}
}

// TestTwoAtOnce: of many agents that find a stale socket at once, one gets it.
func TestTwoAtOnce(t *testing.T) {
	path := filepath.Join(privateDir(t), "s")
	for range 20 {
		stale, err := Listen(path, false)
		if err != nil {
			t.Fatal(err)
		}
		stale.SetUnlinkOnClose(false)
		stale.Close()
		listeners := make(chan *net.UnixListener, 8)
		for range cap(listeners) {
			go func() {
				listener, err := Listen(path, false)
				if err != nil && !errors.Is(err, ErrInUse) {
					t.Error(err)
				}
				listeners <- listener
			}()
		}
		got := 0
		for range cap(listeners) {
			if listener := <-listeners; listener != nil {
				got++
				defer listener.Close()
			}
		}
		if got != 1 {
			t.Fatalf("%d got it", got)
		}
		os.Remove(path)
	}
}

const stranger = 54321

// TestNotTrusted: a socket that somebody else has put where everybody can is told nothing.
func TestNotTrusted(t *testing.T) {
	if os.Geteuid() != 0 {
		need.Skip(t, "only root can give a socket away")
	}
	path := someone(t, "username=u\npassword=p\n\n", false)
	if err := os.Lchown(path, stranger, stranger); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	for _, test := range []struct {
		mode os.FileMode
		want error
	}{{0o777, ErrNotTrusted}, {0o777 | os.ModeSticky, ErrNotTrusted}, {0o755, nil}} {
		if err := os.Chmod(dir, test.mode); err != nil {
			t.Fatal(err)
		}
		if answer, err := Ask(t.Context(), path, "get", []byte(forBitbucket)); !errors.Is(err, test.want) {
			t.Errorf("in a directory %v: %q, %v", test.mode, answer, err)
		}
	}
}

// TestNoAbstractSocket: a name that anybody can take is none of a socket.
func TestNoAbstractSocket(t *testing.T) {
	name := fmt.Sprint("@agent-test-", os.Getpid())
	listener, err := net.Listen("unix", name)
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	if answer, err := Ask(t.Context(), name, "get", []byte(forBitbucket)); !errors.Is(err, ErrNoAgent) || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("it is told %q, %v", answer, err)
	}
}

// TestActivated starts this program with a socket, as systemd does.
func TestActivated(t *testing.T) {
	if path := os.Getenv("TEST_ACTIVATED"); path != "" {
		os.Setenv("LISTEN_PID", strings.ReplaceAll(os.Getenv("LISTEN_PID"), "own", fmt.Sprint(os.Getpid())))
		listener, err := Activated(false)
		_, left := os.LookupEnv("LISTEN_FDS")
		fmt.Printf("listener %v, err %v, left %v\n", listener != nil && listener.Addr().String() == path, err, left)
		return
	}
	dir := privateDir(t)
	path := filepath.Join(dir, "s")
	listener, err := Listen(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, test := range []struct {
		pid, fds string
		dir      os.FileMode
		want     string
	}{
		{"own", "1", 0o700, "listener true, err <nil>, left false"},
		{"1", "1", 0o700, "listener false, err <nil>, left true"},
		{"own", "2", 0o700, "listener false, err the socket that was handed over cannot be used: there are 2 instead of one"},
		{"own", "1", 0o755, "listener false, err a socket has to be in a directory of your own"},
	} {
		file, err := listener.File()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, test.dir); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(os.Args[0], "-test.run=^TestActivated$")
		command.Env = append(os.Environ(), "TEST_ACTIVATED="+path, "LISTEN_PID="+test.pid, "LISTEN_FDS="+test.fds)
		command.ExtraFiles = []*os.File{file}
		out, err := command.CombinedOutput()
		file.Close()
		if err != nil || !strings.HasPrefix(string(out), test.want) {
			t.Errorf("%+v: %s, %v", test, out, err)
		}
	}
}

// TestStaleTakesNoTime: an agent that is stopped, and answers nobody, is not replaced, and starting another one does not hang.
func TestStaleTakesNoTime(t *testing.T) {
	path := filepath.Join(privateDir(t), "s")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	first, err := net.Dial("unix", path) // More than this does not fit into the queue.
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	began := time.Now()
	for range 2 {
		if listener, err := Listen(path, false); !errors.Is(err, ErrInUse) {
			t.Errorf("%v, %v", listener, err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it takes %v", took)
	}
}
