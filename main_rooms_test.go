package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

// TestRooms keeps the rooms from importing one another: each talks to one side, and they meet in command. Only their tests
// share one, the forge, and those of flow use the transport that command gives it. Nothing else imports two, and what is
// internal none.
func TestRooms(t *testing.T) {
	rooms := findRooms(t)
	met := map[string]bool{}
	for file, imports := range allImports(t) {
		home, _, below := strings.Cut(file, "/")
		others := slices.DeleteFunc(imports, func(room string) bool { return room == home || !slices.Contains(rooms, room) })
		limit := 1
		switch {
		case below && home == "command":
			for _, room := range others {
				met[room] = true
			}
			continue
		case home == "internal", slices.Contains(rooms, home):
			limit = 0
		}
		if limit == 0 && strings.HasSuffix(file, "_test.go") {
			others = slices.DeleteFunc(others, func(room string) bool {
				return room == "testforge" || room == "gitconfig" && home == "flow"
			})
		}
		if len(others) > limit {
			t.Errorf("%s imports %s", file, strings.Join(others, " and "))
		}
	}
	for _, room := range rooms {
		if met[room] == (room == "testforge") {
			t.Errorf("command imports %s: %v", room, met[room])
		}
	}
}

// findRooms returns the packages that are rooms: those of the first level, but for command, which knows them all, and
// what measures them.
func findRooms(t *testing.T) (rooms []string) {
	t.Helper()
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		room := filepath.Dir(file)
		if room != "command" && room != "bench" && !slices.Contains(rooms, room) {
			rooms = append(rooms, room)
		}
	}
	return rooms
}

// allImports returns what each Go file imports of this module, by the name of its first folder; for every system, so the
// go command is not asked.
func allImports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		all[name] = nil
		for _, imported := range file.Imports {
			whole, _ := strconv.Unquote(imported.Path.Value)
			if inside, ok := strings.CutPrefix(whole, "git-credential-grant/"); ok {
				first, _, _ := strings.Cut(inside, "/")
				all[name] = append(all[name], first)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLinked keeps out of the program what would make it larger or slower to start. 99designs/keyring dials the session
// bus before main: https://github.com/99designs/keyring/issues/103. What log/slog writes in JSON would be the text of a secret.
func TestLinked(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-tags", "urfave_cli_no_docs,nethttpomithttp2", ".")
	list.Env = append(os.Environ(), "GOOS=linux")
	out, err := list.Output()
	if err != nil {
		need.Skip(t, "no go command to ask: "+err.Error())
	}
	for _, unwanted := range []string{
		"github.com/99designs/keyring", "github.com/cpuguy83/go-md2man/v2/md2man", "github.com/godbus/dbus",
		"git-credential-grant/testforge", "log/slog", "net/http/httptest", "testing",
	} {
		if strings.Contains("\n"+string(out), "\n"+unwanted+"\n") {
			t.Errorf("the program contains %s", unwanted)
		}
	}
}
