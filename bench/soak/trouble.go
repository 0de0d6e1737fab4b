package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// faults are what the token endpoint does instead of its duty: all that testforge knows, but for the answers by which
// a server ends a sign-in. "lost" uses the refresh token up and hangs up.
var faults = []string{
	"500", "403", "429", "garbage", "empty", "hang-up", "lost", "redirect", "huge", "newline", "no-access-token",
	"invalid_client", "unauthorized_client", "slow_down", "hang",
}

const (
	faulty  = "a fault of the token endpoint"
	revoked = "a revocation"
	killed  = "a SIGKILL"
)

// An event is trouble of one kind, and when it could be felt.
type event struct {
	kind, what string
	from, to   time.Time
}

// signs is what git says of a kind of trouble, and how long after it a command may have begun that feels it.
var signs = map[string]struct {
	says []string
	late time.Duration
}{
	// Where a renewal fails, a token is handed out that may run out before git sends it, or between two requests.
	faulty:  {[]string{"could not renew the token", "Authentication failed", "HTTP 401"}, time.Second},
	revoked: {[]string{"Authentication failed", "HTTP 401"}, 3 * time.Second},
	killed:  {[]string{"could not read Username", "could not read Password"}, 0},
}

// trouble is what is made while git works.
type trouble struct {
	*world
	over    chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	events []event
}

func startTrouble(w *world) *trouble {
	t := &trouble{world: w, over: make(chan struct{})}
	for _, make := range []func(){t.fault, t.revoke, t.kill} {
		t.running.Go(func() {
			for t.pause(0, 0) {
				make()
			}
		})
	}
	return t
}

func (t *trouble) stop() {
	close(t.over)
	t.running.Wait()
	t.SetFault("none", 0)
}

// pause waits for a random time, and reports whether to go on.
func (t *trouble) pause(least, most time.Duration) bool {
	if most > least {
		least += rand.N(most - least)
	}
	select {
	case <-t.over:
		return false
	case <-time.After(least):
		return true
	}
}

func (t *trouble) note(kind, what string, from time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, event{kind, what, from, time.Now()})
}

// fault spoils the next answer of the token endpoint. A hanging one is rare, because nothing happens meanwhile.
func (t *trouble) fault() {
	if !t.pause(0, 2*time.Second) {
		return
	}
	kind := faults[rand.N(len(faults))]
	if kind == "hang" && rand.N(4) > 0 {
		return
	}
	asked := t.Stats()["token"]
	from := time.Now()
	t.SetFault(kind, 1)
	for t.Stats()["token"] == asked {
		from = time.Now()
		if !t.pause(10*time.Millisecond, 0) {
			return
		}
	}
	if kind == "hang" {
		t.pause(16*time.Second, 0)
	}
	t.pause(100*time.Millisecond, 0) // until the last of those that waited has heard of it
	t.note(faulty, kind, from)
}

// revoke ends the token before its time. The helper gives up on a server that refuses two tokens in a row within
// a minute of their issue, so a token has to run out in between.
func (t *trouble) revoke() {
	if t.pause(3*lifetime, 4*lifetime) {
		from := time.Now()
		t.RevokeAccess()
		t.note(revoked, "", from)
	}
}

// kill kills one of our helpers.
func (t *trouble) kill() {
	if !t.pause(0, time.Second) {
		return
	}
	for t.pause(time.Millisecond, 5*time.Millisecond) {
		helpers := t.helpers()
		if len(helpers) == 0 {
			continue
		}
		from := time.Now()
		if helper, err := os.FindProcess(helpers[rand.N(len(helpers))]); err == nil && helper.Kill() == nil {
			t.note(killed, "", from)
		}
		return
	}
}

// helpers are the processes that run the helper of this world.
func (t *trouble) helpers() (pids []int) {
	programs, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, program := range programs {
		if path, err := os.Readlink(program); err == nil && path == t.helper {
			pid, _ := strconv.Atoi(strings.Split(program, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

// cause returns the kind of trouble that explains why an operation failed, "" if there is none.
func (t *trouble) cause(o operation) string {
	for _, e := range t.events {
		sign := signs[e.kind]
		if o.began.After(e.to.Add(sign.late)) || o.end.Before(e.from) {
			continue
		}
		for _, says := range sign.says {
			if strings.Contains(o.failed, says) {
				return e.kind
			}
		}
	}
	return ""
}
