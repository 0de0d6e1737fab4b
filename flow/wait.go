package flow

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"git-credential-grant/internal/printable"
)

// A signIn is one sign-in: who wants to have a token, and how the person is asked.
type signIn struct {
	client *Client
	ui     UI
	hint   string // the name of the account that is wanted, "" for any
}

// who is what the person signs in to, and as whom, in words.
func (s signIn) who() string {
	if s.hint == "" {
		return s.client.GitHost
	}
	return s.client.GitHost + " as " + printable.Short(s.hint)
}

// expect starts to wait for the answer with a state. Where there is no port for that, a person at a terminal can still
// paste the address.
func (s signIn) expect(state string) (*loopback, error) {
	callback, err := listen(s.client.Profile.RedirectURL, state, s.ui.tell)
	switch {
	case callback == nil:
		return nil, err
	case err != nil && s.ui.Paste == nil:
		callback.close()
		return nil, notAsked{err}
	case err != nil:
		s.ui.tell(err.Error() + "; so you will have to paste the address of the page that comes after you grant access")
	}
	callback.authorize = s.client.Profile.AuthURL
	s.client.trace("waiting for the answer at %s", callback.redirect)
	return callback, nil
}

// askInBrowser opens the authorization page, and tells its address in any case. It is an [ErrNoBrowser] if no browser
// starts, and there is another way to sign in or none at all.
func (s signIn) askInBrowser(address string) error {
	// Some openers encode a URL once more, and trip over a "+" for a space.
	path, query, _ := strings.Cut(address, "?")
	address = path + "?" + strings.ReplaceAll(query, "+", "%20")
	if s.ui.Browse != nil {
		err := s.ui.Browse(address)
		if err == nil {
			s.ui.tell("sign in to " + s.who() + " in the browser, or at\n  " + address + s.client.aboutClient())
			return nil
		}
		if s.ui.Paste == nil || s.client.Profile.DeviceAuthURL != "" {
			return fmt.Errorf("%w: %w", ErrNoBrowser, err)
		}
		s.ui.tell(fmt.Sprintf("%v: %v", ErrNoBrowser, err))
	}
	message := "sign in to " + s.who() + " at\n  " + address + s.client.aboutClient()
	if s.ui.Paste != nil && s.ui.Waiting == nil {
		message += "\nif the page that comes after you grant access does not load, paste its address here, and press Enter"
	}
	s.ui.tell(message)
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
func (s signIn) await(ctx context.Context, callback *loopback) (*answer, error) {
	beside, stop := context.WithCancel(ctx)
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	pending := make(chan int, 1)
	others.Go(func() { s.ui.countDown(beside, pending, s.ui.whatToDo) })
	others.Go(func() { s.explainSilence(beside) })
	if s.ui.Paste != nil {
		others.Go(func() { s.takePasted(beside, callback, pending) })
	}
	return callback.wait(ctx)
}

// silence is how long nothing comes until the person is told what may be wrong.
const silence = 45 * time.Second

// explainSilence says after a while what a person sees only in the browser: a server that does not know the redirect URI
// must not send them back here (RFC 6749, section 4.1.2.1).
func (s signIn) explainSilence(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(silence):
		allowed := "the callback URL " + s.client.Profile.RedirectURL
		if s.client.Profile.RedirectURL == "" {
			allowed = "the callback URL " + defaultRedirect.String() + " with any port, or set oauthRedirectURL to the one that it has"
		}
		s.ui.tell("nothing has come back yet; if the sign-in page shows an error about the redirect URI, give the OAuth client " + allowed)
	}
}
