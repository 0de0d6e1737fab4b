//go:build unix

package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	forBitbucket = "protocol=https\nhost=bitbucket.org\n"
	answerText   = "capability[]=state\nusername=x-token-auth\npassword=T\npassword_expiry_utc=99\nstate[]=grant:1\ncontinue=1\n"
)

// A house is an agent in a test, with what it was asked and what it logged.
type house struct {
	*Agent
	socket string

	mu      sync.Mutex
	asked   []string
	entries []Entry
}

// open has an agent answer at a socket. The answer to everything is answerText unless another function is set.
func open(t *testing.T, allow string, change ...func(*Agent)) *house {
	t.Helper()
	h := &house{socket: filepath.Join(privateDir(t), "agent.sock")}
	h.Agent = &Agent{Name: "test", Log: h.log, Answer: func(_ context.Context, request *Request) ([]byte, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.asked = append(h.asked, request.Verb+" "+string(request.Text()))
		return []byte(answerText), nil
	}}
	for text := range strings.FieldsSeq(allow) {
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		h.Allow = append(h.Allow, rule)
	}
	for _, change := range change {
		change(h.Agent)
	}
	listener, err := Listen(h.socket, len(h.Users) > 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- h.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serving: %v", err)
		}
		if _, err := os.Lstat(h.socket); err == nil {
			t.Error("the socket is still there")
		}
	})
	return h
}

// privateDir is short enough for a socket, which has 104 bytes.
func privateDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (h *house) log(entry Entry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries = append(h.entries, entry)
	return nil
}

// lastEntry is the last line of the log, without its time.
func (h *house) lastEntry() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.entries) == 0 {
		return ""
	}
	_, line, _ := strings.Cut(h.entries[len(h.entries)-1].String(), " ")
	return line
}

// send sends bytes as they are, and returns what comes back.
func (h *house) send(t *testing.T, text string) string {
	t.Helper()
	conn := h.dial(t)
	defer conn.Close()
	io.WriteString(conn, text)
	conn.CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) { // where not all was read that was sent
		t.Errorf("after %.80q: %v", text, err)
	}
	return string(answer)
}

func (h *house) dial(t *testing.T) *net.UnixConn {
	t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: h.socket})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// TestConversation: what is asked, and what comes back.
