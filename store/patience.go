package store

import (
	"context"
	"sync"
	"time"
)

// patience is how long a backend may take for one operation.
type patience struct {
	alone    time.Duration // when nobody is there
	attended time.Duration // when a person is
}

// slow is the patience with a keyring that asks the person for a password by
// itself, and may start programs to do its work.
var slow = patience{alone: 5 * time.Second, attended: time.Minute}

type patientKey struct{}

// patient returns a context for what belongs to a write: it has as much time when nobody is there.
func patient(ctx context.Context) context.Context { return context.WithValue(ctx, patientKey{}, true) }

// limit returns a context that ends with [ErrTimeout] as its cause. Whether a
// person is there is asked only once the shorter time is up, because finding
// out costs more than a keyring that answers. Who has begun to find out has
// ended when cancel returns.
func (p patience) limit(ctx context.Context, interactive func() bool) (context.Context, context.CancelFunc) {
	if ctx.Value(patientKey{}) != nil {
		p.alone = max(p.alone, writing.alone)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	expire := func() { cancel(ErrTimeout) }
	asked := make(chan struct{})
	timer := time.AfterFunc(p.alone, func() {
		defer close(asked)
		if !interactive() {
			expire()
			return
		}
		rest := time.AfterFunc(p.attended-p.alone, expire)
		context.AfterFunc(ctx, func() { rest.Stop() })
	})
	return ctx, sync.OnceFunc(func() {
		cancel(nil)
		if !timer.Stop() {
			<-asked
		}
	})
}

// within runs f, which may not heed ctx, and gives up waiting when ctx ends:
// the error is then the cause of that.
func within[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
