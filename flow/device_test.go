package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// TestSignInOnDevice: a person approves the code, and the sign-in can be renewed like any other.
func TestSignInOnDevice(t *testing.T) {
	t.Parallel()
	for name, inParams := range map[string]bool{"secret in the header": false, "secret in the form": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forge, client := startForge(t, testforge.Options{})
			client.Grant, client.Profile.DeviceAuthURL = GrantDevice, forge.URL+"/site/oauth2/device"
			if inParams {
				client.Profile.AuthStyle = 1
			}
			var told string
			ui := UI{Timeout: time.Minute}
			ui.Tell = func(message string) { told += strings.ReplaceAll(message, "\n", " ") }
			ui.Browse = func(address string) error {
				_, err := testforge.Browser{As: "bob"}.Visit(address)
				return err
			}
			token, account, err := client.SignInOnDevice(t.Context(), ui, "")
			if err != nil || account != "bob" {
				t.Fatalf("signed in as %q, %v", account, err)
			}
			wantText(t, told, []string{"enter the code", forge.URL + "/site/oauth2/verify ", "Git can now use git.example as bob."}, token.AccessToken, client.Secret.Reveal())
			if _, err := client.Refresh(t.Context(), token.RefreshToken); err != nil {
				t.Error(err)
			}
			wantStats(t, forge, map[string]int{"device": 1, "poll_ok": 1, "refresh_ok": 1, "authorize": 0})
		})
	}
}

// deviceServer answers the request for a code with the first of its answers, and polls with the others in turn, the
// last for ever.
type deviceServer struct {
	answers []deviceAnswer

	mu    sync.Mutex
	asked int
}

type deviceAnswer struct {
	status int
	body   string
}

func (s *deviceServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	answer := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	s.mu.Unlock()
	if answer.status == 0 {
		panic(http.ErrAbortHandler)
	}
	answerJSON(w, answer.status, answer.body)
}

// Answers in the forms in which servers give them.
var (
	// RFC 8628, section 3.2.
	rfcCode = deviceAnswer{200, `{"device_code":"device","user_code":"WDJB-MJHT","verification_uri":"https://example.com/device",
		"verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT","expires_in":1800,"interval":5}`}
	// https://developers.google.com/identity/protocols/oauth2/limited-input-device
	googleCode = deviceAnswer{200, `{"device_code":"device","user_code":"GQVQ-JKEC","verification_url":"https://www.google.com/device","expires_in":1800,"interval":5}`}
	rfcPending = deviceAnswer{400, `{"error":"authorization_pending"}`}
	rfcSlow    = deviceAnswer{400, `{"error":"slow_down"}`}
	// https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow
	githubPending = deviceAnswer{200, `{"error":"authorization_pending","error_description":"The authorization request is still pending."}`}
	githubSlow    = deviceAnswer{200, `{"error":"slow_down","error_description":"Too many requests","interval":10}`}
	githubExpired = deviceAnswer{200, `{"error":"token_expired","error_description":"The code has expired"}`}
	// https://auth0.com/docs/get-started/authentication-and-authorization-flow/device-authorization-flow
	auth0Pending = deviceAnswer{403, `{"error":"authorization_pending","error_description":"User has yet to authorize device code."}`}
	auth0Slow    = deviceAnswer{429, `{"error":"slow_down","error_description":"You are polling faster than the specified interval of 5 seconds."}`}
	auth0Denied  = deviceAnswer{403, `{"error":"access_denied","error_description":"User denied\u001b[31m."}`}
	overloaded   = deviceAnswer{503, `<h1>Service unavailable</h1>`}
	hungUp       = deviceAnswer{}
	issued       = deviceAnswer{200, `{"access_token":"the-token","token_type":"bearer","expires_in":3600}`}
)