func TestConversation(t *testing.T) {
	h := open(t, "https://bitbucket.org https://git.example/acme")
	for _, test := range []struct{ name, request, answer, log string }{
		{"get", "get\n" + forBitbucket + "\n", answerText + "\n",
			`agent="test" verb="get" origin="https://bitbucket.org" outcome="answered" token="e632b7095b0b"`},
		{"get with a path", "get\nprotocol=https\nhost=git.example\npath=acme/app.git\n\n", answerText + "\n",
			`agent="test" verb="get" origin="https://git.example" path="acme/app.git" outcome="answered" token="e632b7095b0b"`},
		{"erase", "erase\n" + forBitbucket + "password=T\n\n", "\n",
			`agent="test" verb="erase" origin="https://bitbucket.org" outcome="nothing"`},
		{"erase of a bearer token", "erase\n" + forBitbucket + "authtype=Bearer\ncredential=T\n\n", "\n",
			`agent="test" verb="erase" origin="https://bitbucket.org" outcome="nothing"`},
		{"store", "store\n" + forBitbucket + "username=a\npassword=b\n\n", "\n",
			`agent="test" verb="store" origin="https://bitbucket.org" outcome="nothing"`},
		{"capability", "capability\n\n", "capability[]=authtype\ncapability[]=state\n\n",
			`agent="test" verb="capability" outcome="nothing"`},

		{"another place", "get\nprotocol=https\nhost=github.com\n\n", "\n", `agent="test" verb="get" outcome="not-served"`},
		{"another path", "get\nprotocol=https\nhost=git.example\npath=other\n\n", "\n", `agent="test" verb="get" outcome="not-served"`},
		{"no path", "get\nprotocol=https\nhost=git.example\n\n", "quit=1\nerror=path-needed\n\n",
			`agent="test" verb="get" outcome="path-needed"`},
		{"log out", "erase\n" + forBitbucket + "\n", "quit=1\nerror=not-allowed\n\n",
			`agent="test" verb="erase" origin="https://bitbucket.org" outcome="not-allowed"`},
		{"log out with nothing for a secret", "erase\n" + forBitbucket + "password=\n\n", "quit=1\nerror=not-allowed\n\n",
			`agent="test" verb="erase" origin="https://bitbucket.org" outcome="not-allowed"`},
		{"another verb", "login\n" + forBitbucket + "\n", "quit=1\nerror=not-allowed\n\n", `agent="test" outcome="not-allowed"`},
		{"no verb", forBitbucket + "\n", "quit=1\nerror=not-allowed\n\n", `agent="test" outcome="not-allowed"`},
		{"an empty line", "\n", "quit=1\nerror=malformed\n\n", `agent="test" outcome="malformed"`},
		{"garbage", "get\n\x00\xff\n\n", "quit=1\nerror=malformed\n\n", `agent="test" outcome="malformed"`},
		{"another protocol", "GET / HTTP/1.1\r\nHost: bitbucket.org\r\n\r\n\n", "quit=1\nerror=not-allowed\n\n",
			`agent="test" outcome="not-allowed"`},
		{"half a line", "ge", "quit=1\nerror=malformed\n\n", `agent="test" outcome="malformed"`},
		{"half a request", "get\n" + forBitbucket, "quit=1\nerror=malformed\n\n", `agent="test" outcome="malformed"`},
		{"CRLF", "get\r\nprotocol=https\r\nhost=bitbucket.org\r\n\r\n", "quit=1\nerror=malformed\n\n", `agent="test" outcome="malformed"`},
		{"a line of 1 MB", "get\n" + forBitbucket + "path=" + strings.Repeat("a", 1<<20) + "\n\n", "quit=1\nerror=too-large\n\n",
			`agent="test" outcome="too-large"`},
		{"many lines", "get\n" + forBitbucket + strings.Repeat("state[]=x\n", 7000) + "\n", "quit=1\nerror=too-large\n\n",
			`agent="test" outcome="too-large"`},
	} {
		if answer := h.send(t, test.request); answer != test.answer {
			t.Errorf("%s: the answer is %q, want %q", test.name, answer, test.answer)
		}
		if log := h.lastEntry(); log != test.log {
			t.Errorf("%s: the log has\n%s\nwant\n%s", test.name, log, test.log)
		}
	}
	want := []string{
		"get " + forBitbucket, "get protocol=https\nhost=git.example\npath=acme/app.git\n", "erase " + forBitbucket + "password=T\n",
		"erase " + forBitbucket + "authtype=Bearer\ncredential=T\n",
	}
	if got := strings.Join(h.asked, "|"); got != strings.Join(want, "|") {
		t.Errorf("handed on was %q", got)
	}
}

// TestLogged: nothing that is sent can begin a line of the log or look like another field of it.
func TestLogged(t *testing.T) {
	h := open(t, "https://bitbucket.org")
	h.send(t, "get\n"+forBitbucket+`path=a" outcome="x" `+"\u2028\u202e\n\n")
	want := `agent="test" verb="get" origin="https://bitbucket.org" ` +
		`path="a\" outcome=\"x\" \u2028\u202e" outcome="answered" token="e632b7095b0b"`
	if got := h.lastEntry(); got != want {
		t.Errorf("the log has\n%s\nwant\n%s", got, want)
	}
}

// TestLogIsBounded: neither a long path nor a flood through a pipe fills the disk.
func TestLogIsBounded(t *testing.T) {
	h := open(t, "https://bitbucket.org")
	h.send(t, "get\n"+forBitbucket+"path="+strings.Repeat("\xff", 60000)+"\n\n")
	if got := h.lastEntry(); len(got) > 5000 || !strings.Contains(got, `\xff\u2026" outcome="answered"`) {
		t.Errorf("a line has %d bytes", len(got))
	}
	h.entries, h.Limits.PerMinute = nil, 3
	flood := strings.NewReader(strings.Repeat("get\n"+forBitbucket+"\n", 1000))
	if err := h.ServePipe(t.Context(), both{flood, io.Discard}); err != nil || len(h.entries) != 3+notedRefusals {
		t.Errorf("a flood has %d lines, %v", len(h.entries), err)
	}
}

// TestUnlogged: what cannot be logged is not given.
func TestUnlogged(t *testing.T) {
	h := open(t, "https://bitbucket.org", func(a *Agent) { a.Log = func(Entry) error { return errors.New("the disk is full") } })
	if answer := h.send(t, "get\n"+forBitbucket+"\n"); answer != "error=failed\n\n" {
		t.Errorf("the answer is %q", answer)
	}
}

