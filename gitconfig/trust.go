package gitconfig

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"git-credential-grant/internal/printable"
)

var (
	// ErrPinned: the server's key is none of those that http.pinnedPubkey names.
	ErrPinned = errors.New("the server has another key than http.pinnedPubkey says")
	// ErrTLS: what is set about TLS cannot be done here.
	ErrTLS = errors.New("a setting of TLS cannot be honoured")
	// ErrClientKey: the client's own certificate or key is in a form that cannot be read here.
	ErrClientKey = errors.New("the client's certificate or key cannot be used")
)

// A trust is how a server is known, and how it knows the client: the settings http.ssl* and http.pinnedPubkey, or for a
// proxy http.proxySSL*.
type trust struct {
	ofProxy bool
	// caFile and caPath hold the only certificates to trust, in a file and in the files of a directory; without
	// either, those of the system are trusted. With unverified everybody is.
	caFile, caPath string
	unverified     bool
	// pin is what the server's key has to be, as curl's --pinnedpubkey says it, also if unverified.
	pin string
	// version is the lowest version, and ciphers are the only cipher suites up to TLS 1.2, as OpenSSL names them.
	version, ciphers string
	// certFile and keyFile are the client's own certificate and its key. The types are PEM where they are "".
	certFile, certType, keyFile, keyType string
}

// setting returns the name of a setting in git config.
func (t *trust) setting(name string) string {
	if t.ofProxy {
		return "http.proxySSL" + name
	}
	return "http.ssl" + name
}

// config returns what crypto/tls makes of it.
func (t *trust) config() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: t.unverified}
	for _, set := range []func(*tls.Config) error{t.setRoots, t.setCertificate, t.setVersion, t.setCiphers, t.setPin} {
		if err := set(config); err != nil {
			return nil, err
		}
	}
	return config, nil
}

// setRoots sets the certificates to trust.
func (t *trust) setRoots(config *tls.Config) error {
	if t.unverified || t.caFile == "" && t.caPath == "" {
		return nil
	}
	config.RootCAs = x509.NewCertPool()
	if t.caFile != "" {
		certificates, err := os.ReadFile(t.caFile)
		if err != nil || !config.RootCAs.AppendCertsFromPEM(certificates) {
			return fmt.Errorf("%w: %s: no certificates in %s", ErrTLS, t.setting("CAInfo"), t.caFile)
		}
	}
	if t.caPath == "" {
		return nil
	}
	files, err := os.ReadDir(t.caPath)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrTLS, t.setting("CAPath"), err)
	}
	for _, file := range files {
		if certificates, err := os.ReadFile(filepath.Join(t.caPath, file.Name())); err == nil {
			config.RootCAs.AppendCertsFromPEM(certificates)
		}
	}
	return nil
}

// setCertificate sets the client's own certificate. One that is in another form than PEM, or whose key is encrypted, is
// refused: crypto/tls reads neither.
func (t *trust) setCertificate(config *tls.Config) error {
	if t.certFile == "" {
		return nil
	}
	for name, kind := range map[string]string{"CertType": t.certType, "KeyType": t.keyType} {
		if kind != "" && !strings.EqualFold(kind, "PEM") {
			return fmt.Errorf("%w: %s is %s, and only PEM is possible", ErrClientKey, t.setting(name), kind)
		}
	}
	keyFile := cmp.Or(t.keyFile, t.certFile)
	certificate, err := tls.LoadX509KeyPair(t.certFile, keyFile)
	if err != nil && encrypted(keyFile) {
		return fmt.Errorf("%w: %s: the key in %s is encrypted", ErrClientKey, t.setting("Key"), keyFile)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrClientKey, t.setting("Cert"), err)
	}
	config.Certificates = []tls.Certificate{certificate}
	return nil
}

// encrypted reports whether a file has a key in it that needs a password: in the form of PKCS #8 (RFC 7468, section 11)
// or in that of RFC 1421.
func encrypted(file string) bool {
	content, _ := os.ReadFile(file)
	return bytes.Contains(content, []byte("ENCRYPTED"))
}

