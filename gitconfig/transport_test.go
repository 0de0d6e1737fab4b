package gitconfig

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
	"git-credential-grant/testforge"
)

// TestTransport: each request is sent as git's settings of its URL say.
func TestTransport(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/moved") {
			http.Redirect(w, r, strings.Replace(r.URL.Path, "moved", "here", 1), http.StatusFound)
			return
		}
		fmt.Fprintf(w, "%s %s %s", r.URL.Path, r.UserAgent(), r.Header.Get("X-Gateway"))
	}))
	t.Cleanup(server.Close)
	secure := startTLS(t)
	tunnels := testforge.NewProxy()
	t.Cleanup(tunnels.Close)
	need.GitConfig(t, fmt.Sprintf(`[http %[1]q]
	extraHeader = X-Gateway: open sesame
[http "%[1]s/here/named"]
	userAgent = git/1
[http "%[1]s/moved/not"]
	followRedirects = false
[http %[2]q]
	sslCAInfo = %[3]q
[http "%[2]s/proxied"]
	proxy = http://alice@%[4]s
[credential "http://%[4]s"]
	helper = "!echo password=open sesame; :"
[remote "origin"]
	url = http://git.example/acme/app
	proxy = http://alice:hunter2@%[4]s
`, server.URL, secure.URL, secure.caFile, tunnels.Addr))
	for _, test := range []struct {
		address, remote string // a URL that is of the git host
		want            string
		tunnels         int
	}{
		{server.URL + "/here", "", "200 /here grant/1 open sesame", 0},
		{server.URL + "/here/named", "", "200 /here/named git/1 open sesame", 0},
		{server.URL + "/moved", "", "200 /here grant/1 open sesame", 0},
		{server.URL + "/moved/not", "", "302 ", 0},
		{secure.URL, "", "200 ", 0},
		{secure.URL + "/proxied", "", "200 ", 1},
		{secure.URL, "http://git.example/acme/app", ErrProxyRefused.Error() + " (http://alice@" + tunnels.Addr + ")", 0},
	} {
		before := tunnels.Tunnels()
		client := http.Client{Transport: Git{}.Transport("grant/1", func(url string) bool { return url == test.remote })}
		response, err := client.Get(test.address)
		got := fmt.Sprint(err)
		if err == nil {
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			got = fmt.Sprintf("%d %s", response.StatusCode, body)
		}
		if !strings.Contains(got, test.want) || strings.Contains(got, "hunter2") || tunnels.Tunnels()-before != test.tunnels {
			t.Errorf("%s: %s, %d tunnels, want %q", test.address, got, tunnels.Tunnels()-before, test.want)
		}
	}
}
