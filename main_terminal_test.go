//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-grant/testforge"
)

func init() { commands["terminal"] = onTerminal }

// onTerminal runs a command on a terminal of its own, with the terminal as its standard input, output and error, and a
// person before it who does what the lines of a file say:
//
//	see REGEXP    wait until the terminal shows this, in whatever colour
//	away          open the last address shown, in a browser on another machine, and sign in
//	paste [HOW]   paste the address where that browser ended up: whole, or "code" (only that), "wrapped", "twice",
//	              "other" (of another sign-in)
//	type TEXT     type a line
//	interrupt     press Ctrl-C
//	end           press Ctrl-D
//	hide REGEXP   check that the terminal has not shown this
//	narrow        check that no line was wider than the terminal, but for addresses and what is told beside the work
//	cooked        check that the terminal is in its usual mode
//	closed        check that nobody listens any more for the answer
//	sleep TIME    do nothing
//
// What the terminal showed is the script's standard output, and ends with the exit status.
func onTerminal(ts *testscript.TestScript, neg bool, args []string) {
	tty, child, err := pty.Open()
	ts.Check(err)
	defer tty.Close()
	ts.Check(pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: 80}))
	command := scripted(ts, append([]string{"sh", "-c", `trap : INT; "$@"; echo exit=$?; read end`, "sh"}, args[1:]...)...)
	command.Env = append(command.Env, "GIT_TERMINAL_PROMPT="+ts.Getenv("GIT_TERMINAL_PROMPT"), "TERM=xterm")
	command.Stdin, command.Stdout, command.Stderr = child, child, child
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(command.Start())
	p := &typist{ts: ts, tty: tty, child: child}
	go io.Copy(&p.shown, tty)
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		p.act(verb, rest)
	}
	p.act("see", "exit=")
	p.act("type", "")
	command.Wait()
	fmt.Fprint(ts.Stdout(), p.shown.String())
	if failed := !strings.Contains(p.shown.String(), "exit=0"); failed != neg {
		ts.Fatalf("unexpected end:\n%q", p.shown.String())
	}
}

// A typist is the person before the terminal.
type typist struct {
	ts         *testscript.TestScript
	tty, child *os.File
	shown      transcript
	address    string // where the browser ended up
}

// A transcript is what a terminal has shown.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

var colour = regexp.MustCompile("\x1b\\[[0-9]*m")

// plain is the text without its colours.
func (t *transcript) plain() string { return colour.ReplaceAllString(t.String(), "") }

func (p *typist) act(verb, rest string) {
	switch verb {
	case "see":
		p.see(rest)
	case "hide":
		if regexp.MustCompile(rest).MatchString(p.shown.plain()) {
			p.ts.Fatalf("the terminal shows %s:\n%q", rest, p.shown.String())
		}
	case "away":
		p.away()
	case "paste":
		io.WriteString(p.tty, p.paste(rest)+"\r")
	case "type":
		io.WriteString(p.tty, rest+"\r")
	case "interrupt":
		p.tty.Write([]byte{3})
	case "end":
		p.tty.Write([]byte{4})
	case "narrow":
		p.narrow()
	case "cooked":
		p.cooked()
	case "closed":
		p.closed()
	case "sleep":
		pause, err := time.ParseDuration(rest)
		p.ts.Check(err)
		time.Sleep(pause)
	default:
		p.ts.Fatalf("a person cannot %q", verb)
	}
}

// Fatalf ends the script, and says what the terminal shows.
func (p *typist) Fatalf(format string, args ...any) {
	p.ts.Fatalf("%s, and the terminal shows\n%q", fmt.Sprintf(format, args...), p.shown.String())
}

func (p *typist) see(want string) {
	pattern := regexp.MustCompile(want)
	eventually(p, "the terminal to show "+want, func() bool { return pattern.MatchString(p.shown.plain()) })
}

var shownAddress = regexp.MustCompile(`\n  (http\S+)\r\n`)

func (p *typist) away() {
	p.see(shownAddress.String())
	all := shownAddress.FindAllStringSubmatch(p.shown.String(), -1)
	browser := testforge.Browser{
		Cancel:    p.ts.Getenv("TESTFORGE_CANCEL") != "",
		Elsewhere: func(address string) { p.address = address },
	}
	_, err := browser.Visit(all[len(all)-1][1])
	p.ts.Check(err)
}

func (p *typist) paste(how string) string {
	code := regexp.MustCompile(`code=([^&]*)`).FindStringSubmatch(p.address)
	middle := len(p.address) / 2
	switch how {
	case "code":
		return code[1]
	case "wrapped":
		return "  " + p.address[:20] + "\r " + p.address[20:middle] + "\r\r" + p.address[middle:] + "  "
	case "twice":
		return p.address + p.address
	case "other":
		return regexp.MustCompile(`state=.{4}`).ReplaceAllString(p.address, "state=AAAA")
	}
	return p.address
}

// narrow leaves out what has an address in it, which has to be in one piece, and messages, whose length others decide.
func (p *typist) narrow() {
	for line := range strings.FieldsFuncSeq(p.shown.plain(), func(r rune) bool { return r == '\r' || r == '\n' }) {
		if width := utf8.RuneCountInString(line); width > 80 && !strings.Contains(line, "://") && !strings.HasPrefix(line, "git-credential-grant: ") {
			p.Fatalf("a line has %d columns: %s", width, line)
		}
	}
}

// cooked waits a moment: Ctrl-C ends git, which then does not wait for its helper.
func (p *typist) cooked() {
	eventually(p, "the terminal to be in its usual mode", func() bool { return isCooked(p.child) })
}

var shownPort = regexp.MustCompile(`redirect_uri=http%3A%2F%2F127.0.0.1%3A(\d+)`)

func (p *typist) closed() {
	port := shownPort.FindStringSubmatch(p.shown.String())[1]
	eventually(p, "nobody to listen at port "+port, func() bool {
		connection, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			connection.Close()
		}
		return err != nil
	})
}

// isCooked reports whether a terminal is in its usual mode: it edits lines and shows what is typed.
func isCooked(tty *os.File) bool {
	command := exec.Command("stty", "-a")
	command.Stdin = tty
	settings, err := command.Output()
	return err == nil && regexp.MustCompile(`(?s)\sisig\b.*\sicanon\b.*\secho\b`).Match(settings)
}
