package store

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPatience(t *testing.T) {
	for _, c := range []struct {
		attended bool
		want     time.Duration
	}{
		{false, time.Second},
		{true, 5 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			asked := time.Duration(-1)
			ctx, cancel := reading.limit(t.Context(), func() bool {
				asked = time.Since(start)
				return c.attended
			})
			defer cancel()
			<-ctx.Done()
			if took := time.Since(start); took != c.want || context.Cause(ctx) != ErrTimeout {
				t.Errorf("ended after %v by %v, want %v", took, context.Cause(ctx), c.want)
			}
			if asked != time.Second {
				t.Errorf("asked after %v", asked)
			}
		})
	}
}

// What belongs to a write has as much time as the write, also when nobody is there.
func TestPatienceOfAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := &hungBackend{}
		b := named{service, "test", "it is a test"}
		start := time.Now()
		if err := b.write(t.Context(), newItem(key), []byte("value")); !errors.Is(err, ErrTimeout) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != writing.alone {
			t.Errorf("it took %v, want %v", took, writing.alone)
		}
	})
}

// hungBackend takes what is written, and never gives it back.
type hungBackend struct{ backend }

func (*hungBackend) set(context.Context, item, []byte) error { return nil }

func (*hungBackend) get(ctx context.Context, _ item) ([]byte, error) {
	ctx, cancel := reading.limit(ctx, func() bool { return false })
	defer cancel()
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// Whether a person is there is found out without a race, also when the keyring answers meanwhile, and when two wait for it.
func TestInteractiveIsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0 // of which only the race detector sees whether it is used by two at once
		s := openStore(t, "file", Options{Dir: t.TempDir(), Interactive: func() bool {
			time.Sleep(time.Minute)
			asked++
			return true
		}})
		s.all = []named{{slowBackend{interactive: s.opts.Interactive}, "test", "it is a test"}}
		wantNothing(t, s, key)
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { s.Get(t.Context(), key) })
		}
		group.Wait()
		if asked != 3 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// slowBackend has nothing, and says so when somebody may be asked whether a person is there.
type slowBackend struct {
	backend
	interactive func() bool
}

func (b slowBackend) get(ctx context.Context, _ item) ([]byte, error) {
	_, cancel := reading.limit(ctx, b.interactive)
	defer cancel()
	time.Sleep(reading.alone + time.Millisecond)
	return nil, fs.ErrNotExist
}

// Who answers at once is not asked about a person.
func TestPatienceNotNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, cancel := reading.limit(t.Context(), func() bool { t.Error("asked"); return true })
		cancel()
		time.Sleep(time.Minute)
	})
}

// A process that holds the write lock for too long is an error that says so.
func TestWriteLockIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := openStore(t, "file", Options{Dir: t.TempDir()}).opts.directory()
		release, err := dir.acquireForWrite(t.Context(), "name")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dir.acquireForWrite(t.Context(), "name"); !errors.Is(err, ErrBusy) {
			t.Errorf("got %v", err)
		}
		release()
		if release, err = dir.acquireForWrite(t.Context(), "name"); err != nil {
			t.Fatal(err)
		}
		release()
	})
}

// Many that write one after the other are waited for, however long that takes, and a free lock is taken without a look
// at the clock.
func TestWriteLockChangesHands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := openStore(t, "file", Options{Dir: t.TempDir()}).opts.directory()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				release, err := dir.acquireForWrite(t.Context(), "name")
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(writeLockLimit / 2)
				release()
			})
		}
		all.Wait()
		over, cancel := context.WithCancel(t.Context())
		cancel()
		release, err := dir.acquire(over, "name.write")
		if err != nil {
			t.Fatal(err)
		}
		release()
	})
}
