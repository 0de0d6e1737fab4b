package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() { commands["below"] = forgeBelow }

// forgeBelow puts the forge of a script below a path of another host, as a reverse proxy does, and sets $BELOW to that
// host's URL. Nothing else is there.
func forgeBelow(ts *testscript.TestScript, neg bool, args []string) {
	base := args[0]
	forge, err := url.Parse(ts.Getenv("FORGE"))
	ts.Check(err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(forge) },
		ModifyResponse: func(response *http.Response) error {
			if location := response.Header.Get("Location"); strings.HasPrefix(location, "/") {
				response.Header.Set("Location", base+location)
			}
			page, err := io.ReadAll(response.Body)
			page = bytes.ReplaceAll(page, []byte(` action="/`), []byte(` action="`+base+`/`))
			response.Body = io.NopCloser(bytes.NewReader(page))
			response.ContentLength = -1
			response.Header.Del("Content-Length")
			return err
		},
	}
	mux := http.NewServeMux()
	mux.Handle(base+"/", http.StripPrefix(base, proxy))
	front := httptest.NewServer(mux)
	ts.Defer(front.Close)
	ts.Setenv("BELOW", front.URL)
	ts.Setenv("BELOW_HOST", strings.TrimPrefix(front.URL, "http://"))
}