// TestAnswers: whatever the answer is, nothing leaves but what may.
func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		name, given string
		err         error
		want, log   string
	}{
		{"everything", "protocol=https\nhost=evil.example\npath=p\nurl2=x\nusername=u\npassword=T\noauth_refresh_token=R\nephemeral=1\n" +
			"wwwauth[]=x\nunknown=y\n", nil, "username=u\npassword=T\n\n", "answered"},
		{"a bearer token", "capability[]=authtype\nauthtype=Bearer\ncredential=T\n", nil,
			"capability[]=authtype\nauthtype=Bearer\ncredential=T\n\n", "answered"},
		{"a token and a warning", "username=u\npassword=T\n", errors.New("not kept in /home/alice"), "username=u\npassword=T\n\n", "answered"},
		{"quit", "quit=1\n", errors.New("alice has not signed in at auth.example"), "quit=1\nerror=failed\n\n", "failed"},
		{"no", "", fmt.Errorf("asked: %w", ErrDenied), "quit=1\nerror=denied\n\n", "denied"},
		{"an error", "", errors.New("no"), "error=failed\n\n", "failed"},
		{"nothing", "", nil, "\n", "nothing"},
		{"a URL", "url=https://evil.example\npassword=T\n", nil, "error=failed\n\n", "failed"},
		{"two passwords", "password=T\npassword=U\n", nil, "error=failed\n\n", "failed"},
		{"a password of two lines", "password=T\n\nhost=evil.example\n", nil, "error=failed\n\n", "failed"},
		{"too much", "password=" + strings.Repeat("T", maxMessage) + "\n", nil, "error=failed\n\n", "failed"},
	} {
		h := open(t, "https://bitbucket.org", func(a *Agent) {
			a.Answer = func(context.Context, *Request) ([]byte, error) { return []byte(test.given), test.err }
		})
		if answer := h.send(t, "get\n"+forBitbucket+"\n"); answer != test.want {
			t.Errorf("%s: the answer is %.200q, want %q", test.name, answer, test.want)
		}
		if log := h.lastEntry(); !strings.Contains(log, `outcome="`+test.log+`"`) {
			t.Errorf("%s: the log has %s", test.name, log)
		}
	}
}

// TestSlow: 1,000 connections that send half a request and no more keep nobody out, and are ended.
func TestSlow(t *testing.T) {
	h := open(t, "https://bitbucket.org", func(a *Agent) { a.Limits.Patience = time.Second })
	var slow []*net.UnixConn
	for range 1000 {
		conn := h.dial(t)
		io.WriteString(conn, "get\nprotocol=ht")
		slow = append(slow, conn)
	}
	if answer := h.send(t, "get\n"+forBitbucket+"\n"); answer != answerText+"\n" {
		t.Errorf("the answer is %q", answer)
	}
	for i, conn := range slow {
		answer, _ := io.ReadAll(conn) // reset where what was sent had not been read
		conn.Close()
		if want := "quit=1\nerror=busy\n\n"; i < len(slow)-h.Limits.orUsual().Connections-1 && string(answer) != want {
			t.Fatalf("connection %d is answered with %q, want %q", i, answer, want)
		}
	}
	if len(h.entries) > notedRefusals+1 {
		t.Errorf("%d lines are in the log", len(h.entries))
	}
}

