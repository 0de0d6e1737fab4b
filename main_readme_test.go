package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-grant/testforge"
)

// The scripts that run what the README says have also
//
//	anywhere                  have the forge answer for every https host, as $https_proxy
//	page PAGE HEADING FILE    write the first commands of a part of a page into a file
func init() {
	commands["anywhere"] = answerAnywhere
	commands["page"] = fromPage
}

func answerAnywhere(ts *testscript.TestScript, neg bool, args []string) {
	front, _, err := testforge.Secure(ts.Getenv("FORGE"))
	ts.Check(err)
	ts.Defer(front.Close)
	proxy := httptest.NewServer(tunnelsTo(front.Listener.Addr().String()))
	ts.Defer(proxy.Close)
	ts.Setenv("https_proxy", proxy.URL)
	ts.Setenv("GIT_SSL_NO_VERIFY", "true")
}

// tunnelsTo makes every tunnel one to the same address.
func tunnelsTo(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		there, err := net.Dial("tcp", address)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			there.Close()
			return
		}
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		testforge.Join(here, there)
	}
}

func fromPage(ts *testscript.TestScript, neg bool, args []string) {
	page, err := os.ReadFile(args[0])
	ts.Check(err)
	_, part, found := strings.Cut(string(page), "\n## "+args[1]+"\n")
	part, _, _ = strings.Cut(part, "\n## ")
	_, block, hasBlock := strings.Cut(part, "\n```sh\n")
	block, _, ends := strings.Cut(block, "\n```\n")
	if !found || !hasBlock || !ends {
		ts.Fatalf("%s has no commands under %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte("set -eu\n"+block+"\n"), 0o600))
}