// TestDevicePolling: how long it takes until each dialogue ends shows that the intervals are kept.
func TestDevicePolling(t *testing.T) {
	t.Parallel()
	code := func(members string) deviceAnswer {
		return deviceAnswer{200, `{"device_code":"device","user_code":"CODE","verification_uri":"https://example.com/device",` + members + `}`}
	}
	for _, test := range []struct {
		name    string
		answers []deviceAnswer
		want    error
		says    string
		took    time.Duration
	}{
		{"at once", []deviceAnswer{rfcCode, issued}, nil, "", 5 * time.Second},
		{"by and by", []deviceAnswer{rfcCode, rfcPending, rfcPending, issued}, nil, "", 15 * time.Second},
		{"slow down for all later requests", []deviceAnswer{rfcCode, rfcSlow, rfcPending, issued}, nil, "", 25 * time.Second},
		{"errors with status 200", []deviceAnswer{rfcCode, githubPending, githubSlow, issued}, nil, "", 20 * time.Second},
		{"errors with status 403 and 429", []deviceAnswer{rfcCode, auth0Pending, auth0Slow, issued}, nil, "", 20 * time.Second},
		{"back off while the server is down", []deviceAnswer{rfcCode, overloaded, hungUp, issued}, nil, "", (5 + 10 + 20) * time.Second},
		{"verification_url", []deviceAnswer{googleCode, issued}, nil, "", 5 * time.Second},
		{"no interval", []deviceAnswer{code(`"expires_in":900`), issued}, nil, "", 5 * time.Second},
		{"a short interval", []deviceAnswer{code(`"interval":1`), issued}, nil, "", time.Second},
		{"an interval below nothing", []deviceAnswer{code(`"interval":-1`), issued}, nil, "", 5 * time.Second},
		{"an interval without end", []deviceAnswer{code(`"interval":9223372036854775807`), issued}, nil, "", time.Minute},

		{"the person says no", []deviceAnswer{rfcCode, rfcPending, auth0Denied}, ErrDenied, "access_denied User denied [31m.", 10 * time.Second},
		{"the server lets the code run out", []deviceAnswer{rfcCode, {400, `{"error":"expired_token"}`}}, ErrTimeout, "", 5 * time.Second},
		{"GitHub's name for that", []deviceAnswer{rfcCode, githubExpired}, ErrTimeout, "", 5 * time.Second},
		{"the code runs out", []deviceAnswer{code(`"expires_in":12`), rfcPending}, ErrTimeout, "", 12 * time.Second},
		{"the person takes too long", []deviceAnswer{rfcCode, rfcPending}, ErrTimeout, "", 2 * time.Minute},
		{"the server stays down", []deviceAnswer{rfcCode, overloaded}, ErrTimeout, "answered with status 503", 2 * time.Minute},
		{"a wrong secret", []deviceAnswer{rfcCode, {401, `{"error":"invalid_client"}`}}, ErrClientRefused, "", 5 * time.Second},
		{"any other error", []deviceAnswer{rfcCode, {400, `{"error":"invalid_grant"}`}}, nil, "answered: invalid_grant", 5 * time.Second},
		{"the server does not know the code any more", []deviceAnswer{rfcCode, {400, `{"error":"bad_verification_code"}`}}, ErrTimeout, "bad_verification_code", 5 * time.Second},
		{"any other name for that", []deviceAnswer{rfcCode, {400, `{"error":"Code_Expired"}`}}, ErrTimeout, "Code_Expired", 5 * time.Second},
		{"any other name for no", []deviceAnswer{rfcCode, {400, `{"error":"authorization_declined"}`}}, ErrDenied, "", 5 * time.Second},
		{"answers that are none", []deviceAnswer{rfcCode, {200, `<h1>Welcome</h1>`}, {200, `{"access_token":"th`}, {200, ``}, issued}, nil, "", (5 + 10 + 20 + 40) * time.Second},
		{"a network that is in the way", []deviceAnswer{rfcCode, {302, ``}, {403, `<h1>Sign in to our network</h1>`}, {404, ``}, issued}, nil, "", (5 + 10 + 20 + 40) * time.Second},
		{"a server that is busy with other things", []deviceAnswer{rfcCode, {408, ``}, {400, `{"error":"temporarily_unavailable"}`}, issued}, nil, "", (5 + 10 + 20) * time.Second},
		{"nothing but nonsense", []deviceAnswer{rfcCode, {200, `<h1>Welcome</h1>`}}, ErrTimeout, "makes no sense", 2 * time.Minute},
		{"a form for an answer", []deviceAnswer{rfcCode, {200, `error=authorization_pending`}, {200, `access_token=the-token`}}, nil, "", 10 * time.Second},
		{"a form for a code", []deviceAnswer{{200, `device_code=device&user_code=1234&verification_uri=https%3A%2F%2Fexample.com%2Fdevice&interval=7`}, issued}, nil, "", 7 * time.Second},
		{"strings for numbers", []deviceAnswer{code(`"expires_in":"900","interval":"7.0"`), issued}, nil, "", 7 * time.Second},
		{"numbers for strings", []deviceAnswer{{200, `{"device_code":17,"user_code":123456,"verification_uri":"https://example.com/device","interval":1}`}, issued}, nil, "", time.Second},
		{"no time at all", []deviceAnswer{code(`"expires_in":"","interval":null`), issued}, nil, "", 5 * time.Second},
		{"times without sense", []deviceAnswer{code(`"expires_in":-1,"interval":{}`), issued}, nil, "", 5 * time.Second},
		{"a life without end", []deviceAnswer{code(`"expires_in":99999999999999999999,"interval":"1e999"`), issued}, nil, "", time.Minute},

		{"no code", []deviceAnswer{{400, `{"error":"unauthorized_client","error_description":"not for you"}`}}, ErrGrantRefused, "not for you", 0},
		{"no code, with status 200", []deviceAnswer{{200, `{"error":"device_flow_disabled"}`}}, ErrGrantRefused, "device_flow_disabled", 0},
		{"no code, the server is down", []deviceAnswer{overloaded}, nil, "answered with status 503", 0},
		{"no code, but another network's page", []deviceAnswer{{403, `<h1>Sign in to our network</h1>`}}, ErrInTheWay, "status 403", 0},
		{"a code that shows the secret", []deviceAnswer{{200, `{"device_code":"d","user_code":"client-secret","verification_uri":"https://example.com/device"}`}}, nil, "makes no sense", 0},
		{"a page that shows the secret", []deviceAnswer{{200, `{"device_code":"d","user_code":"u","verification_uri":"https://example.com/?s=client%2dsecret"}`}}, nil, "makes no sense", 0},
		{"no code, and no answer", []deviceAnswer{hungUp}, nil, "could not reach", 0},
		{"a code that is none", []deviceAnswer{{200, `{"expires_in":900}`}}, nil, "makes no sense", 0},
		{"a page that is a command", []deviceAnswer{{200, `{"device_code":"d","user_code":"u","verification_uri":"file:///bin/sh"}`}}, nil, "makes no sense", 0},
		{"a page that steers the terminal", []deviceAnswer{{200, `{"device_code":"d","user_code":"u","verification_uri":"https://example.com/\u009b31m"}`}}, nil, "makes no sense", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := deviceClient(t, &deviceServer{answers: test.answers})
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				token, _, err := client.SignInOnDevice(t.Context(), UI{Timeout: 2 * time.Minute}, "")
				if took := time.Since(began); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if (token != nil) != (test.want == nil && test.says == "") {
					t.Fatalf("got token %v, error %v", token != nil, err)
				}
				if token != nil {
					return
				}
				wantSentinel(t, test.name, err, test.want)
				wantText(t, err.Error(), []string{test.says}, client.Secret.Reveal(), "\x1b", "\u009b")
				if asked := len(test.answers) > 1; errors.Is(err, ErrNotAsked) == asked {
					t.Errorf("asked %v, and the error is %v", asked, err)
				}
			})
		})
	}
}

