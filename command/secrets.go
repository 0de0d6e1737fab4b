package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"git-credential-grant/internal/secret"
)

// variablePrefix begins the name of each variable of this program.
const variablePrefix = "GIT_CREDENTIAL_GRANT_"

// secretVariables are those of a job, without the prefix. Those with a file variant come as [variable].
var secretVariables = []string{
	"HOST", "CLIENT_ID", "CLIENT_ID_FILE", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "JWT_SECRET", "JWT_SECRET_FILE",
	"PASSPHRASE", "PASSPHRASE_FILE",
}

// take reads a variable of this program and removes it, so that no child process gets it.
func take(name string) string {
	name = variablePrefix + name
	defer os.Unsetenv(name)
	return os.Getenv(name)
}

// A variable is one that the environment gives as it is, or as the path of a file under its name with _FILE: that is where Docker
// and Kubernetes put secrets. The file is read when the value is used, and so a wrong one is in the way of nothing else.
type variable struct {
	name  string // without the prefix
	value secret.String
	file  string
}

func takeVariable(name string) variable {
	return variable{name, secret.New(take(name)), take(name + "_FILE")}
}

func (v variable) isSet() bool { return !v.value.IsZero() || v.file != "" }

// String is the name that is set, or that of the value if none is.
func (v variable) String() string {
	if v.value.IsZero() && v.file != "" {
		return variablePrefix + v.name + "_FILE"
	}
	return variablePrefix + v.name
}

// What can be wrong with a variable. The error is a [variableError].
var (
	errBothSet    = errors.New("is set, and so is the same with _FILE")
	errNotSet     = errors.New("is not set")
	errSecretFile = errors.New("cannot be used")
)

// A variableError says which variable is wrong. What it is set to is not told: it may be the secret itself, by mistake.
type variableError struct {
	name      string
	kind, why error
}

func (e *variableError) Error() string {
	if e.why == nil {
		return e.name + " " + e.kind.Error()
	}
	return fmt.Sprintf("%s %v: %v", e.name, e.kind, e.why)
}

func (e *variableError) Unwrap() error { return e.kind }

// read returns the value, empty if it is not set.
func (v variable) read() (secret.String, error) {
	switch {
	case !v.value.IsZero() && v.file != "":
		return secret.String{}, &variableError{v.String(), errBothSet, nil}
	case v.file == "":
		return v.value, nil
	}
	text, err := readSecretFile(v.file)
	if err != nil {
		return secret.String{}, &variableError{v.String(), errSecretFile, err}
	}
	return secret.New(text), nil
}

// reader returns what reads the value where that is needed, nil if it is not set.
func (v variable) reader() func() (string, error) {
	if !v.isSet() {
		return nil
	}
	return func() (string, error) {
		value, err := v.read()
		return value.Reveal(), err
	}
}

// maxSecretFile is more than any secret has.
const maxSecretFile = 1 << 16

// readSecretFile reads a file without the line end that editors and echo put there, which is one. Git calls this program in
// many directories, so the path has to be absolute.
func readSecretFile(name string) (string, error) {
	if !filepath.IsAbs(name) {
		return "", errors.New("it has to be an absolute path")
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // which opening might wait for
		return "", errors.New("it names no file, but something else")
	}
	file, err := os.Open(name)
	if err != nil {
		return "", withoutPath(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	text, ended := strings.CutSuffix(string(content), "\r\n")
	if !ended {
		text = strings.TrimSuffix(text, "\n")
	}
	switch {
	case err != nil:
		return "", withoutPath(err)
	case len(content) > maxSecretFile:
		return "", fmt.Errorf("the file has more than %d bytes", maxSecretFile)
	case text == "":
		return "", errors.New("the file is empty")
	}
	return text, nil
}

// withoutPath is the reason of an error of a file.
func withoutPath(err error) error {
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return failed.Err
	}
	return err
}
