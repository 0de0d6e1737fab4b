package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"git-credential-grant/internal/need"
	"git-credential-grant/testforge"
)

// TestRegisterOnTerminal is a person who registers a client at a terminal: what they type is not shown, and is kept.
func TestRegisterOnTerminal(t *testing.T) {
	forge := newForge(t)
	display := startOnTerminal(t, forge, "register", forge.URL)
	display.waitFor("callback URL  http://127.0.0.1")
	display.waitFor("permissions   Account: Read, and Repositories: Write")
	display.waitFor("[Y/n] ")
	display.typeLine("n")
	display.waitFor("Client ID or key (not shown): ")
	display.typeLine(forge.ClientID)
	display.waitFor("Secret (not shown; empty if it has none): ")
	display.typeLine(forge.ClientSecret)
	display.waitFor("is kept in an encrypted file")
	if err := display.command.Wait(); err != nil {
		t.Error(err)
	}
	if text := display.text(); strings.Contains(text, forge.ClientID) || strings.Contains(text, forge.ClientSecret) {
		t.Errorf("the screen shows what was typed:\n%s", text)
	}
}

// TestCtrlCOnTerminal gives up while the terminal does not show what is typed. It shall show it again afterwards.
func TestCtrlCOnTerminal(t *testing.T) {
	forge := newForge(t)
	display := startOnTerminal(t, forge, "register", "--client-id", forge.ClientID, forge.URL)
	display.waitFor("Secret (not shown; empty if it has none): ")
	display.types("\x03")
	err := display.command.Wait()
	if status, ok := err.(*exec.ExitError); !ok || status.ExitCode() != 130 {
		t.Errorf("Ctrl-C ends in %v", err)
	}
	if !display.echoes() {
		t.Error("the terminal does not show what is typed any more")
	}
	if text := display.text(); strings.Contains(text, "git-credential-grant:") || strings.Contains(text, "hint:") {
		t.Errorf("Ctrl-C needs no comment:\n%s", text)
	}
}

// TestMistypedOnTerminal: a command that does not exist is for git to ignore, but a person is told.
func TestMistypedOnTerminal(t *testing.T) {
	display := startOnTerminal(t, newForge(t), "logn")
	display.waitFor("git-credential-grant: there is no command \"logn\"; did you mean login?\r\nhint: git-credential-grant --help")
	err := display.command.Wait()
	if status, ok := err.(*exec.ExitError); !ok || status.ExitCode() != 2 {
		t.Errorf("it ends in %v", err)
	}
}

// TestPasteHidesFirst: nothing that is pasted is shown, however soon it comes. The terminal is stopped (Ctrl-S) before anything is
// written to it, and goes on (Ctrl-Q) once it hides what is typed.
func TestPasteHidesFirst(t *testing.T) {
	forge := newForge(t)
	display := newDisplay(t, forge, "--no-browser", "login", forge.URL)
	display.command.Env = append(display.command.Env, "GIT_CONFIG_COUNT=2",
		"GIT_CONFIG_KEY_0=credential."+forge.URL+".oauthClientId", "GIT_CONFIG_VALUE_0="+forge.ClientID,
		"GIT_CONFIG_KEY_1=credential."+forge.URL+".oauthClientSecret", "GIT_CONFIG_VALUE_1="+forge.ClientSecret)
	display.types("\x13")
	display.start()
	eventually(t, "a terminal that hides what is typed", func() bool { return !display.echoes() })
	if text := display.text(); text != "" {
		t.Errorf("it shows %q before", text)
	}
	display.types("\x11")
	display.waitFor("paste its address")
	display.types("\x03")
	display.command.Wait()
	if !display.echoes() {
		t.Error("the terminal does not show what is typed any more")
	}
}

// A display is a terminal with a command on it.
type display struct {
	t       *testing.T
	command *exec.Cmd
	master  *os.File

	mu   sync.Mutex
	seen bytes.Buffer
}

// startOnTerminal starts the program on a terminal of its own, with a home of its own that knows the forge.
func startOnTerminal(t *testing.T, forge *testforge.Forge, args ...string) *display {
	t.Helper()
	s := newDisplay(t, forge, args...)
	s.start()
	return s
}

// newDisplay does all for that but start the program.
func newDisplay(t *testing.T, forge *testforge.Forge, args ...string) *display {
	t.Helper()
	master, slave := openTerminalPair(t)
	home := t.TempDir()
	config := fmt.Sprintf("[credential %q]\n\tprovider = bitbucket\n", forge.URL)
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("git-credential-grant")
	if err != nil {
		t.Fatal(err) // testscript puts it into PATH
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	s := &display{t: t, master: master, command: exec.CommandContext(ctx, program, args...)}
	s.command.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME=", "XDG_CONFIG_HOME=", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_CREDENTIAL_GRANT_STORE=file", "BROWSER=true", "NO_COLOR=1")
	s.command.Stdin, s.command.Stdout, s.command.Stderr = slave, slave, slave
	s.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return s
}

func (s *display) start() {
	s.t.Helper()
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	go s.read()
}

// openTerminalPair is pty(7): what is written to one is typed at the other. The other stays open, so that its
// settings can still be looked at when the command has ended.
func openTerminalPair(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		need.Skip(t, "no terminals here: "+err.Error())
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	return master, slave
}

func (s *display) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.master.Read(buffer)
		s.mu.Lock()
		s.seen.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *display) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

func (s *display) waitFor(text string) {
	s.t.Helper()
	eventually(s.t, strconv.Quote(text), func() bool { return strings.Contains(s.text(), text) })
}

func (s *display) typeLine(line string) {
	s.t.Helper()
	s.types(line + "\n")
}

func (s *display) types(text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

func (s *display) echoes() bool {
	settings, err := unix.IoctlGetTermios(int(s.master.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

func newForge(t *testing.T) *testforge.Forge {
	t.Helper()
	forge, err := testforge.New(testforge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { forge.Close() })
	return forge
}
