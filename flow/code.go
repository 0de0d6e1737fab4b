package flow

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/secret"
)

// A handshake is what ties the answers of a sign-in to its request: state, PKCE verifier, and the nonce of OpenID Connect.
type handshake struct{ state, verifier, nonce secret.String }

func (c *Client) newHandshake() handshake {
	h := handshake{state: secret.New(rand.Text()), verifier: secret.New(oauth2.GenerateVerifier())}
	if c.wantsNonce() {
		h.nonce = secret.New(rand.Text())
	}
	return h
}

// SignIn signs a person in by the authorization code grant with PKCE, in the browser. It returns the token and the
// name of the account, "" where the forge does not tell. It ends with the answer, with ctx, or with
// ui.Timeout. hint is the name that the sign-in page shall suggest, "" for none: the one in the repository's URL.
//
// An error that wraps [ErrNotAsked] comes before the browser opens; an [ErrNoBrowser] means that none could be started, and
// that [Client.SignInOnDevice] is better or nobody is there.
func (c *Client) SignIn(ctx context.Context, ui UI, hint string) (token *oauth2.Token, account string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, ui.Timeout, fmt.Errorf("%w (%s)", ErrTimeout, clock(ui.Timeout)))
	defer cancel()
	if err := c.ready(ctx); err != nil {
		return nil, "", err
	}
	h := c.newHandshake()
	s := signIn{c, ui, hint}
	callback, err := s.expect(h.state.Reveal())
	if err != nil {
		return nil, "", err
	}
	defer callback.close()
	if err := s.askInBrowser(c.authorizeURL(callback.redirect, hint, h)); err != nil {
		return nil, "", err
	}
	answer, err := s.await(ctx, callback)
	if err == nil {
		// The code is used up by the exchange: from here on nothing may interrupt.
		token, account, err = c.finish(context.WithoutCancel(ctx), answer, callback.redirect, h)
	}
	outcome := c.page(account, err)
	callback.verdict(outcome)
	if err == nil {
		ui.tell(outcome.text)
	}
	return token, account, err
}

// authorizeURL is the page on which the person signs in. The code is bound to the verifier (RFC 7636), also where the server
// does not say that it can do that.
func (c *Client) authorizeURL(redirect, hint string, h handshake) string {
	config := oauth2.Config{
		ClientID: c.ID, Endpoint: oauth2.Endpoint{AuthURL: c.Profile.AuthURL}, RedirectURL: redirect, Scopes: c.Profile.Scopes,
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(h.verifier.Reveal())}
	for _, parameter := range []struct{ name, value string }{
		{"audience", c.Profile.Audience},
		{"prompt", c.Profile.Prompt},
		{"nonce", h.nonce.Reveal()},
		{c.Profile.LoginHint, hint},
	} {
		if parameter.name != "" && parameter.value != "" {
			options = append(options, oauth2.SetAuthURLParam(parameter.name, parameter.value))
		}
	}
	return config.AuthCodeURL(h.state.Reveal(), options...)
}

// finish turns the answer of the authorization server into a token.
func (c *Client) finish(ctx context.Context, answer *answer, redirect string, h handshake) (*oauth2.Token, string, error) {
	if err := c.checkIssuer(answer, h); err != nil {
		return nil, "", err
	}
	if answer.errorCode != "" {
		return nil, "", c.denied(answer, h)
	}
	c.trace("the authorization server has sent a code")
	token, err := c.exchange(ctx, answer.code, redirect, h.verifier.Reveal(), h.state, h.nonce)
	if err != nil {
		return nil, "", err
	}
	idToken, _ := token.Extra("id_token").(string)
	if err := checkNonce(idToken, h.nonce); err != nil {
		return nil, "", err
	}
	return token, c.accountOf(ctx, token, secrets{secret.New(answer.code), h.verifier}), nil
}

// exchange obtains a token for an authorization code (RFC 6749, section 4.1.3). The code is sent once. known are further
// secrets of the sign-in that the server knows.
func (c *Client) exchange(ctx context.Context, code, redirect, verifier string, known ...secret.String) (*oauth2.Token, error) {
	return c.obtain(ctx, tokenRequest{
		on: ForCode,
		form: url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier},
		},
		sent: append(newSecrets(code, verifier), known...),
	})
}

// accountTimeout is how long the person waits for their name, after requestTimeout for the token: 20 seconds in all.
const accountTimeout = 5 * time.Second

// accountOf returns the name of the account that has just signed in. Without one the sign-in still serves; it then
// belongs to the name in the URL.
func (c *Client) accountOf(ctx context.Context, token *oauth2.Token, sent secrets) string {
	ctx, cancel := context.WithTimeout(ctx, accountTimeout)
	defer cancel()
	account, err := c.Account(ctx, token)
	if err != nil {
		c.trace("%v", err)
		return ""
	}
	if sent.in(account) { // It is no name, and would be shown.
		return ""
	}
	return account
}

// checkIssuer refuses a response, be it an error, that comes from another server than the one that was asked, as far as
// that can be told (RFC 9207, section 2.4). Where no issuer is known, its host is that of the page (RFC 9700, section 4.4).
func (c *Client) checkIssuer(answer *answer, h handshake) error {
	issuer := answer.issuer
	known := c.Profile.Issuer
	switch {
	case issuer == "" && c.Profile.RequireIssuer:
		return fmt.Errorf("%w: it does not say that it came from %s, as that server always does (RFC 9207)", ErrMixedUp, known)
	case issuer == "" || issuer == known || known == "" && sameHost(issuer, c.Profile.AuthURL):
		return nil
	}
	shown := append(c.secrets(), h.state, h.nonce, secret.New(answer.code)).cut(issuer)
	return fmt.Errorf("%w: it came from %q, and not from the server that was asked, %q (RFC 9207)", ErrMixedUp,
		printable.Short(shown), cmp.Or(known, hostOf(c.Profile.AuthURL)))
}

// denied puts an error response (RFC 6749, section 4.1.2.1) into words.
func (c *Client) denied(answer *answer, h handshake) error {
	r := &refusal{code: answer.errorCode, description: answer.errorDescription}
	meaning, _ := c.known(ForCode, r)
	return c.refused(r, "https://"+c.GitHost, meaning, append(c.secrets(), h.state, h.nonce, secret.New(answer.code)))
}
