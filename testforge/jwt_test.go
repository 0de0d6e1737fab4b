package testforge_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"git-credential-grant/testforge"
)

func TestJWT(t *testing.T) {
	forge := start(t, testforge.Options{})
	now := time.Now().Unix()
	for name, test := range map[string]struct {
		change         jwt.MapClaims
		secret, scheme string
		form           url.Values
		want           int
	}{
		"good":             {want: http.StatusOK},
		"scope":            {form: url.Values{"scope": {"repository"}}, want: http.StatusOK},
		"unknown scope":    {form: url.Values{"scope": {"everything"}}, want: http.StatusBadRequest},
		"client in form":   {form: url.Values{"client_id": {"x"}}, want: http.StatusUnauthorized},
		"wrong secret":     {secret: strings.Repeat("x", 32), want: http.StatusUnauthorized},
		"scheme in lower":  {scheme: "jwt ", want: http.StatusUnauthorized},
		"wrong issuer":     {change: jwt.MapClaims{"iss": "x"}, want: http.StatusUnauthorized},
		"wrong subject":    {change: jwt.MapClaims{"sub": "x"}, want: http.StatusUnauthorized},
		"wrong query hash": {change: jwt.MapClaims{"qsh": "x"}, want: http.StatusUnauthorized},
		"long life":        {change: jwt.MapClaims{"exp": now + 3600}, want: http.StatusUnauthorized},
		"expired":          {change: jwt.MapClaims{"iat": now - 600, "exp": now - 420}, want: http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			claims := jwt.MapClaims{
				"iss": testforge.AppKey, "sub": testforge.AppClientKey, "iat": now, "exp": now + 180,
				"qsh": "f045c19462bc33df6431a1f69800ff8fc9e839dfea9d080be9f2bcd59360c73b",
			}
			maps.Copy(claims, test.change)
			secret, scheme := testforge.AppSecret, "JWT "
			if test.secret != "" {
				secret = test.secret
			}
			if test.scheme != "" {
				scheme = test.scheme
			}
			signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
			if err != nil {
				t.Fatal(err)
			}
			form := url.Values{"grant_type": {"urn:bitbucket:oauth2:jwt"}}
			maps.Copy(form, test.form)
			if got := post(t, forge.URL+"/site/oauth2/access_token", scheme+signed, form); got != test.want {
				t.Errorf("got status %d, want %d", got, test.want)
			}
		})
	}
	wantStats(t, forge, map[string]int{"jwt_ok": 2, "jwt_refused": 9})
}

func post(t *testing.T, address, authorization string, form url.Values) (status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
