package flow

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"git-credential-grant/internal/secret"
)

// exampleServer starts an OpenID Connect server with the storage of the library's own example, which knows nothing of
// forges, and returns it with a client that has its endpoints.
func exampleServer(t *testing.T) (*storage.Storage, *Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	store := storage.NewStorageWithClients(storage.NewUserStore(issuer), map[string]*storage.Client{
		"device": storage.DeviceClient("device", "se cret+"),
	})
	provider, err := op.NewProvider(&op.Config{
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime: 2 * time.Second, PollInterval: time.Second, UserFormPath: "/device", UserCode: op.UserCodeDigits,
		},
	}, store, op.StaticIssuer(issuer), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = provider
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, issuer)
	client.Profile = Generic
	client.Profile.TokenURL, client.Profile.DeviceAuthURL = issuer+"/oauth/token", issuer+"/device_authorization"
	client.Profile.UserInfoURL = issuer + "/userinfo"
	return store, client
}

// TestExampleServerCredentials: client credentials at a server that is not our own.
func TestExampleServerCredentials(t *testing.T) {
	t.Parallel()
	_, client := exampleServer(t)
	client.Grant, client.ID, client.Secret = GrantClientCredentials, "sid1", secret.New("verysecret")
	client.Profile.Scopes = []string{"openid"}
	token, err := client.Mint(t.Context())
	if err != nil || token.Type() != "Bearer" || token.Expiry.IsZero() {
		t.Fatalf("got %+v, %v", token, err)
	}
	client.Secret = secret.New("wrong")
	_, err = client.Mint(t.Context())
	wantSentinel(t, "wrong secret", err, ErrClientRefused)
	client.ID, client.Secret = "device", secret.New("se cret+")
	_, err = client.Mint(t.Context())
	wantSentinel(t, "a client that may not", err, ErrClientRefused)
}

// TestExampleServerDevice: the device grant there, with each decision that a person can take.
func TestExampleServerDevice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		decide func(store *storage.Storage, code string) error
		want   error
	}{
		"yes": {func(store *storage.Storage, code string) error {
			return store.CompleteDeviceAuthorization(context.Background(), code, "id1")
		}, nil},
		"no": {func(store *storage.Storage, code string) error {
			return store.DenyDeviceAuthorization(context.Background(), code)
		}, ErrDenied},
		"nobody": {func(*storage.Storage, string) error { return nil }, ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, client := exampleServer(t)
			client.Grant, client.ID, client.Secret = GrantDevice, "device", secret.New("se cret+")
			client.Profile.Scopes = []string{"openid", "profile"}
			ui := UI{Timeout: time.Minute, Browse: func(address string) error {
				return test.decide(store, query(t, address).Get("user_code"))
			}}
			_, account, err := client.SignInOnDevice(t.Context(), ui, "")
			if test.want != nil {
				wantSentinel(t, name, err, test.want)
			} else if account != "test-user@127.0.0.1" || err != nil {
				t.Errorf("signed in as %q, %v", account, err)
			}
		})
	}
}
