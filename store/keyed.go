package store

import (
	"context"
	"io/fs"
	"strings"
)

// keyless is a backend that knows the names of its items, and not their keys.
type keyless interface {
	get(ctx context.Context, it item) ([]byte, error)
	set(ctx context.Context, it item, value []byte) error
	remove(ctx context.Context, it item) error
	// names returns the names of all items, and maybe others.
	names(ctx context.Context) ([]string, error)
}

// keyed keeps the key of an item before its value:
//
//	magic   "git-credential-grant item\n"
//	key     with a zero byte after each zero byte of its own
//	end     a zero byte and a one
//	value
//
// An item without the magic is only a value, as all were before their keys were
// kept: testdata/golden has one. It can be read, and is not listed until it is
// written again.
type keyed struct{ keyless }

const keyMagic = application + " item\n"

// fileOf implements [filing] for what keeps files.
func (k keyed) fileOf(it item) *itemFile {
	if files, ok := k.keyless.(filing); ok {
		return files.fileOf(it)
	}
	return nil
}

func (k keyed) get(ctx context.Context, it item) ([]byte, error) {
	stored, err := k.keyless.get(ctx, it)
	_, value := cutKey(stored)
	return value, err
}

func (k keyed) set(ctx context.Context, it item, value []byte) error {
	return k.keyless.set(ctx, it, prependKey(it.key, value))
}

// isItem tells the name of an item from those of its chunks, and of what other
// programs keep in the same place.
func isItem(name string) bool {
	return strings.HasPrefix(name, "v1-") && len(name) == len(newItem("").name)
}

func (k keyed) keys(ctx context.Context) (keys []string, err error) {
	names, err := k.names(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !isItem(name) {
			continue
		}
		stored, err := k.keyless.get(ctx, item{name: name})
		if err == fs.ErrNotExist {
			continue // it was deleted just now
		}
		if err != nil {
			return nil, err
		}
		if key, _ := cutKey(stored); newItem(key).name == name {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func prependKey(key string, value []byte) []byte {
	head := keyMagic + strings.ReplaceAll(key, "\x00", "\x00\x00") + "\x00\x01"
	return append([]byte(head), value...)
}

// cutKey takes apart what prependKey has put together. Where there is no key it is "".
func cutKey(stored []byte) (key string, value []byte) {
	rest, hasKey := strings.CutPrefix(string(stored), keyMagic)
	for hasKey {
		part, after, ended := strings.Cut(rest, "\x00")
		if !ended || after == "" {
			break
		}
		key += part
		if after[0] == 1 {
			return key, []byte(after[1:])
		}
		key += "\x00"
		rest = after[1:]
	}
	return "", stored
}
