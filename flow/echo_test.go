package flow

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

// The secrets of a run: the client's, what it sends, and what a server issues in the answer itself.
const (
	echoedSecret  = "S3cr3t/& +%~secret"
	echoedRefresh = "refresh/Token+one=="
	echoedAccess  = "access/Token+one=="
	echoedCode    = "one-time/code+1"
	echoedDevice  = "device/code+one"
	echoedPKCE    = "verifier-verifier-verifier-verifier-verifier"
	issuedAccess  = "issued/access+token"
	issuedRefresh = "issued/refresh+token"
)

// places are where a server may put what it was sent, or what it issues. ECHO stands for that, in one line.
var places = map[string]string{
	"no blank line before the body":  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nECHO\r\n\r\n",
	"no status line":                 "ECHO\r\n\r\n",
	"a status that is none":          "HTTP/1.1 ECHO\r\n\r\n",
	"another protocol":               "ECHO 200 OK\r\n\r\n",
	"status text":                    "HTTP/1.1 400 ECHO\r\nContent-Length: 0\r\n\r\n",
	"status text of a broken server": "HTTP/1.1 500 ECHO\r\nContent-Length: 0\r\n\r\n",
	"status text of a token":         "HTTP/1.1 200 ECHO\r\nContent-Length: 2\r\n\r\n{}",
	"Content-Length":                 "HTTP/1.1 200 OK\r\nContent-Length: ECHO\r\n\r\n{}",
	"two lengths":                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: ECHO\r\n\r\n{}",
	"Transfer-Encoding":              "HTTP/1.1 200 OK\r\nTransfer-Encoding: ECHO\r\n\r\n{}",
	"a chunk that is none":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nECHO\r\n",
	"a chunk of another length":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nECHO\r\n0\r\n\r\n",
	"a trailer":                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\nECHO\r\n\r\n",
	"a header without a name":        "HTTP/1.1 200 OK\r\n: ECHO\r\nContent-Length: 0\r\n\r\n",
	"an informational answer":        "HTTP/1.1 103 ECHO\r\nLink: ECHO\r\n\r\nHTTP/1.1 401 ECHO\r\nContent-Length: 0\r\n\r\n",
	"Location":                       "HTTP/1.1 302 Found\r\nLocation: http://[::1/ECHO\r\nContent-Length: 0\r\n\r\n",
	"another Location":               "HTTP/1.1 307 Found\r\nLocation: http://127.0.0.1:1/?x=ECHO\r\nContent-Length: 0\r\n\r\n",
	"WWW-Authenticate":               "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"ECHO\"\r\nContent-Length: 0\r\n\r\n",
	"a body that is cut off":         "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nECHO",
	"plain text":                     "HTTP/1.1 400 Bad Request\r\n\r\nECHO",
	"a web page":                     "HTTP/1.1 200 OK\r\n\r\n<html>ECHO</html>",
	"no compression":                 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nECHO",
	"an unknown compression":         "HTTP/1.1 200 OK\r\nContent-Encoding: ECHO\r\n\r\n\x1f\x8bECHO",
	"error":                          json400(`{"error":"ECHO"}`),
	"error_description":              json400(`{"error":"invalid_request","error_description":"ECHO"}`),
	"error_description in capitals":  json400(`{"error":"INVALID_GRANT","error_description":["you sent","ECHO"]}`),
	"error_description as a form":    json400(`error=invalid_request&error_description=FORM`),
	"error_uri":                      json400(`{"error":"invalid_request","error_uri":"https://example.com/?ECHO"}`),
	"error, with the tokens": json400(`{"error":"ECHO","error_description":"` + issuedAccess + ` ` + issuedRefresh + `",
		"access_token":"` + issuedAccess + `","refresh_token":"` + issuedRefresh + `"}`),
	"another member": json400(`{"error":"invalid_request","message":"ECHO","request":{"body":"ECHO"}}`),
	"token_type": json200(`{"access_token":"` + issuedAccess + `","refresh_token":"` + issuedRefresh + `",
		"token_type":"ECHO ` + issuedAccess + ` ` + url.QueryEscape(issuedRefresh) + `"}`),
	"scope":                            json200(`{"access_token":"` + issuedAccess + `","refresh_token":"` + issuedRefresh + `","scope":"ECHO ` + issuedAccess + ` ` + issuedRefresh + `"}`),
	"expires_in":                       json200(`{"access_token":"` + issuedAccess + `","expires_in":"ECHO"}`),
	"access_token that is none":        json200(`{"access_token":"` + issuedAccess + ` ECHO"}`),
	"user code":                        json200(`{"device_code":"d","user_code":"ECHO","verification_uri":"https://example.com/"}`),
	"verification page":                json200(`{"device_code":"d","user_code":"U","verification_uri":"https://example.com/?FORM"}`),
	"verification page, with the code": json200(`{"device_code":"d","user_code":"U","verification_uri":"https://example.com/","verification_uri_complete":"https://example.com/?FORM"}`),
	"the name of the account":          json200(`{"username":"ECHO"}`),
	"issuer":                           json200(`{"issuer":"ECHO"}`),
}

func json200(body string) string { return "HTTP/1.1 200 OK\r\n\r\n" + body }
func json400(body string) string {
	return "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n" + body
}

