package flow

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// await waits for the answer, from the browser or from the terminal, whichever comes first. When it returns, nothing
// reads from the terminal any more, and the line that showed the time is gone.
func (c *Client) await(ctx context.Context, callback *loopback) (*answer, error) {
	beside, stop := context.WithCancel(ctx)
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	pending := make(chan int, 1)
	others.Go(func() { c.countDown(beside, pending, c.whatToDo) })
	if c.Paste != nil {
		// What was started last runs first: the terminal is silent before the line asks for something.
		others.Go(func() { c.takePasted(beside, callback, pending) })
	}
	return callback.wait(ctx)
}

// countDown shows each second how much time is left and what the person can do, until ctx ends.
func (c *Client) countDown(ctx context.Context, pending <-chan int, whatToDo func(pasted int) string) {
	if c.Waiting == nil {
		return
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	defer c.Waiting("")
	deadline, _ := ctx.Deadline()
	pasted := 0
	for {
		c.Waiting("waiting, " + clock(time.Until(deadline)) + " left" + whatToDo(pasted))
		select {
		case <-second.C:
		case pasted = <-pending:
		case <-ctx.Done():
			return
		}
	}
}

// whatToDo ends the line that shows the time.
func (c *Client) whatToDo(pasted int) string {
	switch {
	case c.Paste == nil:
		return ""
	case pasted > 0:
		return fmt.Sprintf("; %d characters pasted, press Enter", pasted)
	}
	return "; if the page does not load, paste its address here"
}

// clock writes a time as minutes and seconds.
func clock(d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
