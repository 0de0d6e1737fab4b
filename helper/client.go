package helper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"git-credential-grant/internal/secret"
)

// A Client is an OAuth client that a person has registered at a forge; Bitbucket calls its ID and secret key and
// secret. It is kept in a second item of the keyring for each origin, which is never read while a live token is stored.
type Client struct {
	ID     string        `json:"client_id"`
	Secret secret.String `json:"client_secret,omitzero"`
	// TokenEndpoint is where the secret may be sent: only where it was meant for when the person gave it.
	TokenEndpoint string `json:"token_endpoint"`
}

// clientPrefix begins the key of a registered client; the rest is its origin.
const clientPrefix = "client "

// Client returns the client that is registered for an origin, nil if there is none.
func (h *Helper) Client(ctx context.Context, origin Origin) (*Client, error) {
	data, err := h.Keyring.Get(ctx, clientPrefix+origin.String())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the OAuth client of %s: %w", origin, err)
	}
	client := &Client{}
	if err := json.Unmarshal(data, client); err != nil {
		return nil, fmt.Errorf("%w: that of %s (%d bytes)", ErrUnreadableClient, origin, len(data))
	}
	return client, nil
}

// Register keeps a client in the place of the one that is registered for an origin. Nil forgets that, and reports
// whether there was one.
func (h *Helper) Register(ctx context.Context, origin Origin, client *Client) (replaced bool, err error) {
	err = h.Keyring.Update(ctx, clientPrefix+origin.String(), func(old []byte) ([]byte, error) {
		replaced = old != nil
		if client == nil {
			return nil, nil
		}
		return json.Marshal(client)
	})
	if err != nil {
		return false, fmt.Errorf("writing the OAuth client of %s: %w", origin, err)
	}
	return replaced, nil
}

// ClientOrigins returns the origins for which a client is registered, of all keys of a keyring.
func ClientOrigins(keys []string) []Origin {
	var origins []Origin
	for _, key := range keys {
		if origin, isClient := strings.CutPrefix(key, clientPrefix); isClient {
			origins = append(origins, ParseOrigin(origin))
		}
	}
	return origins
}
