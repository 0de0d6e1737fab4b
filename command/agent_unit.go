package command

import (
	"bytes"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode"
)

// unitMark begins each file that installAgent writes. It overwrites no other one.
const unitMark = "Written by git-credential-grant agent, with its flag install" // without "--", which ends a comment in XML

// A unit is a file that has the system start an agent. Names is the part of its text that says at which socket.
type unit struct{ path, text, names string }

// installAgent writes the files, and says how to begin.
func (p *program) installAgent(o *agentOptions, socket string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	arguments := append(append([]string{program}, p.agentFlags()...), "agent")
	for _, url := range textsOf(o.allow) {
		arguments = append(arguments, "--allow", url)
	}
	if len(o.users) > 0 {
		arguments = append(arguments, "--uid", o.users.String())
	}
	if o.given {
		arguments = append(arguments, "--given")
	}
	if o.log != "" {
		log, err := filepath.Abs(o.log)
		if err != nil {
			return err
		}
		arguments = append(arguments, "--log", log)
	}
	if err := checkUnit(filepath.Base(socket), append(arguments, socket)); err != nil {
		return err
	}
	units, next, err := unitsFor(runtime.GOOS, "git-credential-grant-"+o.name(socket), socket, append(arguments, socket), len(o.users) > 0)
	if err != nil {
		return err
	}
	for _, unit := range units {
		if err := unit.write(); err != nil {
			return err
		}
		p.voice.say("wrote %s", unit.path)
	}
	p.voice.say("next: %s", next)
	return nil
}

// checkUnit fails for a name that systemd, launchd or a shell would take for something else, and for what would begin a line of its
// own in a unit, or join the next one to it.
func checkUnit(name string, arguments []string) error {
	if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789:_.-") != "" {
		return fmt.Errorf("a unit cannot be named for %q: name the socket in letters, digits, and . _ -", name)
	}
	for _, argument := range arguments {
		if strings.ContainsFunc(argument, unicode.IsControl) {
			return fmt.Errorf("a unit cannot contain %q", argument)
		}
	}
	return nil
}

// agentFlags are the global flags in use, as arguments: whoever starts the agent has another environment.
func (p *program) agentFlags() (arguments []string) {
	for _, flag := range p.global {
		if flag.Name != "via" && flag.isChosen() {
			arguments = append(arguments, flag.arguments()...)
		}
	}
	return arguments
}

// unitsFor returns the files for systemd or launchd, and the command that begins. shared says that others than this user are to
// open the socket.
func unitsFor(system, name, socket string, arguments []string, shared bool) (units []unit, next string, err error) {
	home, err := os.UserHomeDir()
	switch {
	case err != nil:
		return nil, "", err
	case system == "darwin":
		path := filepath.Join(home, "Library", "LaunchAgents", name+".plist")
		return []unit{{path, plist(name, arguments), plistString(socket)}}, "launchctl bootstrap gui/$(id -u) " + path, nil
	case system != "linux":
		return nil, "", fmt.Errorf("%w: %s", errNoUnits, system)
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) {
		config = filepath.Join(home, ".config")
	}
	dir := filepath.Join(config, "systemd", "user")
	units = []unit{
		{filepath.Join(dir, name+".socket"), socketUnit(socket, shared), "ListenStream=" + escapeUnit(socket) + "\n"},
		{filepath.Join(dir, name+".service"), serviceUnit(arguments), " " + quoteUnit(socket) + "\n"},
	}
	return units, "systemctl --user daemon-reload && systemctl --user enable --now " + name + ".socket", nil
}

// socketUnit is what systemd.socket(5) describes.
func socketUnit(socket string, shared bool) string {
	mode := "0600"
	if shared {
		mode = "0666"
	}
	return "# " + unitMark + "\n[Unit]\nDescription=Sign-ins for git at " + escapeUnit(socket) + "\n\n" +
		"[Socket]\nListenStream=" + escapeUnit(socket) + "\nSocketMode=" + mode + "\nDirectoryMode=0700\n\n" +
		"[Install]\nWantedBy=sockets.target\n"
}

// serviceUnit is what systemd.service(5) describes. What is in quotes there is split no further.
func serviceUnit(arguments []string) string {
	var line []string
	for _, argument := range arguments {
		line = append(line, quoteUnit(argument))
	}
	return "# " + unitMark + "\n[Unit]\nDescription=Sign-ins for git in containers and on other machines\n\n" +
		"[Service]\nExecStart=" + strings.Join(line, " ") + "\n"
}

// quoteUnit is an argument in a command line of systemd.
func quoteUnit(argument string) string {
	return `"` + escapeUnit(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", "$$").Replace(argument)) + `"`
}

// escapeUnit keeps systemd from reading specifiers into a text.
func escapeUnit(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// plist is what launchd.plist(5) describes. Launchd hands sockets over only to a program that asks it by a library of Apple's, so it
// starts the agent when the person logs in.
func plist(name string, arguments []string) string {
	var list strings.Builder
	for _, argument := range arguments {
		list.WriteString("\t\t" + plistString(argument) + "\n")
	}
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n<!-- " + unitMark + " -->\n<plist version=\"1.0\"><dict>\n" +
		"\t<key>Label</key>" + plistString(name) + "\n" +
		"\t<key>ProgramArguments</key><array>\n" + list.String() + "\t</array>\n" +
		"\t<key>RunAtLoad</key><true/>\n\t<key>KeepAlive</key><true/>\n</dict></plist>\n"
}

func plistString(text string) string { return "<string>" + html.EscapeString(text) + "</string>" }

// write replaces a file of ours about the same socket, and no other one.
func (u unit) write() error {
	old, err := os.ReadFile(u.path)
	switch {
	case err != nil:
	case !bytes.Contains(old, []byte(unitMark)):
		return &fs.PathError{Op: "writing", Path: u.path, Err: errForeign}
	case !bytes.Contains(old, []byte(u.names)):
		return &fs.PathError{Op: "writing", Path: u.path, Err: errOtherSocket}
	}
	if err := os.MkdirAll(filepath.Dir(u.path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(u.path, []byte(u.text), 0o644)
}
