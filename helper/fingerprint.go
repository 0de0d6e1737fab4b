package helper

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// fingerprintOf identifies a token without telling it. Tokens are random, so a plain hash cannot be guessed back.
func fingerprintOf(token string) string {
	sum := sha256.Sum256([]byte("git-credential-grant " + token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Fingerprints names the tokens that the sign-ins of a record have, or had lately. data is the record's item in the keyring.
// A token cannot be guessed from its fingerprint, so it is no secret.
func Fingerprints(data []byte) string {
	record, err := decodeRecord(data)
	if err != nil {
		return ""
	}
	var fingerprints []string
	for _, account := range record.Accounts {
		if account.SignIn != nil {
			fingerprints = append(fingerprints, account.SignIn.Fingerprints...)
		}
	}
	return strings.Join(fingerprints, " ")
}
