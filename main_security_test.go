package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityTable: what SECURITY.md names as the proof of a promise is there to be run.
func TestSecurityTable(t *testing.T) {
	page, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := allTests(t)
	named := 0
	for row := range strings.Lines(string(page)) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			continue
		}
		for _, name := range regexp.MustCompile(`(?:Test|Fuzz)\w+`).FindAllString(cells[3], -1) {
			named++
			if !strings.Contains(tests, "func "+name+"(") {
				t.Errorf("there is no %s", name)
			}
		}
		for _, script := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(cells[3], -1) {
			named++
			if _, err := os.Stat(filepath.Join("testdata", script[1]+".txt")); err != nil {
				t.Error(err)
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d proofs are named", named)
	}
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
