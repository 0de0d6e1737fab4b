package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// directory is the private one of records and locks. It belongs to the user who runs the program, and so does all that is
// in it; what does not is an error, and stays as it is.
type directory struct {
	path string
	// home is where path begins to be ours: the directories from there on are made where they are missing.
	home   string
	mended func(path string)
	fault  error // why there is none
}

// directory returns that of the options. It need not exist yet.
func (o Options) directory() directory {
	home, path, err := place(o.Dir)
	return directory{path, home, o.Mended, err}
}

// place returns the path of the directory, chosen, or else the usual one of the system; and what it is below.
func place(chosen string) (home, path string, err error) {
	if chosen != "" {
		path, err = filepath.Abs(chosen)
		return filepath.Dir(path), path, err
	}
	if runtime.GOOS == "windows" {
		return below("LocalAppData", application)
	}
	// A relative XDG_DATA_HOME is to be ignored:
	// https://specifications.freedesktop.org/basedir-spec/latest/
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) && runtime.GOOS != "darwin" {
		return below("XDG_DATA_HOME", application)
	}
	if runtime.GOOS == "darwin" {
		return below("HOME", "Library", "Application Support", application)
	}
	return below("HOME", ".local", "share", application)
}

func below(variable string, elem ...string) (home, path string, err error) {
	home = filepath.Clean(os.Getenv(variable))
	if !filepath.IsAbs(home) {
		return "", "", fmt.Errorf("%w: %s is not set to an absolute path", ErrNoPlace, variable)
	}
	return home, filepath.Join(home, filepath.Join(elem...)), nil
}

func (d directory) join(name string) string { return filepath.Join(d.path, name) }

// locks is the directory of the locks, in this one.
func (d directory) locks() directory { return directory{d.join("locks"), d.home, d.mended, d.fault} }

// create makes the directory where it is missing, and checks it.
func (d directory) create() error {
	err := d.check()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err = d.makeDir(d.path); err == nil {
		err = d.check()
	}
	if errors.Is(err, fs.ErrNotExist) { // where nothing can be made at all
		return fmt.Errorf("%w: %v", ErrNoPlace, err)
	}
	return err
}

// makeDir makes a directory, and before that the one that it is in. That one may be a link, and shared with others; but root
// makes nothing for a person in what is somebody else's. What root has made there for itself is nothing that the person can
// write to, which is worth other words than that it is forbidden.
func (d directory) makeDir(path string) error {
	parent := filepath.Dir(path)
	info, err := os.Stat(parent)
	if errors.Is(err, fs.ErrNotExist) && parent != path {
		if err := d.makeDir(parent); err != nil {
			return err
		}
		info, err = os.Stat(parent)
	}
	if err != nil {
		return noPlace(err)
	}
	var notOwned error
	if strings.HasPrefix(parent, d.home+string(filepath.Separator)) {
		notOwned = d.checkOwner(parent, info)
	}
	if notOwned != nil && !d.owner().isMe() {
		return notOwned
	}
	err = d.mkdir(path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // Another process has made it, or it is something else, which is seen later.
	case errors.Is(err, fs.ErrPermission) && notOwned != nil:
		return notOwned
	default:
		return noPlace(err)
	}
}

// check fails unless the directory is there, is no link, belongs to its owner, and can be entered by nobody else.
func (d directory) check() error {
	if d.fault != nil {
		return d.fault
	}
	info, err := os.Lstat(d.path)
	if err != nil {
		return noPlace(err)
	}
	if !info.IsDir() {
		return &FileError{Path: d.path, Kind: ErrLink}
	}
	if err := d.checkOwner(d.path, info); err != nil {
		return err
	}
	return d.mend(d.path, info)
}

// read reads a file in a directory that was checked. Nobody but its owner can write to that, so nobody swaps the file
// between the check and the reading.
func (d directory) read(name string) ([]byte, error) {
	path := d.join(name)
	info, err := d.regular(path)
	if err != nil {
		return nil, err
	}
	if err := d.mend(path, info); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// regular is os.Lstat for what has to be a regular file of the owner.
func (d directory) regular(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &FileError{Path: path, Kind: ErrLink}
	}
	return info, d.checkOwner(path, info)
}

// mend takes the access of group and others away, says so, and fails where it
// cannot.
func (d directory) mend(path string, info fs.FileInfo) error {
	if isPrivate(info) {
		return nil
	}
	if err := os.Chmod(path, info.Mode().Perm()&^0o077); err == nil {
		if info, err = os.Stat(path); err == nil && isPrivate(info) {
			d.mended(path)
			return nil
		}
	}
	return &FileError{Path: path, Kind: ErrPermissions}
}

// isPrivate reports whether only the owner has access. Windows keeps the
// user's profile private by access lists, which file modes do not show.
func isPrivate(info fs.FileInfo) bool {
	return info.Mode().Perm()&0o077 == 0 || runtime.GOOS == "windows"
}

// namesIn returns the names of the files in dir that end in suffix, without it;
// none where there is no dir.
func namesIn(dir, suffix string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		if name, ends := strings.CutSuffix(entry.Name(), suffix); ends {
			names = append(names, name)
		}
	}
	return names, nil
}