// deviceClient returns a client for a server; what it does is done in the test's own time.
func deviceClient(t *testing.T, handler http.Handler) *Client {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := newClient(t, server.URL)
	client.Profile.DeviceAuthURL, client.Profile.UserInfoURL, client.Profile.Errors = server.URL+"/device", "", nil
	return client
}

// TestDeviceCancelled: Ctrl-C ends the wait at once.
func TestDeviceCancelled(t *testing.T) {
	t.Parallel()
	client := deviceClient(t, &deviceServer{answers: []deviceAnswer{rfcCode, rfcPending}})
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := client.SignInOnDevice(ctx, UI{Timeout: time.Minute, Tell: func(string) { cancel() }}, "")
	wantSentinel(t, "cancelled", err, ErrCancelled)
}

// TestDeviceCancelledInAnAnswer: it is no answer that makes no sense, but none.
func TestDeviceCancelledInAnAnswer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := false
	client := deviceClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // Only then does the server notice that the client has gone.
		if !asked {
			asked = true
			answerJSON(w, 200, strings.Replace(rfcCode.body, `"interval":5`, `"interval":1`, 1))
			return
		}
		answerJSON(w, 200, `{"access_token":`)
		http.NewResponseController(w).Flush()
		time.AfterFunc(100*time.Millisecond, cancel)
		<-r.Context().Done()
	}))
	_, _, err := client.SignInOnDevice(ctx, UI{Timeout: time.Minute}, "")
	wantSentinel(t, "cancelled", err, ErrCancelled)
}

