package store

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"git-credential-grant/internal/need"
)

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>%s</listen>
  <servicedir>%s</servicedir>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`

// bus is a session bus of the test. A file in services makes a service activatable.
type bus struct {
	address, services string
	of                user
}

// startBus makes a new bus the session bus for the rest of the test.
func startBus(t *testing.T) bus {
	t.Helper()
	return startBusOf(t, me())
}

func startBusOf(t *testing.T, u user) bus {
	t.Helper()
	return startBusWith(t, u, busConfig)
}

func startBusWith(t *testing.T, u user, busConfig string) bus {
	t.Helper()
	onBusSystem(t)
	need.Programs(t, "dbus-daemon")
	dir := shortDir(t)
	b := bus{"unix:path=" + filepath.Join(dir, "bus"), dir, u}
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, b.address, b.services), 0o644); err != nil {
		t.Fatal(err)
	}
	if !u.isMe() {
		output(t, "chown", "-R", fmt.Sprint(u.uid), dir)
	}
	startServerOf(t, u, knownUser(t, dir), nil, "dbus-daemon", "--nofork", "--nopidfile", "--config-file="+config)
	eventually(t, "the bus", func() bool {
		conn, err := net.Dial("unix", filepath.Join(dir, "bus"))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", b.address)
	return b
}

// knownUser is the environment with which dbus-daemon takes a user whom passwd does not know, as images for OpenShift have
// it. Without, it takes nobody: https://docs.openshift.com/container-platform/3.11/creating_images/guidelines.html
func knownUser(t *testing.T, dir string) []string {
	t.Helper()
	if _, err := osuser.LookupId(fmt.Sprint(os.Getuid())); err == nil {
		return nil
	}
	wrapper, _ := filepath.Glob("/usr/lib/*/libnss_wrapper.so")
	if wrapper == nil {
		need.Skip(t, "nss_wrapper is not installed, and dbus-daemon takes nobody whom passwd does not know")
	}
	passwd, group := filepath.Join(dir, "passwd"), filepath.Join(dir, "group")
	err := errors.Join(os.WriteFile(passwd, fmt.Appendf(nil, "user:x:%d:%d::/:\n", os.Getuid(), os.Getgid()), 0o600),
		os.WriteFile(group, fmt.Appendf(nil, "user:x:%d:\n", os.Getgid()), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"LD_PRELOAD=" + wrapper[0], "NSS_WRAPPER_PASSWD=" + passwd, "NSS_WRAPPER_GROUP=" + group}
}

func onBusSystem(t *testing.T) {
	if !slices.Contains(strings.Fields(busSystems), runtime.GOOS) {
		t.Skip("no keyring is on the session bus of " + runtime.GOOS)
	}
}

// shortDir is t.TempDir with a path that fits into the address of a socket, and for Wine, where that fails at the end for
// what Go asks to remove it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// activatable has the bus start command for the service called name.
func (b bus) activatable(t *testing.T, name, command string) {
	t.Helper()
	service := fmt.Sprintf("[D-BUS Service]\nName=%s\nExec=%s\n", name, command)
	if err := os.WriteFile(filepath.Join(b.services, name+".service"), []byte(service), 0o600); err != nil {
		t.Fatal(err)
	}
	b.call(t, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.ReloadConfig")
}

func (b bus) connect(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := connectOnce(t.Context(), b.address, b.of)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus.Conn
}

// call calls a method, starting its service if need be.
func (b bus) call(t *testing.T, service string, path dbus.ObjectPath, method string, args ...any) []any {
	t.Helper()
	conn := b.connect(t)
	defer conn.Close()
	call := conn.Object(service, path).Call(method, 0, args...)
	if call.Err != nil {
		t.Fatalf("%s: %v", method, call.Err)
	}
	return call.Body
}

// eavesdrop hands over all messages until the test ends, before conn is closed: godbus may send on its channel after it
// has closed that as well.
func eavesdrop(t *testing.T, conn *dbus.Conn, messages chan<- *dbus.Message) {
	conn.Eavesdrop(messages)
	t.Cleanup(func() { conn.Eavesdrop(nil) })
}

// calls listens to the methods that are called on the bus from now on. The
// function returned stops that, and gives their names.
func (b bus) calls(t *testing.T) func() []string {
	t.Helper()
	conn := b.connect(t)
	call := conn.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, []string{"type='method_call'"}, uint32(0))
	if call.Err != nil {
		t.Fatal(call.Err)
	}
	messages := make(chan *dbus.Message, 1000)
	eavesdrop(t, conn, messages)
	return func() (names []string) {
		b.call(t, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.GetId")
		for m := range messages {
			if m.Type != dbus.TypeMethodCall {
				continue // what the bus tells the monitor itself
			}
			name := m.Headers[dbus.FieldMember].Value().(string)
			if to, _ := m.Headers[dbus.FieldDestination].Value().(string); to == serviceName && m.Flags&dbus.FlagNoAutoStart == 0 {
				t.Errorf("%s would have the bus start the service, which takes up to two minutes to fail", name)
			}
			if name == "GetId" {
				return names[:len(names)-1] // without the Hello of this last client
			}
			names = append(names, name)
		}
		return nil
	}
}

// awaitOwner waits until a service is there, and is this program, not one just killed.
func (b bus) awaitOwner(t *testing.T, service string, daemon *exec.Cmd) {
	t.Helper()
	conn := b.connect(t)
	eventually(t, daemon.Path, func() bool {
		var pid uint32
		conn.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, service).Store(&pid)
		return int(pid) == daemon.Process.Pid
	})
}

const keyringPassword = "secret"

// startGnomeKeyring starts gnome-keyring with its login keyring unlocked. The
// keyring lasts for the whole test; the function returned starts the daemon
// on it again, locked or not.
func startGnomeKeyring(t *testing.T, b bus) (daemon *exec.Cmd, restart func(args ...string) *exec.Cmd) {
	t.Helper()
	need.Programs(t, "gnome-keyring-daemon")
	dir := shortDir(t)
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, dir)
	}
	if !b.of.isMe() {
		output(t, "chown", fmt.Sprint(b.of.uid), dir)
	}
	restart = func(args ...string) *exec.Cmd {
		args = append([]string{"--foreground", "--components=secrets", "--control-directory=" + dir}, args...)
		daemon := startServerOf(t, b.of, nil, strings.NewReader(keyringPassword), "gnome-keyring-daemon", args...)
		b.awaitOwner(t, serviceName, daemon)
		return daemon
	}
	daemon = restart("--unlock")
	eventually(t, "the login keyring", func() bool {
		return b.call(t, serviceName, servicePath, serviceIface+"ReadAlias", "default")[0] != noObject
	})
	return daemon, restart
}

// startKWallet starts KDE's wallet as the Secret Service that it is. Its collections are the wallets that were there at
// its start. pamOpen is how a person's log-in opens one. The function returned starts it again, with the wallet closed.
func startKWallet(t *testing.T, b bus) (restart func()) {
	t.Helper()
	need.Programs(t, "kwalletd5")
	dir := shortDir(t)
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, dir)
	}
	t.Setenv("QT_QPA_PLATFORM", "offscreen")
	config := "[Wallet]\nFirst Use=false\n[org.freedesktop.secrets]\napiEnabled=true\n"
	if err := os.WriteFile(filepath.Join(dir, "kwalletrc"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var daemon *exec.Cmd
	restart = func() {
		if daemon != nil {
			daemon.Process.Kill()
			daemon.Wait()
		}
		daemon = startServer(t, nil, "kwalletd5")
		b.awaitOwner(t, serviceName, daemon)
	}
	for range 2 {
		restart()
		b.call(t, "org.kde.kwalletd5", "/modules/kwalletd5", "org.kde.KWallet.pamOpen", "kdewallet", make([]byte, 56), int32(0))
	}
	return restart
}

// hungBus makes a bus the session bus that accepts and never answers.
func hungBus(t *testing.T) {
	t.Helper()
	standInBus(t, func(*net.UnixConn) {})
}

// standInBus makes what is no bus the session bus. It does something with each client, and hears it to its end.
func standInBus(t *testing.T, answer func(client *net.UnixConn)) {
	t.Helper()
	onBusSystem(t)
	socket := filepath.Join(shortDir(t), "bus")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	t.Cleanup(clients.Wait)
	t.Cleanup(func() { listener.Close() })
	clients.Go(func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			clients.Go(func() {
				defer conn.Close()
				answer(conn)
				io.Copy(io.Discard, conn)
			})
		}
	})
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
}
