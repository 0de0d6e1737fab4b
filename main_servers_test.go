package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/servers",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupServers,
		Condition:           condition,
		Cmds:                commands,
	})
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
	const patience = time.Minute
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get(args[0])
		if err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
	}
	ts.Fatalf("no good answer at %s within %v", args[0], patience)
}

func startGitHost(ts *testscript.TestScript, neg bool, args []string) {
	forge, err := testforge.New(testforge.Options{UserInfo: args[0]})
	ts.Check(err)
	ts.Defer(func() { forge.Close() })
	ts.Check(forge.CreateRepo("acme/app"))
	ts.Setenv("FORGE", forge.URL)
	ts.Setenv("FORGE_HOST", strings.TrimPrefix(forge.URL, "http://"))
}
