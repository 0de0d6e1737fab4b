package store

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

// A file is on the disk before it takes the place of the old one, and that before anybody is told; so is what is deleted.
func TestFilesAreSynced(t *testing.T) {
	need.Programs(t, "strace")
	dir := shortDir(t)
	record := newItem("shared").name + recordSuffix
	wantCalls(t, calls(t, dir, "append", "file", dir, "1"),
		"create key.tmp", "fsync key.tmp", "rename key.tmp key", "fsync .",
		"create "+record+".tmp", "fsync "+record+".tmp", "rename "+record+".tmp "+record, "fsync .")
	wantCalls(t, calls(t, dir, "delete", dir), "unlink "+record, "fsync .")
}

// calls returns what a child has the system do to files in dir.
func calls(t *testing.T, dir, child string, args ...string) (calls []string) {
	t.Helper()
	trace := filepath.Join(shortDir(t), "trace")
	run := childCommand(t, child, args...)
	options := []string{"-f", "-y", "-o", trace, "-e", "trace=openat,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat"}
	cmd := exec.Command("strace", append(options, run.Args...)...)
	cmd.Env = run.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		need.Skip(t, "strace: "+err.Error()+" "+string(out))
	}
	return traced(whole(output(t, "cat", trace)), dir)
}

var halfCall = regexp.MustCompile(`^(\d+) +(?:(.*) <unfinished \.\.\.>|<\.\.\. \w+ resumed>(.*))$`)

// whole puts together the calls during which strace has seen another thread, at their ends.
func whole(trace string) string {
	begun := map[string]string{} // by thread
	var lines []string
	for line := range strings.SplitSeq(trace, "\n") {
		half := halfCall.FindStringSubmatch(line)
		switch {
		case half == nil:
			lines = append(lines, line)
		case half[2] != "":
			begun[half[1]] = half[2]
		default:
			lines = append(lines, half[1]+" "+begun[half[1]]+half[3])
		}
	}
	return strings.Join(lines, "\n")
}

// TestWhole is about a call that another one has come between.
func TestWhole(t *testing.T) {
	const trace = "7 fsync(3</d/a.tmp> <unfinished ...>\n8 openat(AT_FDCWD, \"/x\", O_RDONLY) = 4</x>\n7 <... fsync resumed>) = 0\n" +
		"7 rename(\"/d/a.tmp\", \"/d/a\" <unfinished ...>\n7 <... rename resumed>) = 0"
	if got := strings.Join(traced(whole(trace), "/d"), ", "); got != "fsync a.tmp, rename a.tmp a" {
		t.Errorf("it is read as %q", got)
	}
}

var (
	tracedCall = regexp.MustCompile(`(?m)^\d+ +(\w+)\((.*)\) += (?:0|\d+<.*>)$`)
	tracedName = regexp.MustCompile(`"([^"]*)"|\d+<([^>]*)>`)
)

// traced takes the calls that have succeeded out of what strace says: openat where it creates, and no locks.
func traced(trace, dir string) (calls []string) {
	for _, call := range tracedCall.FindAllStringSubmatch(trace, -1) {
		name, args := call[1], call[2]
		if name == "openat" && !strings.Contains(args, "O_EXCL") {
			continue
		}
		words := []string{strings.NewReplacer("openat", "create", "fdatasync", "fsync", "renameat2", "rename", "renameat", "rename",
			"unlinkat", "unlink").Replace(name)}
		for _, match := range tracedName.FindAllStringSubmatch(args, -1) {
			if name, err := filepath.Rel(dir, match[1]+match[2]); err == nil && !strings.HasPrefix(name, "..") {
				words = append(words, name)
			}
		}
		if len(words) > 1 {
			calls = append(calls, strings.Join(words, " "))
		}
	}
	return calls
}

// wantCalls checks that those are among the calls, in this order.
func wantCalls(t *testing.T, calls []string, want ...string) {
	t.Helper()
	rest := calls
	for _, call := range want {
		for len(rest) > 0 && rest[0] != call {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			t.Fatalf("no %q in its place among\n%s", call, strings.Join(calls, "\n"))
		}
		rest = rest[1:]
	}
}