// TestDevicePublicClient: a client without a secret names itself in the form, and authenticates nowhere.
func TestDevicePublicClient(t *testing.T) {
	t.Parallel()
	var forms []string
	answers := &deviceServer{answers: []deviceAnswer{{200, strings.Replace(rfcCode.body, `"interval":5`, `"interval":1`, 1)}, issued}}
	client := deviceClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("an Authorization header")
		}
		r.ParseForm()
		forms = append(forms, r.PostForm.Encode())
		answers.ServeHTTP(w, r)
	}))
	client.Secret, client.Profile.Scopes, client.Profile.Audience = secret.String{}, []string{"a", "b"}, "api"
	if _, _, err := client.SignInOnDevice(t.Context(), UI{Timeout: time.Minute}, ""); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"audience=api&client_id=client-id&scope=a+b",
		"client_id=client-id&device_code=device&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&scope=a+b",
	}
	if !slices.Equal(forms, want) {
		t.Errorf("got %q, want %q", forms, want)
	}
}

// TestShowCode: what a server sends cannot steer the terminal, and no browser opens what is not a web page.
func TestShowCode(t *testing.T) {
	t.Parallel()
	for complete, opened := range map[string]string{
		"https://example.com/device?user_code=AB": "https://example.com/device?user_code=AB",
		"javascript:alert(1)":                     "https://example.com/device",
		"file:///etc/passwd":                      "https://example.com/device",
		"--help":                                  "https://example.com/device",
		`https://example.com/\u001b[2J`:           "https://example.com/device",
		"":                                        "https://example.com/device",
	} {
		answer := fmt.Sprintf(`{"device_code":"d","user_code":"AB\u001b]0;x\u0007\u202e","verification_uri":"https://example.com/device","verification_uri_complete":"%s","interval":1}`, complete)
		client := deviceClient(t, &deviceServer{answers: []deviceAnswer{{200, answer}, issued}})
		var told, got string
		ui := UI{Timeout: time.Minute}
		ui.Browse = func(address string) error { got = address; return nil }
		ctx, cancel := context.WithCancel(t.Context())
		ui.Tell = func(message string) { told = strings.ReplaceAll(message, "\n", " "); cancel() }
		client.SignInOnDevice(ctx, ui, "")
		if got != opened {
			t.Errorf("%q: opened %q", complete, got)
		}
		wantText(t, told, []string{"enter the code AB ]0;x", opened}, "\x1b", "\x07", "\u202e", "alert", "passwd", "--help")
	}
}
