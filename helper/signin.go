package helper

import (
	"slices"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

// A SignIn is what an OAuth2 server issued to one person, or to a client that acts for itself.
type SignIn struct {
	// Account is the name of the person at the forge, or the user name that the sign-in was made for where the
	// forge does not say, or "" if neither is known.
	Account string `json:"account,omitempty"`
	// Username is what git has to send beside the token. If AnyUsername is set it is only what to say to a
	// request that names nobody.
	Username    string `json:"username"`
	AnyUsername bool   `json:"any_username,omitempty"`
	// TokenUsers and FoldsNames are those of the [Server].
	TokenUsers []string `json:"nobody,omitempty"`
	FoldsNames bool     `json:"folds_names,omitempty"`
	// Bearer, Provider and RefreshEndsToken are those of the [Server].
	Bearer           bool   `json:"bearer,omitempty"`
	Provider         string `json:"provider,omitempty"`
	RefreshEndsToken bool   `json:"refresh_ends_token,omitempty"`

	// OnlyBearer says that the git server has refused a token as a password and offered nothing but bearer tokens.
	OnlyBearer bool `json:"only_bearer,omitempty"`

	AccessToken  secret.String `json:"access_token,omitzero"`
	Issued       time.Time     `json:"issued"`
	Expiry       time.Time     `json:"expiry,omitzero"`
	RefreshToken secret.String `json:"refresh_token,omitzero"`
	Scopes       string        `json:"scopes,omitempty"`

	// TokenEndpoint and ClientID say who issued the refresh token. It is never sent anywhere else.
	TokenEndpoint string `json:"token_endpoint"`
	ClientID      string `json:"client_id"`
	// Grant names how the tokens were obtained.
	Grant string `json:"grant,omitempty"`

	// Fingerprints are those of the last access tokens, the present one first: what git says about an older
	// one is about a token that has already been replaced.
	Fingerprints []string `json:"issue,omitempty"`
	// Refusals are the times in the last minute that the git server did not take a token.
	Refusals []Refusal `json:"refusals,omitempty"`
	// Ended says that the server has refused the refresh token. It is kept until the person has signed in anew, since the
	// server may only have been confused; until then each renewal tries it first.
	Ended *Ended `json:"ended,omitempty"`
}

// An Ended is the OAuth2 server's no to a refresh.
type Ended struct {
	At  time.Time `json:"at"`
	Why string    `json:"why"`
}

const (
	// rememberedTokens is how many fingerprints of issued tokens are kept: enough for the git processes that may
	// still run with an older one.
	rememberedTokens = 8
	// renewalMargin is how much life a token must have left to be handed out, so that it lasts for the command.
	renewalMargin = 5 * time.Minute
	// lateMargin is that for a token which its renewal ends: the later it comes, the fewer commands still run with it.
	lateMargin = time.Minute
)

// take puts a token that was just issued in the place of the present one.
func (s *SignIn) take(token *oauth2.Token, now time.Time) {
	s.AccessToken, s.Issued, s.Expiry = secret.New(token.AccessToken), now, token.Expiry
	if token.RefreshToken != "" {
		s.RefreshToken = secret.New(token.RefreshToken)
	}
	if scopes, _ := token.Extra("scope").(string); scopes != "" {
		s.Scopes = scopes
	}
	s.Ended = nil
	s.Fingerprints = slices.Insert(s.Fingerprints, 0, fingerprintOf(token.AccessToken))
	s.Fingerprints = s.Fingerprints[:min(len(s.Fingerprints), rememberedTokens)]
}

// live reports whether the token has enough life left to be handed out from the keyring: more than five minutes, or
// a tenth of its whole life if that is less. A clock that was set back before the issue makes the expiry meaningless.
func (s *SignIn) live(now time.Time) bool {
	if s.AccessToken.IsZero() || s.Expiry.IsZero() {
		return !s.AccessToken.IsZero()
	}
	return !s.Issued.After(now.Add(renewalMargin)) && s.Expiry.Sub(now) > min(s.margin(), s.Expiry.Sub(s.Issued)/10)
}

// margin is how long before its expiry the token is renewed.
func (s *SignIn) margin() time.Duration {
	if s.RefreshEndsToken {
		return lateMargin
	}
	return renewalMargin
}

// usable reports whether there is a token that has not yet expired.
func (s *SignIn) usable(now time.Time) bool {
	return s != nil && !s.AccessToken.IsZero() && (s.Expiry.IsZero() || s.Expiry.After(now))
}

// named reports whether a name is that of the sign-in's account.
func (s *SignIn) named(name string) bool {
	return name == s.Account || s.FoldsNames && foldASCII(name) == foldASCII(s.Account)
}

// has reports whether a fingerprint is that of the token in use.
func (s *SignIn) has(fingerprint string) bool {
	return !s.AccessToken.IsZero() && fingerprintOf(s.AccessToken.Reveal()) == fingerprint
}

// had reports whether a fingerprint is that of a token that this sign-in has, or had lately.
func (s *SignIn) had(fingerprint string) bool { return slices.Contains(s.Fingerprints, fingerprint) }

// renewable reports whether a new token can be had without asking the person, as far as is known.
func (s *SignIn) renewable() bool {
	return s.Ended == nil && !s.RefreshToken.IsZero() || slices.Contains(unattendedGrants, s.Grant)
}
