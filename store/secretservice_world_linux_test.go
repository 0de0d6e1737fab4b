package store

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/need"
)

// startScreen starts a screen that nobody sees.
func startScreen(t *testing.T) {
	t.Helper()
	need.Programs(t, "Xvfb", "xdotool")
	number := startTalking(t, exec.Command("Xvfb", "-displayfd", "1", "-nolisten", "tcp"))
	t.Setenv("DISPLAY", ":"+number)
	t.Setenv("WAYLAND_DISPLAY", "")
}

// onWindow does something on the window of a program, as soon as that is there and until it has an end.
func onWindow(t *testing.T, class string, ended <-chan error, keys ...string) (err error) {
	t.Helper()
	eventually(t, "the end of a window of "+class, func() bool {
		found, _ := exec.Command("xdotool", "search", "--onlyvisible", "--class", class).Output()
		if id, _, _ := strings.Cut(string(found), "\n"); id != "" {
			exec.Command("xdotool", append([]string{"windowfocus", id}, keys...)...).Run()
		}
		select {
		case err = <-ended:
			return true
		case <-time.After(time.Second):
			return false
		}
	})
	return err
}
