package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// List returns the keys under which something is stored, in order. It reads
// every item, which takes a while with many, so it is nothing for the path of a
// [Store.Get]. An item that was written before keys were kept with the values
// is left out until it is written again.
func (s *Store) List(ctx context.Context) ([]string, error) {
	var keys []string
	err := s.ask(func(b named) (bool, error) {
		some, err := b.keys(ctx)
		keys = append(keys, some...)
		return false, err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

func (f *fileBackend) names(context.Context) ([]string, error) {
	if err := f.check(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return namesIn(f.path, recordSuffix)
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

// keys reads the labels. A person can change those; one that has been changed
// names no item, and is left out.
func (s *secretService) keys(ctx context.Context) (keys []string, err error) {
	err = s.do(ctx, reading, func(ctx context.Context, on *session) error {
		paths, err := on.search(ctx, everything)
		if err != nil {
			return err
		}
		keys = nil
		for _, path := range paths {
			key, err := on.keyOf(ctx, path)
			if err != nil {
				return err
			}
			keys = append(keys, key...)
		}
		return nil
	})
	if err == fs.ErrNotExist {
		return nil, nil
	}
	return keys, err
}

// keyOf returns the key of the item at path, nothing if its label is not ours.
func (on *session) keyOf(ctx context.Context, path dbus.ObjectPath) ([]string, error) {
	var properties map[string]dbus.Variant
	err := on.call(ctx, path, "org.freedesktop.DBus.Properties.GetAll", "org.freedesktop.Secret.Item").Store(&properties)
	if err != nil {
		return nil, err
	}
	label, _ := properties["Label"].Value().(string)
	attributes, _ := properties["Attributes"].Value().(map[string]string)
	key := strings.TrimPrefix(label, newItem("").label)
	if newItem(key).name != attributes["name"] {
		return nil, nil
	}
	return []string{key}, nil
}
