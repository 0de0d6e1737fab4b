//go:build linux

package person

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSystemBrowser: which programs are tried where, given that all of those named are installed.
func TestSystemBrowser(t *testing.T) {
	for name, test := range map[string]struct {
		environment map[string]string
		installed   []string
		want        []string
	}{
		"a desktop":                       {map[string]string{"DISPLAY": ":0"}, []string{"xdg-open", "gio"}, []string{"xdg-open", "gio open"}},
		"Wayland":                         {map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, []string{"xdg-open"}, []string{"xdg-open"}},
		"a desktop without xdg-open":      {map[string]string{"DISPLAY": ":0"}, []string{"x-www-browser"}, []string{"x-www-browser"}},
		"a desktop with nothing":          {map[string]string{"DISPLAY": ":0"}, nil, nil},
		"only what runs on a terminal":    {map[string]string{"DISPLAY": ":0"}, []string{"www-browser", "w3m", "lynx"}, nil},
		"a console":                       {nil, []string{"xdg-open", "www-browser", "w3m"}, nil},
		"SSH":                             {map[string]string{"SSH_CONNECTION": "1 2 3 4"}, []string{"xdg-open"}, nil},
		"SSH with the display forwarded":  {map[string]string{"SSH_CONNECTION": "1 2 3 4", "DISPLAY": "localhost:10.0"}, []string{"xdg-open"}, []string{"xdg-open"}},
		"WSL":                             {map[string]string{"WSL_DISTRO_NAME": "Debian"}, []string{"rundll32.exe"}, []string{"rundll32.exe url.dll,FileProtocolHandler"}},
		"WSL with wslu":                   {map[string]string{"WSL_DISTRO_NAME": "Debian"}, []string{"wslview", "rundll32.exe"}, []string{"wslview", "rundll32.exe url.dll,FileProtocolHandler"}},
		"WSL with a display":              {map[string]string{"WSL_DISTRO_NAME": "Debian", "DISPLAY": ":0"}, []string{"xdg-open", "wslview"}, []string{"wslview", "xdg-open"}},
		"WSL without Windows programs":    {map[string]string{"WSL_DISTRO_NAME": "Debian"}, nil, nil},
		"WSL over SSH":                    {map[string]string{"WSL_DISTRO_NAME": "Debian", "SSH_CONNECTION": "1 2 3 4"}, []string{"wslview"}, nil},
		"Linux with Windows' programs":    {map[string]string{"DISPLAY": ":0"}, []string{"wslview", "rundll32.exe"}, nil},
		"$BROWSER on another machine":     {map[string]string{"SSH_CONNECTION": "1 2 3 4", "BROWSER": "browser.sh"}, []string{"browser.sh"}, []string{"browser.sh"}},
		"$BROWSER that is gone":           {map[string]string{"DISPLAY": ":0", "BROWSER": "/vscode/helpers/browser.sh"}, []string{"xdg-open"}, nil},
		"$BROWSER that is a text browser": {map[string]string{"DISPLAY": ":0", "BROWSER": "/usr/bin/w3m"}, []string{"xdg-open"}, nil},
		"$BROWSER with one of each":       {map[string]string{"BROWSER": "lynx:links -g:firefox --new-tab %s"}, []string{"lynx", "links", "firefox"}, []string{"firefox --new-tab %s"}},
	} {
		t.Run(name, func(t *testing.T) {
			programs := t.TempDir()
			for _, program := range test.installed {
				if err := os.WriteFile(filepath.Join(programs, program), nil, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for _, variable := range []string{"BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "SSH_CONNECTION", "SSH_TTY"} {
				t.Setenv(variable, test.environment[variable])
			}
			t.Setenv("PATH", programs)
			var got []string
			if browser, _ := FindBrowser(nil); browser != nil {
				for _, command := range browser.commands {
					if filepath.Dir(command[0]) == programs {
						command[0] = filepath.Base(command[0])
					}
					got = append(got, (&Browser{commands: [][]string{command}}).String())
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOnWindows(t *testing.T) {
	t.Setenv("WSL_DISTRO_NAME", "")
	for release, want := range map[string]bool{
		"4.4.0-19041-Microsoft":                true,
		"5.15.153.1-microsoft-standard-WSL2\n": true,
		"6.1.0-13-amd64":                       false,
		"":                                     false,
	} {
		if got := onWindows(release); got != want {
			t.Errorf("%q: got %v", release, got)
		}
	}
}
