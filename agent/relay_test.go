//go:build unix

package agent

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// relayed starts an agent at one end of a pipe and a relay at the other one, and returns the relay's socket, how to end the pipe,
// and how the relay has ended.
func relayed(t *testing.T, a *Agent) (socket string, end func(), ended <-chan error) {
	t.Helper()
	socket = filepath.Join(privateDir(t), "s")
	listener, err := Listen(socket, false)
	if err != nil {
		t.Fatal(err)
	}
	fromAgent, toRelay := io.Pipe()
	fromRelay, toAgent := io.Pipe()
	go a.ServePipe(t.Context(), both{fromRelay, toRelay})
	done := make(chan error, 1)
	go func() { done <- (&Relay{Pipe: both{fromAgent, toAgent}}).Serve(t.Context(), listener) }()
	return socket, func() { toRelay.Close() }, done
}

// TestRelay: many at once share a pipe, and each gets its own answer. One who goes away does not disturb the others.
func TestRelay(t *testing.T) {
	a := &Agent{Allow: []Rule{{protocol: "https", host: "bitbucket.org"}}, Answer: func(_ context.Context, request *Request) ([]byte, error) {
		time.Sleep(time.Millisecond)
		return []byte("password=for " + request.Path + "\n"), nil
	}}
	socket, end, ended := relayed(t, a)
	var all sync.WaitGroup
	for _, path := range strings.Fields(strings.Repeat("a b c d ", 16)) {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if path == "d" {
				time.AfterFunc(time.Millisecond, cancel)
			}
			answer, err := Ask(ctx, socket, "get", []byte(forBitbucket+"path="+path+"\n"))
			if path != "d" && (err != nil || string(answer) != "password=for "+path+"\n") {
				t.Errorf("%s gets %q, %v", path, answer, err)
			}
		})
	}
	all.Wait()
	if answer, err := Ask(t.Context(), socket, "login", []byte(forBitbucket)); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("another verb gets %q, %v", answer, err)
	}
	end()
	if err := <-ended; !errors.Is(err, ErrNoAgent) {
		t.Errorf("it ends with %v", err)
	}
	if answer, err := Ask(t.Context(), socket, "get", []byte(forBitbucket)); !errors.Is(err, ErrNoAgent) || string(answer) != "quit=1\n" {
		t.Errorf("after the end of the pipe an answer is %q, %v", answer, err)
	}
}
