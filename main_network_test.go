package main

import (
	"os"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-grant/testforge"
)

// proxies are those of the scripts, by their addresses.
var proxies sync.Map

// secureForge puts the forge of a script behind TLS too, and starts a proxy. Nothing is configured but the browser,
// which trusts the forge.
func secureForge(ts *testscript.TestScript, neg bool, args []string) {
	front, ca, err := testforge.Secure(ts.Getenv("FORGE"))
	ts.Check(err)
	ts.Defer(front.Close)
	file := ts.MkAbs("ca.pem")
	ts.Check(os.WriteFile(file, ca, 0o600))
	proxy := testforge.NewProxy()
	ts.Defer(proxy.Close)
	proxies.Store(proxy.Addr, proxy)
	ts.Setenv("SECURE", front.URL)
	ts.Setenv("CA", file)
	ts.Setenv("PROXY", proxy.Addr)
	ts.Setenv("BROWSER", "env SSL_CERT_FILE="+file+" testforge browser")
}

func countTunnels(ts *testscript.TestScript, neg bool, args []string) {
	proxy, _ := proxies.Load(ts.Getenv("PROXY"))
	if got := strconv.Itoa(proxy.(*testforge.Proxy).Tunnels()); got != args[0] {
		ts.Fatalf("%s tunnels, want %s", got, args[0])
	}
}
