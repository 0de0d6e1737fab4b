package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// directory is the private one of records and locks.
type directory struct {
	path   string
	mended func(path string)
}

// directory returns that of the options. It need not exist yet.
func (o Options) directory() (directory, error) {
	path, err := place(o.Dir)
	return directory{path, o.Mended}, err
}

// place returns the path of the directory: chosen, or else the usual one of
// the system.
func place(chosen string) (string, error) {
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

func (d directory) join(name string) string { return filepath.Join(d.path, name) }

// create makes the directory where it is missing, and checks that nobody else
// can enter it.
func (d directory) create() error {
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return err
	}
	return d.check()
}

func (d directory) check() error {
	info, err := os.Stat(d.path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory: %w", d.path, ErrPermissions)
	}
	return d.mend(d.path, info)
}

// read reads a file in a directory that was checked. A link or anything else
// that is no regular file is refused. Nobody else can write to the directory,
// so nobody swaps the file between the check and the reading.
func (d directory) read(name string) ([]byte, error) {
	path := d.join(name)
	info, err := regular(path)
	if err != nil {
		return nil, err
	}
	if err := d.mend(path, info); err != nil {
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

// mend takes the access of group and others away, says so, and fails where it
// cannot.
func (d directory) mend(path string, info fs.FileInfo) error {
	if isPrivate(info) {
		return nil
	}
	want := info.Mode().Perm() &^ 0o077
	if err := os.Chmod(path, want); err == nil {
		if info, err = os.Stat(path); err == nil && isPrivate(info) {
			d.mended(path)
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
