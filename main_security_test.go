package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestProofs: what a page names as the proof of a promise is there to be run, and the files that it names are there to be
// read.
func TestProofs(t *testing.T) {
	tests := allTests(t)
	for page, atLeast := range map[string]int{
		"SECURITY.md": 60, "CONTRIBUTING.md": 12, "docs/architecture.md": 80, "docs/keyring.md": 1,
	} {
		text, err := os.ReadFile(page)
		if errors.Is(err, fs.ErrNotExist) && page == "docs/keyring.md" {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`).FindAllString(string(text), -1)
		for _, name := range names {
			if !strings.Contains(tests, "func "+name+"(") {
				t.Errorf("%s: there is no %s", page, name)
			}
		}
		files := append(scriptsIn(string(text)), filesIn(string(text))...)
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
		if named := len(names) + len(files); named < atLeast {
			t.Errorf("%s names only %d proofs and files", page, named)
		}
	}
}

// scriptsIn returns the files of the scripts that the tables of a page name in a column "shown by".
func scriptsIn(page string) (files []string) {
	column := -1
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			column = -1
		} else if last := len(cells) - 2; strings.TrimSpace(cells[last]) == "shown by" {
			column = last
		} else if column == last {
			for _, script := range regexp.MustCompile("`([a-z/-]+)`").FindAllStringSubmatch(cells[column], -1) {
				files = append(files, filepath.Join("testdata", script[1]+".txt"))
			}
		}
	}
	return files
}

// filesIn returns the files of the source that a page names. Those without a folder are command's.
func filesIn(page string) (files []string) {
	for _, file := range regexp.MustCompile("`([\\w./-]*[\\w-]+\\.(?:go|txt|json))`").FindAllStringSubmatch(page, -1) {
		name := file[1]
		if !strings.Contains(name, "/") {
			name = filepath.Join("command", name)
		}
		files = append(files, name)
	}
	return files
}

// allTests is the text of every test file of the packages.
func allTests(t *testing.T) string {
	var text strings.Builder
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "internal/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(source)
		}
	}
	return text.String()
}
