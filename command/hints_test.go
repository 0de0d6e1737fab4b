package command

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"git-credential-grant/agent"
	"git-credential-grant/flow"
	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// inPerson are the errors that no command mends here: somebody elsewhere does, or time.
var inPerson = []error{errElsewhere, agent.ErrDenied, agent.ErrBusy}

// TestHints: every hint ends with a command, and the name of the host is in it.
func TestHints(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`(^|: |\()([A-Z_]+=\S+ )?` +
		`(git-credential-grant|git|chmod|curl|df|du|sudo|rm|mount|mv|export|ls|read|ps|echo|mkdir|command|unset|umask|\$\{EDITOR:-vi\}) ?`)
	atForge := regexp.MustCompile(`at Bitbucket|/user/settings/`)
	names := regexp.MustCompile(`\b(ORIGIN|PROVIDERS|REPOSITORY)\b`)
	about := subject{request: helper.RequestOf(helper.ParseOrigin("https://git.example"))}
	check := func(err error) {
		hint := hintFor(about.concerning(err))
		if hint != "" && !command.MatchString(hint) && !atForge.MatchString(hint) && !slices.Contains(inPerson, err) {
			t.Errorf("%v: %q is no command", err, hint)
		}
		if names.MatchString(hint) {
			t.Errorf("%v: %q has names for what is known", err, hint)
		}
	}
	for _, h := range hints {
		check(h.err)
	}
	for _, h := range slices.Concat(wordHints, momentHints) {
		check(errors.New(h.words))
	}
	check(errors.New("something that nobody has thought of"))
}

// shownAs are the errors that have no row among the hints, and what a person sees in their place.
var shownAs = map[string]string{
	"flow.ErrNotAsked":   "why it failed, which it comes with",
	"helper.ErrNotAsked": "why it failed, which it comes with",
}

// TestEachError: every exported error of a room, and every error of the wiring, has a row among the hints, or is another error
// that has one.
func TestEachError(t *testing.T) {
	t.Parallel()
	known := errorsIn(t, "hints_table.go")
	declared := map[string]string{}
	for _, room := range []string{"agent", "command", "flow", "gitconfig", "helper", "person", "store"} {
		maps.Copy(declared, declaredErrors(t, room))
	}
	if len(declared) < 60 {
		t.Fatalf("only %d errors were found", len(declared))
	}
	for name, parent := range declared {
		if !known[name] && !known[parent] && shownAs[name] == "" {
			t.Errorf("%s has no hint", name)
		}
	}
	for name := range shownAs {
		if _, ok := declared[name]; !ok || known[name] {
			t.Errorf("%s needs no exception", name)
		}
	}
}

// declaredErrors are the names of a room's errors, each with that of the error that it wraps.
func declaredErrors(t *testing.T, room string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../" + room + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", room, err)
	}
	wanted, prefix := regexp.MustCompile(`^Err[A-Z]`), room+"."
	if room == "command" {
		wanted, prefix = regexp.MustCompile(`^err[A-Z]`), ""
	}
	declared := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, declaration := range parse(t, file).Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.VAR {
				continue
			}
			for _, spec := range general.Specs {
				value := spec.(*ast.ValueSpec)
				for i, name := range value.Names {
					if wanted.MatchString(name.Name) && i < len(value.Values) {
						declared[prefix+name.Name] = prefix + wrapped(value.Values[i])
					}
				}
			}
		}
	}
	return declared
}

// wrapped is the name of the error that fmt.Errorf is given first, "" if none.
func wrapped(made ast.Expr) string {
	call, ok := made.(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return ""
	}
	name, _ := call.Args[1].(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// errorsIn are the names of the errors that a file of this package speaks of.
func errorsIn(t *testing.T, file string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	ast.Inspect(parse(t, file), func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.SelectorExpr:
			if room, ok := n.X.(*ast.Ident); ok {
				names[room.Name+"."+n.Sel.Name] = true
			}
			return false
		case *ast.Ident:
			names[n.Name] = true
		}
		return true
	})
	return names
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestHintsFor: what a hint names is what the error was about, in one word for a shell.
func TestHintsFor(t *testing.T) {
	t.Parallel()
	origin := helper.RequestOf(helper.ParseOrigin("https://git.example"))
	about := subject{request: origin}
	renewal := func(err error) error { return fmt.Errorf("could not renew the token: %w", err) }
	for want, err := range map[string]error{
		"your sign-in is kept; run the command again later; if it stays: git-credential-grant login https://git.example"://
		renewal(errors.New("git.example answered with status 500")),
		"your sign-in is kept; see whether the server can be reached, and run the command again: curl -sSI https://git.example:8443"://
		renewal(errors.New("could not reach git.example:8443: connection refused")),
		`see that the proxy is right: git config --show-origin --get-regexp '^(http|remote)\..*proxy'; env | grep -i proxy`://
		errors.New("could not reach git.example: proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused"),
		"see whether the server answers now, and run the command again: curl -sSI https://git.example"://
		errors.New("git.example did not answer within 10s"),
		"a code serves once and not for long; sign in anew: git-credential-grant login https://git.example"://
		fmt.Errorf("sign-in failed: %w", flow.ErrCodeRefused),
		"unlock the keyring, or keep sign-ins in an encrypted file: git-credential-grant configure --store file https://git.example"://
		fmt.Errorf("secret-service: %w", store.ErrLocked),
		"git-credential-grant register https://git.example"://
		fmt.Errorf("sign-in failed in another git process: %w", helper.Noted("the client id or secret is wrong (git.example answered: x)")),
		`see who may use it: ls -ld '/home/a b'`: &fs.PathError{Op: "open", Path: "/home/a b", Err: syscall.EACCES},
		`see who may write there, and whether another git is about to: ls -la '/home/$(id)'`://
		errors.New("git config: error: could not lock config file /home/$(id)/.gitconfig: Permission denied"),
		"mend that line: ${EDITOR:-vi} /etc/gitconfig": errors.New("git config: fatal: bad config line 1 in file /etc/gitconfig"),
	} {
		if got := hintFor(about.concerning(err)); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}
