package helper

import (
	"errors"
	"testing"
	"time"
)

// comesFrom makes the next requests those of a process, in a command of its own.
func (w *world) comesFrom(process string) {
	w.helper.Caller = func() Caller { return Caller{Process: process, Command: process} }
}

const (
	renewedOnce  = "get server lock get refresh(refresh-alice) update unlock"
	renewedTwice = "get server lock get refresh(refresh-2) update unlock"
)

// TestBrake is about tokens that are refused right after their issue. git-lfs would ask for another one without end; and
// what one repository refuses, the others of the host take.
func TestBrake(t *testing.T) {
	// begin is a world in which a requester has just had access-alice refused, 10 seconds after its issue, and access-2 is
	// what it gets instead.
	begin := func(t *testing.T) *world {
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		w.passes(10 * time.Second)
		w.refreshes("access-2", "refresh-2", nil)
		w.comesFrom("lfs")
		w.gets(again("access-alice"), reply{secret: "access-2", calls: renewedOnce})
		w.passes(10 * time.Second)
		return w
	}
	const ended = "get server lock get update unlock"
	braked := reply{secret: "quit", err: ErrTokensRefused, says: "git.example", calls: "get"}

	t.Run("the second refusal ends it for the requester, and not for others", func(t *testing.T) {
		w := begin(t)
		w.gets(again("access-2"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.gets(ask, braked)
		w.comesFrom("another")
		w.gets(ask, reply{secret: "access-2", calls: "get"})
	})
	t.Run("nor for another path", func(t *testing.T) {
		w := begin(t)
		w.gets(again("access-2"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.gets(ask+"path=acme/other.git\n", reply{secret: "access-2", calls: "get"})
	})
	t.Run("it lapses within a minute", func(t *testing.T) {
		w := begin(t)
		w.gets(again("access-2"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.passes(50 * time.Second)
		w.gets(ask, reply{secret: "access-2", calls: "get"})
		w.refreshes("access-3", "refresh-3", nil)
		w.gets(again("access-2"), reply{secret: "access-3", calls: renewedTwice})
	})
	t.Run("nor does a clock that was set back make it last", func(t *testing.T) {
		w := begin(t)
		w.gets(again("access-2"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.passes(-2 * time.Minute)
		w.gets(ask, reply{secret: "access-2", calls: "get"})
	})
	t.Run("older git reports it by erase", func(t *testing.T) {
		w := begin(t)
		if err := w.helper.Erase(t.Context(), parse(t, own("access-2"))); !errors.Is(err, ErrTokensRefused) {
			t.Errorf("the erase ends in %v", err)
		}
		w.gets(ask, braked)
		w.comesFrom("another")
		w.gets(ask, reply{secret: "access-2", calls: "get"})
	})
	t.Run("a token that another requester has refused too is renewed for it", func(t *testing.T) {
		w := begin(t)
		w.comesFrom("another")
		w.refreshes("access-3", "refresh-3", nil)
		w.gets(again("access-2"), reply{secret: "access-3", calls: renewedTwice})
	})
	t.Run("many requesters that have it refused do not renew it without end", func(t *testing.T) {
		w := begin(t)
		for i := range maxRefusals - 1 {
			w.comesFrom(string(rune('A' + i)))
			w.refreshes("access-2", "refresh-2", nil)
			w.gets(again("access-2"), reply{secret: "access-2", calls: renewedTwice})
		}
		w.comesFrom("one more")
		w.gets(again("access-2"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.comesFrom("and another")
		w.gets(ask, reply{secret: "access-2", calls: "get"})
	})
	t.Run("one process that has it refused for many paths leaves the others theirs", func(t *testing.T) {
		w := begin(t)
		for i := range processRefusals - 2 {
			w.refreshes("access-2", "refresh-2", nil)
			w.gets(again("access-2")+"path="+string(rune('a'+i))+"\n", reply{secret: "access-2", calls: renewedTwice})
		}
		w.gets(again("access-2")+"path=more\n", reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.gets(ask+"path=another\n", braked)
		w.comesFrom("another")
		w.gets(ask, reply{secret: "access-2", calls: "get"})
		w.refreshes("access-3", "refresh-3", nil)
		w.gets(again("access-2"), reply{secret: "access-3", calls: renewedTwice})
	})
	t.Run("a new sign-in is no way around", func(t *testing.T) {
		w := begin(t)
		w.refreshes("", "", ErrGrantEnded)
		w.signsIn("bob", nil)
		w.passes(time.Minute)
		w.gets(again("access-2"), reply{secret: "access-bob", calls: "get server lock get refresh(refresh-2) update sign-in() update unlock"})
		w.gets(again("access-bob"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
	})
	t.Run("where the system does not tell who asks, it is the job", func(t *testing.T) {
		w := begin(t)
		w.helper.Caller = nil
		w.helper.Job = 7
		w.refreshes("access-3", "refresh-3", nil)
		w.gets(again("access-2"), reply{secret: "access-3", calls: renewedTwice})
		w.gets(again("access-3"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.helper.Job = 8
		w.gets(ask, reply{secret: "access-3", calls: "get"})
	})
	t.Run("minted tokens are no different", func(t *testing.T) {
		w := newWorld(t)
		w.comesFrom("lfs")
		w.mints("1", nil)
		w.gets(ask, reply{secret: "access-1", calls: minted})
		w.mints("2", nil)
		w.gets(again("access-1"), reply{secret: "access-2", calls: minted})
		w.gets(again("access-2"), reply{secret: "quit", err: ErrTokensRefused, calls: ended})
		w.comesFrom("another")
		w.gets(ask, reply{secret: "access-2", calls: "get"})
		w.mints("3", nil)
		w.gets(again("access-2"), reply{secret: "access-3", calls: minted})
	})
}
