package person

import (
	"bufio"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/need"
)

// TestDialogue answers the window of GNOME's program, on a screen that nobody sees.
func TestDialogue(t *testing.T) {
	need.Programs(t, "Xvfb", "xdotool", "zenity")
	screen := exec.Command("Xvfb", "-displayfd", "1", "-nolisten", "tcp")
	out, err := screen.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := screen.Start(); err != nil {
		t.Fatal(err)
	}
	defer screen.Wait()
	defer screen.Process.Kill()
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(number))
	t.Setenv("WAYLAND_DISPLAY", "")
	for key, want := range map[string]bool{"alt+y": true, "alt+n": false, "Escape": false, "Return": false} {
		done := make(chan bool)
		go press(key, done)
		yes, err := Dialogue(t.Context(), "<b>app</b> asks for git.example & all. Yes?")
		close(done)
		if err != nil || yes != want {
			t.Errorf("after %s: %v, %v", key, yes, err)
		}
	}
}

// press has a key pressed in the window until it has an end.
func press(key string, done <-chan bool) {
	for {
		found, _ := exec.Command("xdotool", "search", "--onlyvisible", "--class", "zenity").Output()
		if id, _, _ := strings.Cut(string(found), "\n"); id != "" {
			exec.Command("xdotool", "windowfocus", id, "key", key).Run()
		}
		select {
		case <-done:
			return
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// TestNoDialogue: without a desktop there is nobody to ask.
func TestNoDialogue(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if yes, err := Dialogue(t.Context(), "Yes?"); yes || !errors.Is(err, ErrNone) {
		t.Errorf("%v, %v", yes, err)
	}
}
