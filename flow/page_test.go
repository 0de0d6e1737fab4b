package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/need"
	"git-credential-grant/testforge"
)

// chromium returns a command that opens an address in a headless browser with a profile of its own. An address after
// --dump-dom is printed as the page is once its scripts have run.
func chromium(t *testing.T, arguments ...string) (command *exec.Cmd, profile string) {
	t.Helper()
	need.Programs(t, "chromium")
	profile, err := os.MkdirTemp("", "flow-")
	if err != nil {
		t.Fatal(err)
	}
	// Its processes may end after it and leave files behind meanwhile, so an error here says nothing of ours.
	t.Cleanup(func() { os.RemoveAll(profile) })
	return exec.CommandContext(t.Context(), "chromium", append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--user-data-dir=" + profile,
	}, arguments...)...), profile
}

// dump opens an address in Chromium and returns the page as it is in the end, and what the browser's console says.
func dump(t *testing.T, address string) (dom, console string) {
	t.Helper()
	command, _ := chromium(t, "--dump-dom", address)
	var log bytes.Buffer
	command.Stderr = &log
	out, err := command.Output()
	if err != nil {
		t.Errorf("chromium: %v\n%s", err, &log)
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, ":CONSOLE") {
			console += line
		}
	}
	return string(out), console
}

// TestPageInBrowser signs in with a real browser, which shows how it ended and has nothing to complain of, such as a
// style or script that the policy does not allow.
func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, consent, fault, class, title, text, next string }{
		{
			"success", "auto:alice", "none",
			"good", "Signed in to git.example", "Git can now use git.example as alice.", "You can close this page and go back to the terminal.",
		}, {
			"refusal", "deny", "none",
			"bad", "Access was not granted", "git.example says that you did not grant access, so git was given nothing.", "If you did not mean to, go back to the terminal and run the git command again.",
		}, {
			"failed exchange", "auto:alice", "invalid_client",
			"bad", "Not signed in to git.example", "The server refused the OAuth client: its id or secret is wrong.", "The terminal says how to set them. Then run the git command again.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			chromium(t) // Without it there is no browser to wait for.
			forge, client := startForge(t, testforge.Options{})
			forge.SetConsent(test.consent)
			forge.SetFault(test.fault, 0)
			var console string
			_, _, visited, _ := signInBy(t, client, func(address string) (dom string) {
				dom, console = dump(t, address)
				return dom
			})
			for _, part := range []string{
				`<html lang="en">`, "<title>" + test.title + "</title>", `<main class="` + test.class + `">`,
				"<h1>" + test.title + "</h1>\n<p>" + test.text + "</p>\n" + `<p class="next">` + test.next + "</p>",
			} {
				if !strings.Contains(visited.page, part) {
					t.Errorf("the page lacks %s:\n%s", part, visited.page)
				}
			}
			if console != "" {
				t.Errorf("the console says %s", console)
			}
		})
	}
}

// TestPageForgetsTheCode: the address bar, and with it the history and what people copy from it, has no code and no
// state any more. What belongs to another sign-in stays, for it may have to be pasted there.
func TestPageForgetsTheCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		state, stays string
		page         page
	}{
		{rightState, "", successPage},
		{"OTHER", "?code=right&state=OTHER", strayPage},
	} {
		t.Run(test.state, func(t *testing.T) {
			t.Parallel()
			l := waitFor(t, "")
			l.verdict(successPage)
			wantAddress(t, l.redirect+"/?code=right&state="+test.state, test.page.title, l.redirect+"/"+test.stays)
		})
	}
}

// wantAddress checks what the address bar shows once a page is there, and has been for a while.
func wantAddress(t *testing.T, address, title, want string) {
	t.Helper()
	command, profile := chromium(t, "--remote-debugging-port=0", address)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer command.Wait()
	defer command.Process.Signal(os.Interrupt)
	// https://chromedevtools.github.io/devtools-protocol/#endpoints
	const aWhile = 50
	var seen []string
	for range 1000 {
		time.Sleep(10 * time.Millisecond)
		if address, loaded := openPages(profile)[title]; loaded {
			seen = append(seen, address)
		}
		if last := seen[max(0, len(seen)-aWhile):]; len(last) == aWhile && !slices.ContainsFunc(last, func(is string) bool { return is != want }) {
			return
		}
	}
	t.Errorf("the address bar shows %q", slices.Compact(seen))
}