// echoServer answers every request with one answer, in which it repeats the request by a form.
func echoServer(t *testing.T, answer string, form func(string) string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				request, err := http.ReadRequest(bufio.NewReader(connection))
				if err != nil {
					return
				}
				body, _ := io.ReadAll(request.Body)
				echo := form(request.Header.Get("Authorization") + " " + string(body))
				if decoded, err := url.QueryUnescape(string(body)); err == nil {
					echo += " " + form(decoded)
				}
				echo = strings.Trim(inJSON(echo), `"`)
				io.WriteString(connection, strings.NewReplacer("ECHO", echo, "FORM", url.QueryEscape(echo)).Replace(answer))
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestEchoes: whatever a server repeats, and wherever and however, nothing that can be seen has a secret of the run in it:
// no error, no trace, no message, no name of an account, and no scope.
func TestEchoes(t *testing.T) {
	t.Parallel()
	echoes := map[string]func(string) string{
		"as it came":  func(s string) string { return s },
		"quoted":      func(s string) string { return fmt.Sprintf("%q", s) },
		"for a query": url.QueryEscape,
		"in base64":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	}
	for place, answer := range places {
		for form, encode := range echoes {
			t.Run(place+", "+form, func(t *testing.T) {
				t.Parallel()
				server := echoServer(t, answer, encode)
				for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
					var seen bytes.Buffer
					client := newClient(t, server)
					client.Secret, client.Profile.AuthStyle = secret.New(echoedSecret), style
					client.Profile.UserInfoURL, client.Profile.DeviceAuthURL, client.Profile.Issuer = server+"/user", server+"/device", server
					client.Trace = func(format string, args ...any) { fmt.Fprintf(&seen, format+"\n", args...) }
					runAll(t, client, &seen)
					wantNoSecret(t, seen.String())
				}
			})
		}
	}
}

// runAll makes every request of a client, and writes down what can be seen of it.
func runAll(t *testing.T, client *Client, seen *bytes.Buffer) {
	ctx := t.Context()
	note := func(name string, values ...any) { fmt.Fprintln(seen, append([]any{name + ":"}, values...)...) }
	token := func(name string, token *oauth2.Token, err error) {
		note(name, err)
		if token != nil {
			note(name, token.Type(), token.Extra("scope"), client.Narrower(token))
		}
	}
	present := &oauth2.Token{AccessToken: echoedAccess, RefreshToken: echoedRefresh}
	refreshed, err := client.Refresh(ctx, echoedRefresh)
	token("refresh", refreshed, err)
	exchanged, err := client.exchange(ctx, echoedCode, "http://127.0.0.1:1", echoedPKCE)
	token("exchange", exchanged, err)
	minted, err := client.Mint(ctx)
	token("client credentials", minted, err)
	client.Grant, client.Subject = GrantJWT, "sub"
	minted, err = client.Mint(ctx)
	token("JWT", minted, err)
	client.Grant = GrantDevice
	ui := UI{Tell: func(message string) { fmt.Fprintln(seen, message) }, Timeout: 50 * time.Millisecond}
	polling, cancel := context.WithTimeout(ctx, ui.Timeout)
	defer cancel()
	approved, err := client.awaitApproval(polling, &deviceCode{device: secret.New(echoedDevice), interval: time.Millisecond})
	token("poll", approved, err)
	_, _, err = client.SignInOnDevice(ctx, ui, "")
	note("device", err)
	name, err := client.Account(ctx, present)
	note("account", name, err)
	_, err = client.Discover(ctx, client.Profile.Issuer)
	note("discovery", err)
	_, err = client.Reach(ctx)
	note("reach", err)
	note("check", client.CheckSecret(ctx))
	note("revoke", client.Revoke(ctx, present))
	client.Profile.RevokeStyle = RevokeDelete
	note("delete", client.Revoke(ctx, present))
	fmt.Fprintf(seen, "%+v %#v", client, *client)
}

// wantNoSecret looks for each secret in each form.
func wantNoSecret(t *testing.T, seen string) {
	t.Helper()
	secrets := []string{echoedSecret, echoedRefresh, echoedAccess, echoedCode, echoedDevice, echoedPKCE, issuedAccess, issuedRefresh}
	for _, hidden := range secrets {
		for name, form := range forms {
			if strings.HasPrefix(name, "Basic") {
				continue // Another user's name is in it; the present one's is in the texts below.
			}
			if encoded := form(hidden); strings.Contains(seen, encoded) {
				t.Errorf("%q, %s, is in %.2000q", hidden, name, seen)
			}
		}
	}
	if strings.Contains(seen, "eyJhbGciOiJIUzI1NiI") {
		t.Errorf("a JWT is in %.2000q", seen)
	}
	for _, header := range []string{basic("client-id", echoedSecret), basic("client-id", url.QueryEscape(echoedSecret))} {
		header = strings.TrimPrefix(header, "Basic ")
		if at := slices.IndexFunc(strings.Fields(seen), func(word string) bool { return strings.Contains(word, header[8:20]) }); at >= 0 {
			t.Errorf("the header is in %.2000q", seen)
		}
	}
}