// versions are the values of http.sslVersion. To curl each means that version or a later one
// (https://curl.se/libcurl/c/CURLOPT_SSLVERSION.html).
var versions = map[string]uint16{
	"tlsv1": tls.VersionTLS10, "tlsv1.0": tls.VersionTLS10, "tlsv1.1": tls.VersionTLS11,
	"tlsv1.2": tls.VersionTLS12, "tlsv1.3": tls.VersionTLS13,
}

// setVersion sets the lowest version. To an unknown one git says a word, and takes the default.
func (t *trust) setVersion(config *tls.Config) error {
	if t.version == "sslv2" || t.version == "sslv3" {
		return fmt.Errorf("%w: %s: %s is not spoken any more", ErrTLS, t.setting("Version"), t.version)
	}
	config.MinVersion = versions[t.version]
	return nil
}

// setCiphers sets the cipher suites up to TLS 1.2. What else OpenSSL can say, such as HIGH:!aNULL, is refused: it might
// mean less than what crypto/tls would use.
func (t *trust) setCiphers(config *tls.Config) error {
	if t.ciphers == "" {
		return nil
	}
	known := append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
	for _, name := range strings.FieldsFunc(t.ciphers, func(r rune) bool { return strings.ContainsRune(":, ", r) }) {
		at := slices.IndexFunc(known, func(suite *tls.CipherSuite) bool {
			return name == suite.Name || name == openSSLName(suite.Name)
		})
		switch {
		case at >= 0:
			config.CipherSuites = append(config.CipherSuites, known[at].ID)
		case !isCipherName(name):
			return fmt.Errorf("%w: %s: %q is not the name of a cipher suite", ErrTLS, t.setting("CipherList"), printable.Line(name))
		}
	}
	if config.CipherSuites == nil {
		return fmt.Errorf("%w: %s has no cipher suite that is known here", ErrTLS, t.setting("CipherList"))
	}
	return nil
}

// isCipherName reports whether a word is the name of a single cipher suite, be it one that crypto/tls does not know.
func isCipherName(word string) bool {
	return strings.IndexByte(word, '-') > 0 && !strings.ContainsFunc(word, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	})
}

// openSSLName returns what OpenSSL calls a cipher suite (openssl-ciphers(1)).
func openSSLName(name string) string {
	return strings.NewReplacer(
		"TLS_RSA_WITH_", "", "TLS_", "", "_WITH_", "-", "AES_128_CBC", "AES128", "AES_256_CBC", "AES256", "AES_", "AES",
		"3DES_EDE_CBC", "DES-CBC3", "POLY1305_SHA256", "POLY1305", "_", "-",
	).Replace(name)
}

// setPin checks the server's key, whoever has signed its certificate
// (https://curl.se/libcurl/c/CURLOPT_PINNEDPUBLICKEY.html).
func (t *trust) setPin(config *tls.Config) error {
	if t.pin == "" {
		return nil
	}
	pinned := func(key []byte) bool {
		sum := sha256.Sum256(key)
		return slices.Contains(strings.Split(t.pin, ";"), pinPrefix+base64.StdEncoding.EncodeToString(sum[:]))
	}
	if !strings.HasPrefix(t.pin, pinPrefix) {
		only, err := readKey(t.pin)
		if err != nil {
			return fmt.Errorf("%w: http.pinnedPubkey: %w", ErrTLS, err)
		}
		pinned = func(key []byte) bool { return bytes.Equal(key, only) }
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if !pinned(state.PeerCertificates[0].RawSubjectPublicKeyInfo) {
			return settingError{ErrPinned}
		}
		return nil
	}
	return nil
}

// readKey reads a public key in PEM, whatever else is in the file, or in DER.
func readKey(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "PUBLIC KEY" {
			return block.Bytes, nil
		}
	}
	return content, nil
}

// pinPrefix begins each of the hashes that http.pinnedPubkey can name.
const pinPrefix = "sha256//"
