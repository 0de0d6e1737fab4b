package flow_test

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"git-credential-grant/flow"
	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// A forge's profile knows its endpoints, wherever its software runs.
func ExampleProfile_At() {
	profile, _ := flow.ByRealm([]string{`Basic realm="Gitea"`})
	profile, err := profile.At(&url.URL{Scheme: "https", Host: "git.example", Path: "/gitea"})
	fmt.Println(profile.Name, profile.TokenURL, err)
	// Output: gitea https://git.example/gitea/login/oauth/access_token <nil>
}

// A person signs in in the browser, and the token is renewed without them.
func ExampleClient_SignIn() {
	forge, err := testforge.New(testforge.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer forge.Close()
	host, _ := url.Parse(forge.URL)
	profile, _ := flow.ByName("bitbucket")
	profile, _ = profile.At(host)
	profile.UserInfoURL = forge.URL + "/2.0/user" // Bitbucket's own is not that of the forge here.
	client := &flow.Client{Profile: profile, ID: forge.ClientID, Secret: secret.New(forge.ClientSecret), GitHost: host.Host}

	ctx := context.Background()
	page := make(chan string, 1)
	token, account, err := client.SignIn(ctx, flow.UI{
		Timeout: time.Minute,
		Browse: func(address string) error {
			go func() {
				shown, _ := testforge.Browser{}.Visit(address)
				page <- shown
			}()
			return nil
		},
	}, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	<-page
	renewed, err := client.Refresh(ctx, token.RefreshToken)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(account, renewed.AccessToken != token.AccessToken)
	// Output: alice true
}
