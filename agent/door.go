package agent

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// Limits are how much may be asked through one socket. A zero field is the usual limit.
type Limits struct {
	// Connections is how many may be open at once: 128.
	Connections int
	// PerMinute is how many requests are answered within a minute: 6,000.
	PerMinute int
	// Patience is how long a request may take to arrive, and its answer to be taken: 10 s.
	Patience time.Duration
}

func (l Limits) orUsual() Limits {
	if l.Connections == 0 {
		l.Connections = 128
	}
	if l.PerMinute == 0 {
		l.PerMinute = 6000
	}
	if l.Patience == 0 {
		l.Patience = 10 * time.Second
	}
	return l
}

// A budget is what may be used within a minute.
type budget struct {
	perMinute int
	began     time.Time
	used      int
}

// take uses one, and reports whether there was one left.
func (b *budget) take(now time.Time) bool {
	if now.Sub(b.began).Abs() >= time.Minute {
		*b = budget{perMinute: b.perMinute, began: now}
	}
	b.used++
	return b.used <= b.perMinute
}

// A door lets requests in, one with each connection, and keeps to the limits.
type door struct {
	limits Limits
	users  []int
	// answer is asked for the answer to the lines of a request, and refused for that to what does not get so far.
	answer  func(ctx context.Context, request []string) attributes
	refused func(why error) attributes

	mu     sync.Mutex
	guests []*guest // those who are in, who came first before the others
	budget budget
	noted  budget // how many refusals are told one by one
}

// A guest is a connection.
type guest struct {
	*net.UnixConn
	asked bool // the request is whole
}

const (
	acceptPause    = 50 * time.Millisecond  // where the system has no more files
	goneCheck      = 200 * time.Millisecond // whether somebody still waits for the answer
	notedRefusals  = 60                     // a minute: a flood must not fill the disk
	turnAwayWithin = 50 * time.Millisecond
)

// serve lets in until ctx ends, and then waits for those that are in.
func (d *door) serve(ctx context.Context, listener *net.UnixListener) error {
	d.budget.perMinute, d.noted.perMinute = d.limits.PerMinute, notedRefusals
	ctx, cancel := context.WithCancel(ctx)
	var inside sync.WaitGroup
	defer inside.Wait()
	defer cancel()
	made, _ := os.Lstat(listener.Addr().String())
	end := sync.OnceFunc(func() { closeOwn(listener, made) })
	defer end()
	defer context.AfterFunc(ctx, end)()
	for {
		conn, err := listener.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			time.Sleep(acceptPause)
			continue
		}
		g := &guest{UnixConn: conn}
		if why := d.admit(g); why != nil {
			d.turnAway(g, why)
			continue
		}
		inside.Go(func() {
			defer d.leave(g)
			d.converse(ctx, g)
		})
	}
}

// closeOwn closes a listener. Its socket goes with it, unless another agent has one of that name there meanwhile.
func closeOwn(listener *net.UnixListener, made os.FileInfo) {
	if there, err := os.Lstat(listener.Addr().String()); err == nil && !os.SameFile(there, made) {
		listener.SetUnlinkOnClose(false)
	}
	listener.Close()
}

// admit checks who comes, and makes room. Where there is none, whoever has been sending a request for longest gives way: nobody
// keeps the others out by doing nothing.
func (d *door) admit(g *guest) error {
	if user, err := peer(g.UnixConn); err != nil || !slices.Contains(d.users, user) {
		return ErrNotAllowed
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.guests) >= d.limits.Connections {
		i := slices.IndexFunc(d.guests, func(g *guest) bool { return !g.asked })
		if i < 0 {
			return ErrBusy
		}
		slow := d.guests[i]
		d.guests = slices.Delete(d.guests, i, i+1)
		go d.turnAway(slow, ErrBusy)
	}
	d.guests = append(d.guests, g)
	return nil
}

// hasAsked notes that a request is whole, and fails for one too many.
func (d *door) hasAsked(g *guest) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	g.asked = slices.Contains(d.guests, g)
	if !g.asked || !d.budget.take(time.Now()) {
		return ErrBusy
	}
	return nil
}

// leave makes room.
func (d *door) leave(g *guest) {
	g.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.guests = slices.DeleteFunc(d.guests, func(other *guest) bool { return other == g })
}

// turnAway ends a connection. The few bytes fit into the socket, whether they are taken or not.
func (d *door) turnAway(g *guest, why error) {
	answer := d.refuse(why).message()
	g.SetWriteDeadline(time.Now().Add(turnAwayWithin))
	g.Write(answer)
	g.Close()
}

// refuse is the answer to what does not get in, and notes it unless there are too many of the kind.
func (d *door) refuse(why error) attributes {
	d.mu.Lock()
	note := d.noted.take(time.Now())
	d.mu.Unlock()
	if note {
		return d.refused(why)
	}
	return answerTo(why)
}

// converse reads a request and answers it.
func (d *door) converse(ctx context.Context, g *guest) {
	g.SetDeadline(time.Now().Add(d.limits.Patience))
	hurry := context.AfterFunc(ctx, func() { g.SetReadDeadline(time.Now()) })
	request, err := newReader(g).message()
	hurry()
	if err == io.EOF { // Somebody has only looked whether there is an agent.
		return
	}
	if err == nil {
		err = d.hasAsked(g)
	}
	var answer attributes
	if err != nil {
		answer = d.refuse(err)
	} else {
		answer = d.whileThere(ctx, g, request)
	}
	g.SetDeadline(time.Now().Add(d.limits.Patience))
	g.Write(answer.message())
}

// whileThere has a request answered, until whoever asks has gone.
func (d *door) whileThere(ctx context.Context, g *guest, request []string) attributes {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		check := time.NewTicker(goneCheck)
		defer check.Stop()
		for !hungUp(g.UnixConn) {
			select {
			case <-ctx.Done():
				return
			case <-check.C:
			}
		}
		cancel()
	}()
	return d.answer(ctx, request)
}
