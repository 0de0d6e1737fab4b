package flow

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

// TestLoopbackWithoutIPv4 runs in a network of its own that has no 127.0.0.1: the browser is sent to ::1, also for localhost,
// unless a setting names the other address.
func TestLoopbackWithoutIPv4(t *testing.T) {
	const inside = "FLOW_TEST_ONLY_IPV6"
	if os.Getenv(inside) == "" {
		t.Parallel()
		need.Programs(t, "ip")
		command := exec.Command("unshare", "--net", "sh", "-c",
			`ip link set lo up && ip address del 127.0.0.1/8 dev lo && exec "$0" -test.run "^TestLoopbackWithoutIPv4$" -test.v`, os.Args[0])
		command.Env = append(os.Environ(), inside+"=1")
		out, err := command.CombinedOutput()
		if strings.Contains(string(out), "unshare: ") {
			need.Skip(t, string(out))
		}
		if err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	for redirect, want := range map[string]string{
		"":                           "http://[::1]:%s",
		"http://localhost":           "http://localhost:%s",
		"http://localhost:3000/path": "http://localhost:3000/path",
	} {
		l, err := listen(redirect, rightState, func(string) {})
		if err != nil {
			t.Errorf("%q: %v", redirect, err)
			continue
		}
		_, port, _ := net.SplitHostPort(l.host)
		if strings.Contains(want, "%s") {
			want = fmt.Sprintf(want, port)
		}
		if l.redirect != want {
			t.Errorf("%q: the redirect URI is %s, want %s", redirect, l.redirect, want)
		}
		if connection, err := net.Dial("tcp", net.JoinHostPort("::1", port)); err != nil {
			t.Errorf("%q: %v", redirect, err)
		} else {
			connection.Close()
		}
		l.close()
	}
	if _, err := listen("http://127.0.0.1:3000", rightState, func(string) {}); err == nil {
		t.Error("listens at an address that there is not")
	}
}

// TestListening: the program that has a port is named.
func TestListening(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		need.Skip(t, err.Error())
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	want := fmt.Sprintf("flow.test (process %d)", os.Getpid())
	if got := listening(port); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	listener.Close()
	if got := listening(port); got != "" {
		t.Errorf("nobody listens, but %q", got)
	}
}
