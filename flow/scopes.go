package flow

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
)

// granted returns the scopes that an answer names as RFC 6749, section 5.1, has them: separated by spaces. Bitbucket called
// the member "scopes" until 2026, and others send a list.
func (c *Client) granted(answer members) string {
	for _, name := range []string{"scope", "scopes"} {
		scopes := strings.Join(answer.words(name), " ")
		if c.Profile.CommaScopes {
			scopes = strings.ReplaceAll(scopes, ",", " ")
		}
		if scopes != "" {
			return scopes
		}
	}
	return ""
}

// identityScopes allow nothing at a forge, and servers leave them out of their answers as they like.
var identityScopes = []string{"openid", "profile", "email", "offline_access"}

// Narrower returns an error that wraps [ErrScope] if the server says that it has granted less than was asked for, as
// it may (RFC 6749, section 3.3). A server that says nothing has granted everything. Scopes that are URLs are left out:
// servers answer with others in their place.
func (c *Client) Narrower(token *oauth2.Token) error {
	scope, _ := token.Extra("scope").(string)
	granted := strings.Fields(scope)
	missing := slices.DeleteFunc(slices.Clone(c.Profile.Scopes), func(asked string) bool {
		return slices.Contains(identityScopes, asked) || strings.Contains(asked, "/") || allow(granted, asked)
	})
	if len(granted) == 0 || len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s has granted %s, and not %s",
		ErrScope, c.GitHost, printable.Short(strings.Join(granted, " ")), strings.Join(missing, " "))
}

// allow reports whether the granted scopes hold one: at Bitbucket repository:write holds repository
// (https://developer.atlassian.com/cloud/bitbucket/rest/intro/#bitbucket-oauth-2-0-scopes).
func allow(granted []string, asked string) bool {
	return slices.Contains(granted, asked) || slices.Contains(granted, asked+":write")
}
