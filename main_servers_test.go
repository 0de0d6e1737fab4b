package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-grant/testforge"
)

// TestServers has the command sign in at servers that nobody here has written. Each script has the server's whole
// configuration in it, runs it on loopback, and signs in, renews, and ends the sign-in there, with real git. Beside the
// commands of [TestScripts] they have
//
//	ports NAME...         set each variable to a free port
//	fill FILE...          put the variables in a file's $NAME and ${NAME} in their place
//	ready URL             wait until a server answers
//	git-host USERINFO     start a git host, $FORGE, that takes the tokens of the server with this user info endpoint
func TestServers(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/servers", setupServers)
}

// setupServers is [setup], with $SERVERS for where the scripts are.
func setupServers(env *testscript.Env) error {
	servers, err := filepath.Abs("testdata/servers")
	env.Setenv("SERVERS", servers)
	return errors.Join(err, setup(env))
}

func init() {
	commands["ports"] = choosePorts
	commands["fill"] = fill
	commands["ready"] = awaitServer
	commands["git-host"] = startGitHost
}

func choosePorts(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		defer listener.Close() // all at the end, so that each is another one
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		ts.Setenv(name, port)
	}
}

func fill(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

func awaitServer(ts *testscript.TestScript, neg bool, args []string) {
	eventually(ts, "a good answer at "+args[0], func() bool {
		answer, err := http.Get(args[0])
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

func startGitHost(ts *testscript.TestScript, neg bool, args []string) {
	newForgeOf(ts, testforge.Options{UserInfo: args[0]})
}
