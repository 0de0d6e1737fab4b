package flow

import (
	"context"
	"fmt"
	"time"
)

// A UI is how one person is asked to sign in. Without any of its functions they are shown and asked nothing.
type UI struct {
	// Tell shows a message, of one line or several. Nil: nobody reads it.
	Tell func(message string)
	// Browse opens a page in the person's browser. Nil: the person opens the address that Tell shows.
	Browse func(url string) error
	// Paste returns what the person enters into the terminal next, in whatever pieces it comes, or an error when ctx
	// has ended or there is nothing to read from. Nil: there is no terminal.
	Paste func(ctx context.Context) (text string, err error)
	// Waiting shows a line in the place of the last one, "" none. Nil: nobody looks.
	Waiting func(line string)
	// QRCode adds a QR code to the address of a device code, for a terminal.
	QRCode bool
	// Timeout is how long the person may take.
	Timeout time.Duration
}

func (ui UI) tell(message string) {
	if ui.Tell != nil {
		ui.Tell(message)
	}
}

// countDown shows each second how much time is left and what the person can do, until ctx ends.
func (ui UI) countDown(ctx context.Context, pending <-chan int, whatToDo func(pasted int) string) {
	if ui.Waiting == nil {
		return
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	defer ui.Waiting("")
	deadline, _ := ctx.Deadline()
	pasted := 0
	for {
		ui.Waiting("waiting, " + clock(time.Until(deadline)) + " left" + whatToDo(pasted))
		select {
		case <-second.C:
		case pasted = <-pending:
		case <-ctx.Done():
			return
		}
	}
}

// whatToDo ends the line that shows the time.
func (ui UI) whatToDo(pasted int) string {
	switch {
	case ui.Paste == nil:
		return ""
	case pasted > 0:
		return fmt.Sprintf("; %d characters pasted, press Enter", pasted)
	}
	return "; page fails after you grant access? paste its address here"
}

// clock writes a time as minutes and seconds.
func clock(d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
