package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/oauth2"
)

// SignIn signs a person in by the authorization code grant with PKCE, in the browser. It returns the token and the
// name of the account, "" where the forge does not tell. It ends with the answer, with ctx, or with c.Timeout.
func (c *Client) SignIn(ctx context.Context) (token *oauth2.Token, account string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("%w (%s)", ErrTimeout, clock(c.Timeout)))
	defer cancel()
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	callback, err := listen(c.Profile.RedirectURL, state)
	if err != nil {
		return nil, "", err
	}
	defer callback.close()

	c.trace("waiting for the answer at %s", callback.redirect)
	c.askInBrowser(c.config(callback.redirect).AuthCodeURL(state, c.authorizeOptions(verifier)...))
	answer, err := c.await(ctx, callback)
	if err == nil {
		// The code is used up by the exchange: from here on nothing may interrupt.
		token, account, err = c.finish(context.WithoutCancel(ctx), answer, callback.redirect, verifier)
	}
	outcome := c.page(account, err)
	callback.verdict(outcome)
	if err == nil && answer.pasted {
		c.Tell(outcome.text)
	}
	return token, account, err
}

// authorizeOptions are what is asked for beside the scopes. The code is bound to the verifier (RFC 7636), also where
// the server does not say that it can do that.
func (c *Client) authorizeOptions(verifier string) []oauth2.AuthCodeOption {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	for _, parameter := range []struct{ name, value string }{
		{"audience", c.Profile.Audience},
		{"prompt", c.Profile.Prompt},
		{c.Profile.LoginHint, c.LoginHint},
	} {
		if parameter.name != "" && parameter.value != "" {
			options = append(options, oauth2.SetAuthURLParam(parameter.name, parameter.value))
		}
	}
	return options
}

// askInBrowser opens the authorization page, and tells its address in any case.
func (c *Client) askInBrowser(address string) {
	// Some openers encode a URL once more, and trip over a "+" for a space.
	path, query, _ := strings.Cut(address, "?")
	address = path + "?" + strings.ReplaceAll(query, "+", "%20")
	if c.Browse != nil && c.Browse(address) == nil {
		c.Tell("sign in to " + c.GitHost + " in the browser; if it does not open, go to\n  " + address)
		return
	}
	message := "sign in to " + c.GitHost + " at\n  " + address
	if c.Paste != nil && c.Waiting == nil {
		message += "\nif the page at the end does not load, paste its address here, and press Enter"
	}
	c.Tell(message)
}

// finish turns the answer of the authorization server into a token.
func (c *Client) finish(ctx context.Context, answer *answer, redirect, verifier string) (*oauth2.Token, string, error) {
	if !c.comesFrom(answer.issuer) {
		return nil, "", errors.New("the answer came from another server than the one that was asked (RFC 9207)")
	}
	if answer.errorCode != "" {
		return nil, "", c.refusal(answer)
	}
	c.trace("the authorization server has sent a code")
	token, err := c.exchange(ctx, answer.code, redirect, verifier)
	if err != nil {
		return nil, "", err
	}
	return token, c.accountOf(ctx, token), nil
}

// accountOf returns the name of the account that has just signed in. Without one the sign-in still serves; it then
// belongs to the name in the URL.
func (c *Client) accountOf(ctx context.Context, token *oauth2.Token) string {
	account, err := c.Account(ctx, token)
	if err != nil {
		c.trace("%v", err)
		return ""
	}
	return account
}

// comesFrom reports whether a response, be it an error, comes from the server that was asked, as far as that can be
// told (RFC 9207, section 2.4).
func (c *Client) comesFrom(issuer string) bool {
	if issuer == "" {
		return !c.Profile.RequireIssuer
	}
	return c.Profile.Issuer == "" || c.Profile.Issuer == issuer
}

// refusal puts an error response (RFC 6749, section 4.1.2.1) into words.
func (c *Client) refusal(answer *answer) error {
	said := said(answer.errorCode, answer.errorDescription)
	if meaning := grantErrors[answer.errorCode]; meaning != nil {
		return fmt.Errorf("%w (%s answered: %s)", meaning, c.GitHost, said)
	}
	return fmt.Errorf("%s answered: %s", c.GitHost, said)
}
