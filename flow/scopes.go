package flow

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// withScope puts the granted scopes where RFC 6749, section 5.1, has them: in "scope", separated by spaces. Bitbucket
// called the field "scopes" until 2026.
func (c *Client) withScope(token *oauth2.Token) *oauth2.Token {
	for _, name := range []string{"scope", "scopes"} {
		if scopes, ok := token.Extra(name).(string); ok && scopes != "" {
			if c.Profile.CommaScopes {
				scopes = strings.ReplaceAll(scopes, ",", " ")
			}
			return token.WithExtra(map[string]any{"scope": scopes})
		}
	}
	return token
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
		ErrScope, c.GitHost, said(strings.Join(granted, " "), ""), strings.Join(missing, " "))
}

// allow reports whether the granted scopes hold one: at Bitbucket repository:write holds repository
// (https://developer.atlassian.com/cloud/bitbucket/rest/intro/#bitbucket-oauth-2-0-scopes).
func allow(granted []string, asked string) bool {
	return slices.Contains(granted, asked) || slices.Contains(granted, asked+":write")
}
