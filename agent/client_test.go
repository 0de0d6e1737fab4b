//go:build unix

package agent

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAsk: what git is told of what an agent answers.
func TestAsk(t *testing.T) {
	h := open(t, "https://bitbucket.org https://git.example/acme")
	for _, test := range []struct {
		name, verb, request, answer string
		err                         error
	}{
		{"a credential", "get", forBitbucket, answerText, nil},
		{"another place", "get", "protocol=https\nhost=github.com\n", "", nil},
		{"no path", "get", "protocol=https\nhost=git.example\n", "quit=1\n", ErrPathNeeded},
		{"log out", "erase", forBitbucket, "quit=1\n", ErrNotAllowed},
		{"a header that is too long", "get", forBitbucket + "wwwauth[]=" + strings.Repeat("x", maxMessage) + "\n", answerText, nil},
		{"a path that is too long", "get", forBitbucket + "path=" + strings.Repeat("x", maxMessage) + "\n", "quit=1\n", ErrTooLarge},
	} {
		answer, err := Ask(t.Context(), h.socket, test.verb, []byte(test.request))
		if string(answer) != test.answer || !errors.Is(err, test.err) {
			t.Errorf("%s: %q, %v; want %q, %v", test.name, answer, err, test.answer, test.err)
		}
	}
}

// TestAskOfNobody: where there is no agent, git is told to quit, and does not prompt.
func TestAskOfNobody(t *testing.T) {
	dir := privateDir(t)
	left := filepath.Join(dir, "left")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: left})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
	for _, path := range []string{left, filepath.Join(dir, "none"), filepath.Join(dir, "no", "such"), "", strings.Repeat("/long", 50)} {
		answer, err := Ask(t.Context(), path, "get", []byte(forBitbucket))
		if !errors.Is(err, ErrNoAgent) || string(answer) != "quit=1\n" {
			t.Errorf("at %q: %q, %v", path, answer, err)
		}
	}
}

// TestHostileAgent: whatever is at the other end, git is told nothing but what an answer may say, and is never left waiting.
func TestHostileAgent(t *testing.T) {
	for _, test := range []struct {
		name, sends, answer string
		err                 error
	}{
		{"another place", "protocol=https\nhost=evil.example\npath=x\nusername=u\npassword=p\noauth_refresh_token=r\n\n",
			"username=u\npassword=p\n", nil},
		{"a URL", "url=https://evil.example\n\n", "quit=1\n", ErrNoAgent},
		{"two passwords", "password=a\npassword=b\n\n", "quit=1\n", ErrNoAgent},
		{"a control character", "username=\x1b[2J\n\n", "quit=1\n", ErrNoAgent},
		{"half an answer", "username=u\npassword=p\n", "quit=1\n", ErrNoAgent},
		{"nothing", "", "quit=1\n", ErrNoAgent},
		{"garbage", "\x00\x01\n\n", "quit=1\n", ErrNoAgent},
		{"without end", strings.Repeat("state[]=x\n", 10000), "quit=1\n", ErrNoAgent},
		{"a line without end", strings.Repeat("x", 1<<20), "quit=1\n", ErrNoAgent},
		{"a word that is none", "quit=1\nerror=\u202eevil\n\n", "quit=1\n", ErrFailed},
	} {
		answer, err := Ask(t.Context(), someone(t, test.sends, false), "get", []byte(forBitbucket))
		if string(answer) != test.answer || !errors.Is(err, test.err) {
			t.Errorf("%s: %q, %v; want %q, %v", test.name, answer, err, test.answer, test.err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("%s: the error says %q", test.name, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if answer, err := Ask(ctx, someone(t, "password=p\n", true), "get", []byte(forBitbucket)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silence: %q, %v", answer, err)
	}
}

// someone listens at a socket, and sends this to everybody. Whoever stays does not end the connection.
func someone(t *testing.T, sends string, stays bool) (socket string) {
	t.Helper()
	socket = filepath.Join(privateDir(t), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		newReader(conn).message()
		io.WriteString(conn, sends)
		if stays {
			<-t.Context().Done()
		}
		conn.Close()
	}()
	return socket
}
