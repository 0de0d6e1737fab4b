package command

import (
	"context"
	"time"

	"git-credential-grant/internal/printable"
	"git-credential-grant/person"
)

// A confirmation asks the person once for each host, and one question at a time.
type confirmation struct {
	// ask is not ended by whoever has made it necessary: they could have the question come and go until a key happens to be hit.
	ask     func(question string) (yes bool)
	turn    chan bool // held by whoever asks
	decided map[string]decision
}

// A decision is a person's yes, which counts as long as the agent runs, or no, which counts for a minute.
type decision struct {
	yes bool
	at  time.Time
}

// allows reports whether the person lets somebody have credentials for a host. Nobody to ask is a no.
func (c *confirmation) allows(ctx context.Context, name, host string) bool {
	select {
	case c.turn <- true:
	case <-ctx.Done():
		return false
	}
	known, asked := c.decided[host]
	if asked && (known.yes || time.Since(known.at) < time.Minute) {
		<-c.turn
		return known.yes
	}
	answered := make(chan bool, 1)
	go func() {
		defer func() { <-c.turn }()
		yes := c.ask(name + " asks for " + host + ". Let it use your sign-in there?")
		c.decided[host] = decision{yes, time.Now()}
		answered <- yes
	}()
	select {
	case yes := <-answered:
		return yes
	case <-ctx.Done():
		return false
	}
}

// close waits until nobody is asked, which the end of the agent sees to.
func (c *confirmation) close() { c.turn <- true }

// allow asks the person at the terminal, or else in a window of the desktop.
func (a *asker) allow(ctx context.Context, question string) (yes bool) {
	if yes, answered := a.confirm(ctx, question); answered {
		return yes
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	yes, err := person.Dialogue(ctx, printable.Line(question))
	if err != nil {
		a.voice.tell("nobody could be asked: " + err.Error())
	}
	return yes && err == nil
}
