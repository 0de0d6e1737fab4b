package command

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// TestPlist: what launchd is to read is XML, whatever the arguments are, and has each of them whole.
func TestPlist(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	const odd = `/Users/a & b/<"it's">--x.sock`
	units, _, err := unitsFor("darwin", "app", odd, []string{"git-credential-grant", "agent", "--allow", "https://git.example", odd}, false)
	if err != nil || len(units) != 1 {
		t.Fatal(units, err)
	}
	if !strings.Contains(units[0].text, units[0].names) {
		t.Errorf("it does not name the socket as %s", units[0].names)
	}
	var texts []string
	for decoder := xml.NewDecoder(strings.NewReader(units[0].text)); ; {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			texts = append(texts, string(text))
		}
	}
	want := "Label|app|ProgramArguments|git-credential-grant|agent|--allow|https://git.example|" + odd + "|RunAtLoad|KeepAlive"
	if got := strings.Join(texts, "|"); got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
}
