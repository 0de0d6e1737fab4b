package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/secret"
)

const (
	deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"
	// pollInterval stands in where the server names none, slowDown is added each time it asks for that (RFC 8628,
	// sections 3.2 and 3.5), and longestInterval is what an interval can grow to, or a server can ask for.
	pollInterval    = 5 * time.Second
	slowDown        = 5 * time.Second
	longestInterval = time.Minute
)

// A deviceCode is what the server sends for the device grant (RFC 8628, section 3.2).
type deviceCode struct {
	device         secret.String
	user           string // what the person enters on the page
	page, complete string // complete has the code in it, "" if there is no such page
	life, interval time.Duration
}

// SignInOnDevice signs a person in by the device authorization grant (RFC 8628): it shows a code, which the person
// enters in a browser on any device, and asks the server until that has happened. It returns what [Client.SignIn]
// returns, and ends with the person's answer, with ctx, with the code's life, or with ui.Timeout.
func (c *Client) SignInOnDevice(ctx context.Context, ui UI, hint string) (token *oauth2.Token, account string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, ui.Timeout, ErrTimeout)
	defer cancel()
	code, err := c.askForCode(ctx)
	if err != nil {
		return nil, "", beforehand(ctx, err)
	}
	if code.life > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, code.life, ErrTimeout)
		defer cancel()
	}
	s := signIn{c, ui, hint}
	s.showCode(code)
	token, err = s.approval(ctx, code)
	if err != nil {
		return nil, "", err
	}
	account = c.accountOf(context.WithoutCancel(ctx), token, secrets{code.device})
	ui.tell(c.signedIn(account))
	return token, account, nil
}

// askForCode asks for a device code and the code that the person enters (RFC 8628, section 3.1). The request is authenticated
// as those to the token endpoint are, and names the client in the body in any case.
func (c *Client) askForCode(ctx context.Context) (*deviceCode, error) {
	if err := c.checkDeviceAuthURL(); err != nil {
		return nil, err
	}
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	form := c.scoped(url.Values{"client_id": {c.ID}})
	if c.Profile.Audience != "" {
		form.Set("audience", c.Profile.Audience)
	}
	request, err := c.authenticated(ctx, c.Profile.DeviceAuthURL, form)
	if err != nil {
		return nil, err
	}
	answer, err := c.send(request)
	if err == nil {
		err = answer.lacks("device_code")
	}
	return c.codeIn(answer, err)
}

// codeIn returns the code in an answer, if it is one that a person can be shown. Google calls the page verification_url.
func (c *Client) codeIn(answer *reply, err error) (*deviceCode, error) {
	known := c.secrets()
	if err != nil {
		return nil, c.inWords(err, c.Profile.DeviceAuthURL, ForDevice, known)
	}
	members := answer.members
	code := &deviceCode{
		device: secret.New(members.text("device_code")), user: members.text("user_code"),
		page:     cmp.Or(members.text("verification_uri"), members.text("verification_url")),
		complete: cmp.Or(members.text("verification_uri_complete"), members.text("verification_url_complete")),
		life:     members.duration("expires_in"), interval: members.duration("interval"),
	}
	if device := code.device.Reveal(); len(device) > piece && strings.Contains(code.user+" "+code.page+" "+code.complete, device) {
		return nil, unanswered(errNonsense, c.Profile.DeviceAuthURL) // It would be shown.
	}
	if code.user == "" || known.in(code.user) || !isWebPage(code.page) || known.in(code.page) {
		return nil, unanswered(errNonsense, c.Profile.DeviceAuthURL)
	}
	if !isWebPage(code.complete) || known.in(code.complete) {
		code.complete = ""
	}
	return code, nil
}

// showCode tells the person where to enter the code, and opens that page if there is a browser.
func (s signIn) showCode(code *deviceCode) {
	message := fmt.Sprintf("sign in to %s: open this address on any device, and enter the code %s\n  %s",
		s.who(), printable.Short(code.user), code.page)
	if code.complete != "" {
		message += "\nthis one has the code in it:\n  " + code.complete
	}
	address := cmp.Or(code.complete, code.page)
	if s.ui.QRCode {
		message += drawQRCode(address)
	}
	s.ui.tell(message)
	if s.ui.Browse != nil {
		s.ui.Browse(address)
	}
}

// approval is awaitApproval, with a line that shows how much time is left.
func (s signIn) approval(ctx context.Context, code *deviceCode) (*oauth2.Token, error) {
	beside, stop := context.WithCancel(ctx)
	var line sync.WaitGroup
	defer line.Wait()
	defer stop()
	line.Go(func() { s.ui.countDown(beside, nil, func(int) string { return "" }) })
	return s.client.awaitApproval(ctx, code)
}

// awaitApproval asks for the token until the person has decided (RFC 8628, sections 3.4 and 3.5). While the server
// cannot be reached, is overloaded or makes no sense, it asks less and less often.
func (c *Client) awaitApproval(ctx context.Context, code *deviceCode) (*oauth2.Token, error) {
	interval := min(cmp.Or(code.interval, pollInterval), longestInterval)
	var trouble error
	for {
		select {
		case <-ctx.Done():
			return nil, c.unapproved(ctx, trouble)
		case <-time.After(interval):
		}
		poll := tokenRequest{
			on:   ForDevice,
			form: c.scoped(url.Values{"grant_type": {deviceGrantType}, "device_code": {code.device.Reveal()}}),
			sent: secrets{code.device},
		}
		answer, err := c.ask(ctx, poll)
		refused, _ := errors.AsType[*refusal](err)
		switch {
		case err != nil && ctx.Err() != nil: // cut off by the end of the wait
		case refused.says("authorization_pending"):
			trouble = nil
		case refused.says("slow_down"):
			trouble = nil
			interval = min(interval+slowDown, longestInterval)
		case err != nil && !c.decides(refused):
			trouble = err
			interval = min(2*interval, longestInterval)
		default:
			return c.tokenIn(answer, err, poll)
		}
	}
}

// says reports whether there is a refusal with an error code.
func (r *refusal) says(code string) bool { return r != nil && strings.EqualFold(r.code, code) }

// decides reports whether a refusal is a decision, be it that the client is wrong. Without one the question was only missed:
// the network or the server is down, or the answer is cut short or not the server's.
func (c *Client) decides(r *refusal) bool {
	if r == nil || r.busy() {
		return false
	}
	meaning := c.meaning(ForDevice, r)
	return meaning != errLater && (r.code != "" || meaning == ErrClientRefused)
}

// unapproved says why the wait is over. trouble is what became of the last request, nil if it was answered.
func (c *Client) unapproved(ctx context.Context, trouble error) error {
	err := gaveUp(ctx)
	if trouble == nil || !errors.Is(err, ErrTimeout) {
		return err
	}
	return fmt.Errorf("%w (%w)", err, c.inWords(trouble, c.Profile.TokenURL, ForDevice, c.secrets()))
}

// isWebPage reports whether an address is one that a person can be sent to, and a browser.
func isWebPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && printable.Line(address) == address
}
