package command

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/internal/need"
	"git-credential-grant/internal/secret"
)

// TestUserAgent: every request names the program and its version.
func TestUserAgent(t *testing.T) {
	agents := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { agents <- r.UserAgent() }))
	t.Cleanup(server.Close)
	origin := helper.ParseOrigin(server.URL)
	for version, want := range map[string]string{"1.2.3": "git-credential-grant/1.2.3", "(devel)": "git-credential-grant/devel"} {
		p := newProgram(version)
		s, err := p.session(subject{request: helper.RequestOf(origin)}, p.options, gitconfig.Git{}, asSet, new(signals))
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Transport: s.finder().transport(origin)}
		if _, err := client.Get(server.URL); err != nil {
			t.Fatal(err)
		}
		if agent := <-agents; agent != want {
			t.Errorf("%s: %s, want %s", version, agent, want)
		}
	}
}

// TestEverySetting: each setting that there is makes a difference to how a token is obtained, but those of git itself.
func TestEverySetting(t *testing.T) {
	need.GitConfig(t, "")
	origin := helper.ParseOrigin("https://git.example")
	person := gitconfig.Settings{ClientID: "id", AuthURL: "/authorize", TokenURL: "/token"}
	job := gitconfig.Settings{
		Provider: "bitbucket", Grant: string(flow.GrantJWT), JWTIssuer: "app", JWTSubject: "workspace", ClientSecret: secret.New("shared"),
	}
	gits := []string{"Username", "UseHTTPPath", "Interactive"} // of which two are in the request, and the other is asked by asker
	values := map[string]string{"Provider": "gitea", "AuthStyle": "params", "Bearer": "true", "RedirectURL": "http://localhost:3000"}
	outcome := func(set gitconfig.Settings) string {
		f := &finder{voice: new(voice), settings: new(settings)}
		applied, err := f.ci.apply(origin, set)
		if err != nil {
			return err.Error()
		}
		found, err := f.described(t.Context(), subject{request: helper.RequestOf(origin)}, applied, "", true)
		if err != nil {
			return err.Error()
		}
		found.client.Transport = nil
		return fmt.Sprintf("%+v %s %v", *found.client, found.client.Secret.Reveal(), found.bearer)
	}
	for field := range reflect.TypeFor[gitconfig.Settings]().Fields() {
		set := person
		if strings.HasPrefix(field.Name, "JWT") {
			set = job
		}
		before := outcome(set)
		value := cmp.Or(values[field.Name], "other")
		switch field := reflect.ValueOf(&set).Elem().FieldByIndex(field.Index).Addr().Interface().(type) {
		case *string:
			*field = value
		case *secret.String:
			*field = secret.New(value)
		}
		if counts := outcome(set) != before; counts == slices.Contains(gits, field.Name) {
			t.Errorf("%s = %s makes a difference: %v", field.Name, value, counts)
		}
	}
}
