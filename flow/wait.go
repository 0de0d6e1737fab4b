package flow

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// expect starts to wait for the answer with a state. Where there is no port for that, a person at a terminal can still
// paste the address.
func (c *Client) expect(state string) (*loopback, error) {
	callback, err := listen(c.Profile.RedirectURL, state, c.Tell)
	switch {
	case callback == nil:
		return nil, err
	case err != nil && c.Paste == nil:
		callback.close()
		return nil, notAsked{err}
	case err != nil:
		c.Tell(err.Error() + "; so you will have to paste the address of the page that comes after you grant access")
	}
	callback.authorize = c.Profile.AuthURL
	c.trace("waiting for the answer at %s", callback.redirect)
	return callback, nil
}

// askInBrowser opens the authorization page, and tells its address in any case. It is an [ErrNoBrowser] if no browser
// starts, and there is another way to sign in or none at all.
func (c *Client) askInBrowser(address string) error {
	// Some openers encode a URL once more, and trip over a "+" for a space.
	path, query, _ := strings.Cut(address, "?")
	address = path + "?" + strings.ReplaceAll(query, "+", "%20")
	if c.Browse != nil {
		err := c.Browse(address)
		if err == nil {
			c.Tell("sign in to " + c.GitHost + " in the browser; if it does not open, go to\n  " + address + c.aboutClient())
			return nil
		}
		if c.Paste == nil || c.Profile.DeviceAuthURL != "" {
			return fmt.Errorf("%w: %w", ErrNoBrowser, err)
		}
		c.Tell(fmt.Sprintf("%v: %v", ErrNoBrowser, err))
	}
	message := "sign in to " + c.GitHost + " at\n  " + address + c.aboutClient()
	if c.Paste != nil && c.Waiting == nil {
		message += "\nif the page that comes after you grant access does not load, paste its address here, and press Enter"
	}
	c.Tell(message)
	return nil
}

// aboutClient prepares the person for the name by which the page calls us.
func (c *Client) aboutClient() string {
	if !c.isBuiltIn() || c.Profile.ClientName == "" {
		return ""
	}
	return "\nthe page asks for " + c.Profile.ClientName + ", the client that the forge brings for helpers like this one"
}

// await waits for the answer, from the browser or from the terminal, whichever comes first. When it returns, nothing
// reads from the terminal any more, and the line that showed the time is gone.
func (c *Client) await(ctx context.Context, callback *loopback) (*answer, error) {
	beside, stop := context.WithCancel(ctx)
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	pending := make(chan int, 1)
	others.Go(func() { c.countDown(beside, pending, c.whatToDo) })
	others.Go(func() { c.explainSilence(beside) })
	if c.Paste != nil {
		// What was started last runs first: the terminal is silent before the line asks for something.
		others.Go(func() { c.takePasted(beside, callback, pending) })
	}
	return callback.wait(ctx)
}

// silence is how long nothing comes until the person is told what may be wrong.
const silence = 45 * time.Second

// explainSilence says after a while what a person sees only in the browser: a server that does not know the redirect URI
// must not send them back here (RFC 6749, section 4.1.2.1).
func (c *Client) explainSilence(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(silence):
		allowed := "the callback URL " + c.Profile.RedirectURL
		if c.Profile.RedirectURL == "" {
			allowed = "the callback URL " + defaultRedirect.String() + " with any port, or set oauthRedirectURL to the one that it has"
		}
		c.Tell("nothing has come back yet; if the sign-in page shows an error about the redirect URI, give the OAuth client " + allowed)
	}
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
	return "; page fails after you grant access? paste its address here"
}

// clock writes a time as minutes and seconds.
func clock(d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
