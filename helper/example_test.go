package helper_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"os"
	"strings"

	"golang.org/x/oauth2"

	"git-credential-grant/helper"
)

// A keyring in memory, which nobody else uses.
type keyring map[string][]byte

func (k keyring) Get(_ context.Context, key string) ([]byte, error) {
	if item, kept := k[key]; kept {
		return item, nil
	}
	return nil, fs.ErrNotExist
}

func (k keyring) Update(_ context.Context, key string, change func([]byte) ([]byte, error)) error {
	item, err := change(k[key])
	switch {
	case err != nil:
		return err
	case item == nil:
		delete(k, key)
	default:
		k[key] = item
	}
	return nil
}

func (k keyring) Lock(context.Context, string) (unlock func(), err error) { return func() {}, nil }

// Git asks twice. The first time somebody signs in, and the second time the token is in the keyring.
func ExampleHelper_Get() {
	signIn := func(context.Context, string) (token *oauth2.Token, who string, err error) {
		fmt.Println("alice signs in")
		return &oauth2.Token{AccessToken: "a-token"}, "alice", nil
	}
	h := &helper.Helper{
		Keyring: keyring{},
		Server: func(context.Context, *helper.Credential, string) (*helper.Server, error) {
			return &helper.Server{Username: "oauth2", SignIn: signIn}, nil
		},
	}
	for range 2 {
		request, err := helper.Read(strings.NewReader("protocol=https\nhost=git.example\n\n"))
		if err != nil {
			log.Fatal(err)
		}
		answer, err := h.Get(context.Background(), request)
		if err != nil {
			log.Fatal(err)
		}
		if err := answer.Write(os.Stdout); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// alice signs in
	// username=oauth2
	// password=a-token
	// username=oauth2
	// password=a-token
}

// What a person types becomes the request that git would make there.
func ExampleParseTarget() {
	request, path, err := helper.ParseTarget("https://alice@Git.Example:443/acme/app.git")
	fmt.Println(request.Origin, request.Attributes.Get("username"), path, err)

	_, _, err = helper.ParseTarget("https://alice:secret@git.example")
	fmt.Println(err)
	// Output:
	// https://git.example alice /acme/app.git <nil>
	// the URL has a password in it, which does not belong there
}

// Two origins are the same place if they are equal.
func ExampleOrigin() {
	origin := helper.ParseOrigin("https://GIT.example:443")
	fmt.Println(origin == helper.ParseOrigin("https://git.example"), origin.MayHaveToken())
	fmt.Println(helper.ParseOrigin("http://git.example").MayHaveToken())
	// Output:
	// true true
	// false
}
