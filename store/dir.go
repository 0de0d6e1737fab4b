package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// directory returns the private directory of records and locks: chosen, or
// else the usual place of the system. It need not exist yet.
func directory(chosen string) (string, error) {
	if chosen != "" {
		return filepath.Abs(chosen)
	}
	if runtime.GOOS == "windows" {
		return below("LocalAppData", application)
	}
	// A relative XDG_DATA_HOME is to be ignored:
	// https://specifications.freedesktop.org/basedir-spec/latest/
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) && runtime.GOOS != "darwin" {
		return filepath.Join(dir, application), nil
	}
	if runtime.GOOS == "darwin" {
		return below("HOME", "Library", "Application Support", application)
	}
	return below("HOME", ".local", "share", application)
}

func below(variable string, elem ...string) (string, error) {
	base := os.Getenv(variable)
	if !filepath.IsAbs(base) {
		return "", fmt.Errorf("%w: %s is not set to an absolute path", ErrNoPlace, variable)
	}
	return filepath.Join(base, filepath.Join(elem...)), nil
}

// makePrivateDir creates path where it is missing, and checks that nobody else
// can enter it.
func makePrivateDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return checkPrivateDir(path)
}

func checkPrivateDir(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory: %w", path, ErrPermissions)
	}
	return mend(path, info)
}

// readPrivate reads a file in a directory of [makePrivateDir]. A link or
// anything else that is no regular file is refused. Nobody else can write to
// the directory, so nobody swaps the file between the check and the reading.
func readPrivate(path string) ([]byte, error) {
	info, err := regular(path)
	if err != nil {
		return nil, err
	}
	if err := mend(path, info); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// regular is os.Lstat for what has to be a regular file.
func regular(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a link or no regular file, remove it: %w", path, ErrPermissions)
	}
	return info, err
}

// mend takes the access of group and others away, and fails where it cannot.
func mend(path string, info fs.FileInfo) error {
	if isPrivate(info) {
		return nil
	}
	want := info.Mode().Perm() &^ 0o077
	if err := os.Chmod(path, want); err == nil {
		if info, err = os.Stat(path); err == nil && isPrivate(info) {
			return nil
		}
	}
	return fmt.Errorf("others can read %s: %w; as its owner, run: chmod %o %s", path, ErrPermissions, want, path)
}

// isPrivate reports whether only the owner has access. Windows keeps the
// user's profile private by access lists, which file modes do not show.
func isPrivate(info fs.FileInfo) bool {
	return info.Mode().Perm()&0o077 == 0 || runtime.GOOS == "windows"
}
