package testforge_test

import (
	"strings"
	"testing"

	"git-credential-grant/testforge"

	"golang.org/x/oauth2"
)

// deviceCode begins a sign-in on a device.
func deviceCode(t *testing.T, config *oauth2.Config) *oauth2.DeviceAuthResponse {
	t.Helper()
	code, err := config.DeviceAuth(t.Context(), oauth2.SetAuthURLParam("client_secret", config.ClientSecret))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestDevice(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, allScopes...)
	config.Endpoint.DeviceAuthURL = forge.URL + "/site/oauth2/device"

	code := deviceCode(t, config)
	if page, err := (testforge.Browser{As: "bob"}).Visit(code.VerificationURIComplete); err != nil || !strings.Contains(page, "go back to your device") {
		t.Errorf("%v\n%s", err, page)
	}
	token, err := config.DeviceAccessToken(t.Context(), code)
	wantCode(t, err, "")
	if user := whoami(t, forge, token.AccessToken); user != "bob" || token.RefreshToken == "" {
		t.Errorf("signed in as %q, refresh token %q", user, token.RefreshToken)
	}
	_, err = config.DeviceAccessToken(t.Context(), code)
	wantCode(t, err, "access_denied") // a device code is good for one token

	refused := deviceCode(t, config)
	if _, err := (testforge.Browser{Cancel: true}).Visit(refused.VerificationURIComplete); err != nil {
		t.Error(err)
	}
	_, err = config.DeviceAccessToken(t.Context(), refused)
	wantCode(t, err, "access_denied")

	if _, err := (testforge.Browser{}).Visit(forge.URL + "/site/oauth2/verify?user_code=WRONG"); err == nil {
		t.Error("a wrong code was taken")
	}
	wantStats(t, forge, map[string]int{"device": 2, "poll_ok": 1, "poll_refused": 2})
}
