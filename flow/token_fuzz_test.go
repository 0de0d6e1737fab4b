package flow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/secret"
)

// FuzzTokenAnswer: whatever a token endpoint answers, and whatever it was asked for, what comes of it is a token that fits
// into one line to git, or an error that fits into one on a terminal. Neither tells the secrets that were sent.
func FuzzTokenAnswer(f *testing.F) {
	for _, answer := range recordings(f) {
		f.Add(answer.Status, answer.ContentType, answer.Body)
	}
	f.Add(200, "application/json", `{"access_token":"at\nhost=evil.example","expires_in":"7200"}`)
	f.Add(200, "application/json", `{"access_token":"at","expires_in":1e99,"scope":["a",["b"]],"token_type":null}`)
	f.Add(400, "application/json", `{"error":"invalid_grant","error_description":"\u001b[2J SENT-REFRESH-TOKEN SENT%2dSECRET"}`)
	f.Add(200, "application/json", `{"device_code":1,"user_code":"\u202eSENT-SECRET","verification_uri":"https://example.com/","interval":"-0"}`)
	f.Add(200, "\x00", "\x1f\x8b\x08\x00")
	f.Add(503, "text/html", "<h1>Service Unavailable</h1>")
	var status int
	var kind, body string
	client := tokenServer(f, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		w.Write([]byte(body))
	})
	client.Secret, client.Profile.DeviceAuthURL = secret.New("SENT-SECRET"), client.Profile.TokenURL
	tell := func(message string) {
		if message = strings.ReplaceAll(message, "\n", " "); strings.Contains(message, "SENT-SECRET") || printable.Line(message) != message {
			panic(message)
		}
	}
	f.Fuzz(func(t *testing.T, s int, k, b string) {
		status, kind, body = 200+(s%400+400)%400, k, b
		check := func(sent string, token *oauth2.Token, err error) {
			t.Helper()
			if err != nil {
				wantText(t, err.Error(), nil, "SENT-SECRET", basic("client-id", "SENT-SECRET"), sent)
				return
			}
			if token.AccessToken == "" || strings.ContainsAny(token.AccessToken, "\r\n\x00 ") || token.Type() != "Bearer" {
				t.Errorf("%q became the token %q of type %q", body, token.AccessToken, token.Type())
			}
			if !token.Expiry.IsZero() && (token.ExpiresIn < 1 || time.Until(token.Expiry) > longest) {
				t.Errorf("%q became a token that lives %v", body, time.Until(token.Expiry))
			}
			if scopes, _ := token.Extra("scope").(string); strings.Contains(scopes, "SENT-SECRET") {
				t.Errorf("%q became the scopes %q", body, scopes)
			}
		}
		token, err := client.Refresh(t.Context(), "SENT-REFRESH-TOKEN")
		check("SENT-REFRESH-TOKEN", token, err)
		if err == nil && token.RefreshToken == "" {
			t.Errorf("%q left no refresh token", body)
		}
		// The other requests differ in what is made of an answer.
		answer := &reply{status, readMembers([]byte(body), true)}
		for _, on := range []Request{ForCode, ForDevice, ForMint} {
			token, err = client.tokenIn(answer, answer.lacks("access_token"), tokenRequest{on: on, sent: newSecrets("SENT-CODE")})
			check("SENT-CODE", token, err)
		}
		if code, err := client.codeIn(answer, answer.lacks("device_code")); err != nil {
			check("SENT-SECRET", nil, err)
		} else {
			signIn{client, UI{Tell: tell}, ""}.showCode(code)
		}
	})
}