// openPages returns the addresses of a browser's pages by their titles, as far as it is ready to tell.
func openPages(profile string) map[string]string {
	pages := make(map[string]string)
	text, _ := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
	port, _, _ := strings.Cut(string(text), "\n")
	response, err := http.Get("http://127.0.0.1:" + port + "/json/list")
	if err != nil {
		return pages
	}
	defer response.Body.Close()
	var list []struct{ Title, URL string }
	json.NewDecoder(response.Body).Decode(&list)
	for _, page := range list {
		pages[page.Title] = page.URL
	}
	return pages
}

// TestPolicyHolds: even markup that got into the page could do nothing. This also shows that the console would have
// said so in the tests above.
func TestPolicyHolds(t *testing.T) {
	t.Parallel()
	reached := make(chan string, 10)
	outside := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.URL.Path }))
	defer outside.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		response := httptest.NewRecorder()
		successPage.serve(response, http.StatusOK)
		for name, values := range response.Header() {
			w.Header()[name] = values
		}
		fmt.Fprint(w, strings.Replace(response.Body.String(), "</main>", `<script>document.title = "owned"</script>
			<img src="`+outside.URL+`/image" onerror="document.title='owned'"><link rel="stylesheet" href="`+outside.URL+`/style"></main>`, 1))
	}))
	defer server.Close()
	dom, console := dump(t, server.URL)
	if strings.Contains(dom, "<title>owned") || !strings.Contains(dom, "<title>"+successPage.title) {
		t.Errorf("the page is %s", dom)
	}
	for _, directive := range []string{"script-src", "img-src", "style-src"} {
		if !strings.Contains(console, directive) {
			t.Errorf("the console says nothing of %s: %s", directive, console)
		}
	}
	close(reached)
	for path := range reached {
		t.Errorf("%s was loaded from outside", path)
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	if found := regexp.MustCompile(`(?i)\b(src|href|srcset|action|style|on\w+)\s*=|url\(|@import|https?:`).FindAllString(pageHTML, -1); found != nil {
		t.Errorf("the page has %q", found)
	}
	if size := len(pageHTML); size > 4096 {
		t.Errorf("%d bytes", size)
	}
}

// TestPageContrast: text can be read, in the light and in the dark (https://www.w3.org/TR/WCAG22/#contrast-minimum).
func TestPageContrast(t *testing.T) {
	t.Parallel()
	palettes := regexp.MustCompile(`:root \{(.*?)\}`).FindAllStringSubmatch(pageHTML, -1)
	if len(palettes) != 2 {
		t.Fatalf("%d palettes", len(palettes))
	}
	for _, palette := range palettes {
		color := make(map[string]string)
		for _, variable := range regexp.MustCompile(`--(\w+): #(\w+);`).FindAllStringSubmatch(palette[1], -1) {
			color[variable[1]] = variable[2]
		}
		for _, pair := range [][2]string{{"ink", "card"}, {"ink", "paper"}, {"soft", "card"}, {"good", "card"}, {"bad", "card"}} {
			a, b := luminance(t, color[pair[0]]), luminance(t, color[pair[1]])
			if contrast := (max(a, b) + 0.05) / (min(a, b) + 0.05); contrast < 4.5 {
				t.Errorf("%s on %s: a contrast of %.1f in %s", pair[0], pair[1], contrast, palette[1])
			}
		}
	}
}

// luminance is relative luminance as WCAG defines it, of a colour such as 1d2125 or fff.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	if len(color) == 3 {
		color = color[:1] + color[:1] + color[1:2] + color[1:2] + color[2:] + color[2:]
	}
	rgb, err := strconv.ParseUint(color, 16, 32)
	if err != nil || len(color) != 6 {
		t.Fatalf("color %q", color)
	}
	linear := func(channel uint64) float64 {
		c := float64(channel&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(rgb>>16) + 0.7152*linear(rgb>>8) + 0.0722*linear(rgb)
}
