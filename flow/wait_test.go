package flow

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"git-credential-grant/testforge"
)

// TestSilenceIsExplained: a server that does not know the redirect URI shows its error in the browser and sends nobody back,
// so that after a while the person is told what to look for.
func TestSilenceIsExplained(t *testing.T) {
	t.Parallel()
	for redirect, want := range map[string]string{
		"":                       "the callback URL http://127.0.0.1 with any port, or set oauthRedirectURL",
		"http://localhost:3000/": "the callback URL http://localhost:3000/\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			var told []string
			s := signIn{
				&Client{Profile: Profile{RedirectURL: redirect}}, UI{Tell: func(message string) { told = append(told, message) }}, "",
			}
			waitFor := func(d time.Duration) {
				ctx, cancel := context.WithTimeout(t.Context(), d)
				defer cancel()
				s.await(ctx, &loopback{answers: make(chan *answer)})
			}
			if waitFor(silence - time.Second); told != nil {
				t.Errorf("told %q though it was over", told)
			}
			waitFor(10 * silence)
			if len(told) != 1 || !strings.Contains(told[0]+"\n", want) {
				t.Errorf("told %q, want %q", told, want)
			}
		})
	}
}

// TestPastedWithoutPort: where the port is taken, and somebody is at a terminal, the sign-in goes on by pasting.
func TestPastedWithoutPort(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:"+freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	redirect := "http://" + other.Addr().String() + "/authenticated"
	_, client := startForge(t, testforge.Options{Callback: redirect})
	client.Profile.RedirectURL = redirect
	asked := make(chan string, 1)
	var told string
	ui := UI{Timeout: time.Minute}
	ui.Tell = func(message string) {
		told += message + "\n"
		if _, address, found := strings.Cut(message, " at\n  "); found {
			address, _, _ = strings.Cut(address, "\n")
			asked <- address
		}
	}
	ui.Paste = func(ctx context.Context) (string, error) {
		select {
		case address := <-asked:
			var answer string
			_, err := testforge.Browser{Elsewhere: func(address string) { answer = address }}.Visit(address)
			return answer + "\n", err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	_, account, err := client.SignIn(t.Context(), ui, "")
	if err != nil || account != "alice" {
		t.Errorf("account %q, %v", account, err)
	}
	for _, part := range []string{"cannot wait for the browser at " + redirect + ": the port is taken", "paste the address", "Git can now use git.example as alice."} {
		if !strings.Contains(told, part) {
			t.Errorf("%q is not told: %s", part, told)
		}
	}
	ui.Paste = nil
	if _, _, err := client.SignIn(t.Context(), ui, ""); !errors.Is(err, ErrPort) {
		t.Errorf("with no terminal: %v", err)
	}
}

// TestLineFits: what the person can do fits into one line of a terminal beside the time.
func TestLineFits(t *testing.T) {
	t.Parallel()
	const columns = 80
	ui := UI{Paste: func(context.Context) (string, error) { return "", errors.New("") }}
	for _, pasted := range []int{0, 1000} {
		if line := "waiting, 59:59 left" + ui.whatToDo(pasted); len(line) >= columns {
			t.Errorf("%d characters: %s", len(line), line)
		}
	}
}
