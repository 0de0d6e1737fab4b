package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

const (
	deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"
	// pollInterval stands in where the server names none, slowDown is added each time it asks for that (RFC 8628,
	// sections 3.2 and 3.5), and longestInterval is what an interval can grow to, or a server can ask for.
	pollInterval    = 5 * time.Second
	slowDown        = 5 * time.Second
	longestInterval = time.Minute
)

// deviceErrors are grantErrors and those of RFC 8628, section 3.5. GitHub's documentation names the last both ways.
var deviceErrors = map[string]error{
	"access_denied":          ErrDenied,
	"expired_token":          ErrTimeout,
	"token_expired":          ErrTimeout,
	"invalid_client":         ErrClientRefused,
	"unauthorized_client":    ErrGrantRefused,
	"device_flow_disabled":   ErrGrantRefused, // GitHub
	"unsupported_grant_type": ErrGrantRefused,
	"invalid_scope":          ErrScope,
}

// SignInOnDevice signs a person in by the device authorization grant (RFC 8628): it shows a code, which the person
// enters in a browser on any device, and asks the server until that has happened. It returns what [Client.SignIn]
// returns, and ends with the person's answer, with ctx, with the code's life, or with c.Timeout.
func (c *Client) SignInOnDevice(ctx context.Context) (token *oauth2.Token, account string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, ErrTimeout)
	defer cancel()
	code, err := c.askForCode(ctx)
	if err != nil {
		return nil, "", err
	}
	if !code.Expiry.IsZero() {
		ctx, cancel = context.WithDeadlineCause(ctx, code.Expiry, ErrTimeout)
		defer cancel()
	}
	c.showCode(code)
	token, err = c.approval(ctx, code)
	if err != nil {
		return nil, "", err
	}
	return token, c.accountOf(context.WithoutCancel(ctx), token), nil
}

// askForCode asks for a device code and the code that the person enters (RFC 8628, section 3.1).
func (c *Client) askForCode(ctx context.Context) (*oauth2.DeviceAuthResponse, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	request, err := c.codeRequest(ctx)
	if err != nil {
		return nil, err
	}
	code, err := readCode(c.httpClient().Do(request))
	if err != nil {
		return nil, explain(err, c.Profile.DeviceAuthURL, c.meanings(deviceErrors), []string{c.Secret})
	}
	return code, nil
}

// codeRequest is the request for a code, authenticated as those to the token endpoint are. It names the client in the
// body in any case (RFC 8628, section 3.1).
func (c *Client) codeRequest(ctx context.Context) (*http.Request, error) {
	form := url.Values{"client_id": {c.ID}}
	if len(c.Profile.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Profile.Scopes, " "))
	}
	if c.Profile.Audience != "" {
		form.Set("audience", c.Profile.Audience)
	}
	return c.authenticated(ctx, c.Profile.DeviceAuthURL, form)
}

// readCode reads the answer to a request for a code. GitHub sends errors with status 200.
func readCode(response *http.Response, err error) (*oauth2.DeviceAuthResponse, error) {
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	code := &oauth2.DeviceAuthResponse{}
	if json.Unmarshal(body, code) == nil && code.DeviceCode != "" && code.UserCode != "" && isWebPage(code.VerificationURI) {
		return code, nil
	}
	var refusal struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &refusal); refusal.Code == "" && response.StatusCode < 300 {
		return nil, errors.New("neither a code nor an error")
	}
	return nil, &oauth2.RetrieveError{Response: response, ErrorCode: refusal.Code, ErrorDescription: refusal.Description}
}

// showCode tells the person where to enter the code, and opens that page if there is a browser.
func (c *Client) showCode(code *oauth2.DeviceAuthResponse) {
	message := fmt.Sprintf("sign in to %s: open this address on any device, and enter the code %s\n  %s",
		c.GitHost, said(code.UserCode, ""), code.VerificationURI)
	address := code.VerificationURI
	if isWebPage(code.VerificationURIComplete) {
		address = code.VerificationURIComplete
		message += "\nthis one has the code in it:\n  " + address
	}
	if c.QRCode {
		message += drawQRCode(address)
	}
	c.Tell(message)
	if c.Browse != nil {
		c.Browse(address)
	}
}

// approval is awaitApproval, with a line that shows how much time is left.
func (c *Client) approval(ctx context.Context, code *oauth2.DeviceAuthResponse) (*oauth2.Token, error) {
	beside, stop := context.WithCancel(ctx)
	var line sync.WaitGroup
	defer line.Wait()
	defer stop()
	line.Go(func() { c.countDown(beside, nil, func(int) string { return "" }) })
	return c.awaitApproval(ctx, code)
}

// awaitApproval asks for the token until the person has decided (RFC 8628, sections 3.4 and 3.5). While the server
// cannot be reached or is overloaded, it asks less and less often.
func (c *Client) awaitApproval(ctx context.Context, code *oauth2.DeviceAuthResponse) (*oauth2.Token, error) {
	interval := pollInterval
	if code.Interval > 0 {
		interval = time.Duration(min(code.Interval, int64(longestInterval/time.Second))) * time.Second
	}
	var trouble error
	for {
		select {
		case <-ctx.Done():
			return nil, c.unapproved(ctx, trouble)
		case <-time.After(interval):
		}
		token, err := c.poll(ctx, code.DeviceCode)
		switch said := errorCode(err); {
		case err != nil && ctx.Err() != nil: // cut off by the end of the wait
		case said == "authorization_pending":
			trouble = nil
		case said == "slow_down":
			trouble = nil
			interval = min(interval+slowDown, longestInterval)
		case undecided(err):
			trouble = err
			interval = min(2*interval, longestInterval)
		default:
			return c.checked(token, err, deviceErrors, code.DeviceCode)
		}
	}
}

// poll asks once whether the person has decided.
func (c *Client) poll(ctx context.Context, deviceCode string) (*oauth2.Token, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	return c.tokenRequest(url.Values{"grant_type": {deviceGrantType}, "device_code": {deviceCode}}).Token(ctx)
}

// errorCode returns the error code that a token endpoint has sent, "" if it has sent none.
func errorCode(err error) string {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return refused.ErrorCode
	}
	return ""
}

// undecided reports whether a request came to nothing that the server has said: the network is down, or the server.
func undecided(err error) bool {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := refused.Response.StatusCode
		return status >= 500 || status == http.StatusTooManyRequests
	}
	_, network := errors.AsType[*url.Error](err)
	return network
}

// unapproved says why the wait is over. trouble is what became of the last request, nil if it was answered.
func (c *Client) unapproved(ctx context.Context, trouble error) error {
	err := gaveUp(ctx)
	if trouble == nil || !errors.Is(err, ErrTimeout) {
		return err
	}
	return fmt.Errorf("%w (%w)", err, explain(trouble, c.Profile.TokenURL, nil, nil))
}

// isWebPage reports whether an address is one that a person can be sent to, and a browser.
func isWebPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && Printable(address) == address
}
