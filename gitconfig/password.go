package gitconfig

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
)

// password asks git's helpers for the password of a proxy whose URL has a user name, in the words of git itself
// (init_curl_proxy_auth in its http.c). It returns "" if none of them knows it: nobody else is asked, neither on the
// terminal nor in a window.
func (g Git) password(ctx context.Context, proxy *url.URL) (string, error) {
	question := ""
	for _, attribute := range []struct{ name, value string }{
		{"protocol", proxy.Scheme}, {"host", proxy.Host}, {"username", proxy.User.Username()}, {"path", strings.Trim(proxy.Path, "/")},
	} {
		if strings.ContainsAny(attribute.value, "\n\x00") {
			return "", nil // It would be another question.
		}
		if attribute.value != "" {
			question += attribute.name + "=" + attribute.value + "\n"
		}
	}
	line := g.args("-c", "credential.interactive=false", "credential", "fill")
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	command.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "GCM_INTERACTIVE=never")
	command.Stdin = strings.NewReader(question)
	answer, err := command.Output()
	if err != nil {
		return "", ctx.Err()
	}
	for attribute := range strings.Lines(string(answer)) {
		if password, found := strings.CutPrefix(attribute, "password="); found {
			return strings.TrimSuffix(password, "\n"), nil
		}
	}
	return "", nil
}
