package person

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestAncestors(t *testing.T) {
	ancestors := Ancestors()
	if len(ancestors) == 0 || !strings.HasPrefix(ancestors[0].ID, strconv.Itoa(os.Getppid())+".") {
		t.Fatalf("the parent is not the first of %v", ancestors)
	}
	if again := Ancestors(); again[0] != ancestors[0] {
		t.Errorf("it was %v, and is now %v", ancestors[0], again[0])
	}
	seen := map[string]bool{}
	for _, process := range ancestors {
		if process.Name == "" || seen[process.ID] {
			t.Errorf("%v is odd in %v", process, ancestors)
		}
		seen[process.ID] = true
	}
}
