package helper

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// slowWait is how long a process waits for another one before it says so.
	slowWait = time.Second
	// unattendedWait is how long a process that can ask nobody waits for another one to renew the token.
	unattendedWait = 20 * time.Second
	// freeAtOnce is more than it takes to get a lock that nobody holds.
	freeAtOnce = 100 * time.Millisecond
)

// lock waits for the processes that renew or sign in at the same origin.
func (h *Helper) lock(ctx context.Context, origin Origin, server *Server) (unlock func(), err error) {
	began := h.now()
	unlock, err = h.acquire(ctx, origin, server)
	if err != nil {
		return nil, fmt.Errorf("could not lock the record of %s: %w", origin, err)
	}
	h.trace("waited %v for the lock of %s", h.now().Sub(began).Round(time.Millisecond), origin)
	return unlock, nil
}

// acquire says that it waits if that takes long. It finds out whether anybody can be asked only if it has to wait,
// because that takes a while itself.
func (h *Helper) acquire(ctx context.Context, origin Origin, server *Server) (unlock func(), err error) {
	unlock, err = h.lockWithin(ctx, slowWait/2, origin.String())
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return unlock, err
	}
	slow := time.AfterFunc(slowWait/2, func() {
		h.tell("waiting for another git process that is signing in to " + origin.Host())
	})
	defer slow.Stop()
	if server.SomebodyThere == nil || server.SomebodyThere() {
		return h.Keyring.Lock(ctx, origin.String())
	}
	return h.lockUnattended(ctx, origin)
}

// lockUnattended waits for a process that renews the token, but not for one that asks a person.
func (h *Helper) lockUnattended(ctx context.Context, origin Origin) (unlock func(), err error) {
	for range unattendedWait / slowWait {
		free, err := h.lockWithin(ctx, freeAtOnce, asking(origin))
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("%w here, and another git process waits for its sign-in", ErrNobodyThere)
		}
		if err != nil {
			return nil, err
		}
		free()
		unlock, err = h.lockWithin(ctx, slowWait, origin.String())
		if !errors.Is(err, context.DeadlineExceeded) {
			return unlock, err
		}
	}
	return nil, ErrHeldTooLong
}

func (h *Helper) lockWithin(ctx context.Context, limit time.Duration, name string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return h.Keyring.Lock(ctx, name)
}

// asking names the lock of whoever asks the person. It is held within that of the origin.
func asking(origin Origin) string { return origin.String() + " asking" }
