package gitconfig

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

// write makes a file in a directory of the test.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPinned: http.pinnedPubkey counts beside the trusted certificates, and also where everybody is trusted. curl, which
// git uses, is asked too.
func TestPinned(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	key := server.Certificate().RawSubjectPublicKeyInfo
	sum := sha256.Sum256(key)
	right := "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
	const wrong = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	inPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key})
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for _, test := range []struct {
		name, pin string
		says      string // "" if it is the server's
	}{
		{"the hash", right, ""},
		{"the second of two", wrong + ";" + right, ""},
		{"PEM", write(t, "key.pem", inPEM), ""},
		{"PEM after a word", write(t, "key.pem", append([]byte("the key of the server\n"), inPEM...)), ""},
		{"DER", write(t, "key.der", key), ""},
		{"another hash", wrong, ErrPinned.Error()},
		{"a hash in another form", strings.ReplaceAll(right, "sha256//", "sha256:"), "http.pinnedPubkey"},
		{"no hash", "sha256//", ErrPinned.Error()},
		{"with a blank", wrong + "; " + right, ErrPinned.Error()},
		{"a certificate", write(t, "cert.pem", certificate), ErrPinned.Error()},
		{"no key", write(t, "empty", nil), ErrPinned.Error()},
		{"no file", "/nowhere", "http.pinnedPubkey: open /nowhere"},
	} {
		for _, unverified := range []bool{false, true} {
			by := route{server: trust{caFile: server.caFile, pin: test.pin, unverified: unverified}}
			err := reach(t.Context(), by, server.URL)
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%s, unverified %v: %v", test.name, unverified, err)
			}
			if test.says == ErrPinned.Error() && !errors.Is(err, ErrPinned) {
				t.Errorf("%s: %v is no %v", test.name, err, ErrPinned)
			}
		}
		if curl, err := exec.LookPath("curl"); err == nil {
			err := exec.Command(curl, "--silent", "--noproxy", "*", "--cacert", server.caFile, "--pinnedpubkey", test.pin, server.URL).Run()
			if (err == nil) != (test.says == "") {
				t.Errorf("%s: curl says %v", test.name, err)
			}
		}
	}
	if asked := server.asked.Load(); asked < 10 {
		t.Errorf("asked %d times", asked)
	}
}

// TestVersionAndCiphers: what TLS has to be at least.
func TestVersionAndCiphers(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}}
	server.Config.ErrorLog = silent
	server.StartTLS()
	t.Cleanup(server.Close)
	const onlyOffered = "ECDHE-RSA-AES256-GCM-SHA384"
	for _, test := range []struct {
		version, ciphers string
		says             string // "" if the server is reached
	}{
		{"", "", ""},
		{"tlsv1", "", ""},
		{"tlsv1.2", "", ""},
		{"tlsv1.3", "", "protocol version"},
		{"sslv3", "", "http.sslVersion"},
		{"newest", "", ""}, // git warns, and goes on
		{"", onlyOffered, ""},
		{"", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", ""},
		{"", "DHE-RSA-AES256-GCM-SHA384:" + onlyOffered, ""},
		{"", "ECDHE-RSA-AES128-GCM-SHA256", "handshake failure"},
		{"", "DHE-RSA-AES256-GCM-SHA384", "http.sslCipherList"},
		{"", "HIGH:!aNULL", "http.sslCipherList"},
		{"", onlyOffered + ":!SHA384", "http.sslCipherList"},
		{"", "DEFAULT@SECLEVEL=1", "http.sslCipherList"},
		{"", "NORMAL:-VERS-TLS1.2", "http.sslCipherList"}, // of GnuTLS
	} {
		by := route{server: trust{unverified: true, version: test.version, ciphers: test.ciphers}}
		err := reach(t.Context(), by, server.URL)
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%q %q: %v, want %q", test.version, test.ciphers, err, test.says)
		}
	}
}

// TestOpenSSLNames: OpenSSL knows the cipher suites of crypto/tls by the names that are made for them here.
func TestOpenSSLNames(t *testing.T) {
	t.Parallel()
	need.Programs(t, "openssl")
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		name := openSSLName(suite.Name)
		if suite.SupportedVersions[0] == tls.VersionTLS13 || strings.Contains(suite.Name, "RC4") || strings.Contains(suite.Name, "3DES") {
			continue // The first have one name everywhere, and OpenSSL has dropped the others.
		}
		out, err := exec.Command("openssl", "ciphers", "-V", "-stdname", name).Output()
		if err != nil || !strings.Contains(string(out), " "+suite.Name+" ") {
			t.Errorf("%s is no %s: %v %s", name, suite.Name, err, out)
		}
	}
}

// TestClientCertificate: the client shows its own certificate, and says at once where it cannot.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	need.Programs(t, "openssl")
	dir := t.TempDir()
	for _, line := range []string{
		"req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=alice",
		"pkey -in key.pem -out pkcs8.pem -aes256 -passout pass:sesame",
		"rsa -in key.pem -out pkcs1.pem -aes256 -passout pass:sesame -traditional",
		"pkcs12 -export -in cert.pem -inkey key.pem -out both.p12 -passout pass:sesame",
		"x509 -in cert.pem -outform der -out cert.der",
		"pkey -in key.pem -outform der -out key.der",
	} {
		command := exec.Command("openssl", strings.Fields(line)...)
		command.Dir = dir
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", line, err, out)
		}
	}
	both := ""
	for _, name := range []string{"cert.pem", "key.pem"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		both += string(content)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.PeerCertificates[0].Subject.CommonName != "alice" {
			t.Errorf("the certificate of %s", r.TLS.PeerCertificates[0].Subject)
		}
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = silent
	server.StartTLS()
	t.Cleanup(server.Close)
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, test := range []struct {
		name string
		tls  trust
		says string // "" if the server takes it
	}{
		{"two files", trust{certFile: in("cert.pem"), keyFile: in("key.pem"), certType: "PEM", keyType: "pem"}, ""},
		{"one file", trust{certFile: write(t, "both.pem", []byte(both))}, ""},
		{"none", trust{}, "certificate required"},
		{"an encrypted key", trust{certFile: in("cert.pem"), keyFile: in("pkcs8.pem")}, "http.sslKey: the key in " + in("pkcs8.pem") + " is encrypted"},
		{"an encrypted key, as it was", trust{certFile: in("cert.pem"), keyFile: in("pkcs1.pem")}, "http.sslKey: the key in " + in("pkcs1.pem") + " is encrypted"},
		{"PKCS #12", trust{certFile: in("both.p12"), certType: "P12"}, "http.sslCertType is P12"},
		{"PKCS #12 that nothing says", trust{certFile: in("both.p12")}, "http.sslCert: "},
		{"DER", trust{certFile: in("cert.der"), certType: "DER", keyFile: in("key.der")}, "http.sslCertType is DER"},
		{"a key on a card", trust{certFile: in("cert.pem"), keyFile: "pkcs11:token=alice", keyType: "ENG"}, "http.sslKeyType is ENG"},
		{"a key without a certificate", trust{keyFile: in("key.pem")}, "certificate required"},
		{"no key", trust{certFile: in("cert.pem")}, "http.sslCert: "},
	} {
		test.tls.unverified = true
		err := reach(t.Context(), route{server: test.tls}, server.URL)
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		}
		if strings.Contains(test.says, "http.") != errors.Is(err, ErrClientKey) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// caFile makes a file of a server's certificate.
func caFile(t *testing.T, certificate *x509.Certificate) string {
	t.Helper()
	return write(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
}
