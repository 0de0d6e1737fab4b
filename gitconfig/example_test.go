package gitconfig_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"

	"git-credential-grant/gitconfig"
)

// configure has git read settings beside its files (GIT_CONFIG_COUNT in git-config(1)).
func configure(settings [][2]string) (undo func()) {
	variables := map[string]string{"GIT_CONFIG_COUNT": strconv.Itoa(len(settings))}
	for i, setting := range settings {
		variables["GIT_CONFIG_KEY_"+strconv.Itoa(i)], variables["GIT_CONFIG_VALUE_"+strconv.Itoa(i)] = setting[0], setting[1]
	}
	for name, value := range variables {
		os.Setenv(name, value)
	}
	return func() {
		for name := range variables {
			os.Unsetenv(name)
		}
	}
}

func ExampleGit_Settings() {
	defer configure([][2]string{{"credential.https://*.example.provider", "gitea"}})()
	settings, err := gitconfig.Git{}.Settings(context.Background(), "https://git.example")
	fmt.Println(settings.Provider, settings.Set(), err)
	// Output: gitea [provider] <nil>
}

func ExampleGit_Transport() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.UserAgent(), ", ", r.Header.Get("X-Gateway"))
	}))
	defer server.Close()
	defer configure([][2]string{{"http.extraHeader", "X-Gateway: open sesame"}, {"http." + server.URL + ".proxy", ""}})()

	isRemote := func(url string) bool { return false }
	client := http.Client{Transport: gitconfig.Git{}.Transport("grant/1.2", isRemote)}
	response, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(string(body), err)
	// Output: grant/1.2, open sesame <nil>
}

func ExampleHelperLine() {
	fmt.Println(gitconfig.HelperLine("", nil))
	fmt.Println(gitconfig.HelperLine("/opt/my tools/git-credential-grant", []string{"--store", "file"}))
	// Output:
	// grant
	// !'/opt/my tools/git-credential-grant' --store file
}