// TestDrip: a request that arrives byte by byte gets no more time than another one.
func TestDrip(t *testing.T) {
	h := open(t, "https://bitbucket.org", func(a *Agent) { a.Limits.Patience = 200 * time.Millisecond })
	conn, began := h.dial(t), time.Now()
	defer conn.Close()
	for range 100 {
		if _, err := conn.Write([]byte("a")); err != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if answer, _ := io.ReadAll(conn); string(answer) != "quit=1\nerror=malformed\n\n" || time.Since(began) > 3*time.Second {
		t.Errorf("after %v it is answered with %q", time.Since(began), answer)
	}
}

// TestFull: where all that may be open wait for an answer, the next one is told so at once, and those get theirs.
func TestFull(t *testing.T) {
	open64, release := make(chan bool, 64), make(chan bool)
	h := open(t, "https://bitbucket.org", func(a *Agent) {
		a.Limits.Connections = 64
		a.Answer = func(context.Context, *Request) ([]byte, error) {
			open64 <- true
			<-release
			return []byte(answerText), nil
		}
	})
	var waiting sync.WaitGroup
	for range 64 {
		waiting.Go(func() {
			if answer := h.send(t, "get\n"+forBitbucket+"\n"); answer != answerText+"\n" {
				t.Errorf("the answer is %q", answer)
			}
		})
	}
	for range 64 {
		<-open64
	}
	_, err := Ask(t.Context(), h.socket, "get", []byte(forBitbucket))
	if !errors.Is(err, ErrBusy) {
		t.Errorf("one more is told %v", err)
	}
	close(release)
	waiting.Wait()
}

// TestPerMinute: more requests than may be within a minute are refused, and cost nothing.
func TestPerMinute(t *testing.T) {
	h := open(t, "https://bitbucket.org", func(a *Agent) { a.Limits.PerMinute = 3 })
	for i := range 5 {
		want := answerText + "\n"
		if i >= 3 {
			want = "quit=1\nerror=busy\n\n"
		}
		if answer := h.send(t, "get\n"+forBitbucket+"\n"); answer != want {
			t.Errorf("request %d is answered with %q", i, answer)
		}
	}
	if len(h.asked) != 3 {
		t.Errorf("%d were handed on", len(h.asked))
	}
}

// TestGone: what nobody waits for any more is not gone on with. One who only sends no more still waits.
func TestGone(t *testing.T) {
	started, ended := make(chan bool), make(chan error, 1)
	h := open(t, "https://bitbucket.org", func(a *Agent) {
		a.Answer = func(ctx context.Context, _ *Request) ([]byte, error) {
			started <- true
			select {
			case <-ctx.Done():
			case <-time.After(3 * goneCheck):
			}
			ended <- ctx.Err()
			return nil, ctx.Err()
		}
	})
	conn := h.dial(t)
	io.WriteString(conn, "get\n"+forBitbucket+"\n")
	<-started
	conn.Close()
	if err := <-ended; err == nil {
		t.Error("it goes on when the connection is closed")
	}
	conn = h.dial(t)
	defer conn.Close()
	io.WriteString(conn, "get\n"+forBitbucket+"\n")
	<-started
	conn.CloseWrite()
	if err := <-ended; err != nil {
		t.Error("it ends when the connection is half closed")
	}
}

// TestLifetime: at its end the agent answers nobody any more, not those either that are waiting.
func TestLifetime(t *testing.T) {
	path := filepath.Join(privateDir(t), "s")
	listener, err := Listen(path, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var ended atomic.Int32
	h := &house{socket: path, Agent: &Agent{Answer: func(ctx context.Context, _ *Request) ([]byte, error) {
		<-ctx.Done()
		ended.Add(1)
		return nil, ctx.Err()
	}}}
	h.Allow = []Rule{{protocol: "https", host: "bitbucket.org"}}
	conn, idle := h.dial(t), h.dial(t)
	defer conn.Close()
	defer idle.Close()
	io.WriteString(conn, "get\n"+forBitbucket+"\n")
	began := time.Now()
	if err := h.Serve(ctx, listener); err != nil || ended.Load() != 1 || time.Since(began) > 5*time.Second {
		t.Errorf("it ends after %v with %v, %d answers", time.Since(began), err, ended.Load())
	}
	if _, err := Ask(t.Context(), path, "get", []byte(forBitbucket)); !errors.Is(err, ErrNoAgent) {
		t.Errorf("the next one is told %v", err)
	}
}

// TestPipe: requests come one after the other; one that is refused does not end it, and one that has no end does.
func TestPipe(t *testing.T) {
	var out bytes.Buffer
	h := &house{}
	a := &Agent{Allow: []Rule{{protocol: "https", host: "bitbucket.org"}}, Answer: func(context.Context, *Request) ([]byte, error) {
		return []byte("password=T\n"), nil
	}, Log: h.log}
	in := strings.NewReader("get\n" + forBitbucket + "\nlogin\n\nget\n" + forBitbucket + "\n")
	if err := a.ServePipe(t.Context(), both{in, &out}); err != nil {
		t.Errorf("%v", err)
	}
	if want := "password=T\n\nquit=1\nerror=not-allowed\n\npassword=T\n\n"; out.String() != want {
		t.Errorf("the answers are %q", out.String())
	}
	out.Reset()
	in = strings.NewReader("get\n" + strings.Repeat("a", maxMessage) + "\n\nget\n" + forBitbucket + "\n")
	if err := a.ServePipe(t.Context(), both{in, &out}); !errors.Is(err, ErrTooLarge) || out.String() != "quit=1\nerror=too-large\n\n" {
		t.Errorf("too much is answered with %q, %v", out.String(), err)
	}
}

// both is a pipe in two directions.
type both struct {
	io.Reader
	io.Writer
}
