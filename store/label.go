package store

import (
	"context"
	"io/fs"
	"strings"
)

// nameless is a backend that knows the names of its items, and not their keys.
type nameless interface {
	get(ctx context.Context, it item) ([]byte, error)
	set(ctx context.Context, it item, value []byte) error
	remove(ctx context.Context, it item) error
	// names returns the names of all items, and maybe others.
	names(ctx context.Context) ([]string, error)
}

// labelled keeps the key of an item before its value:
//
//	magic   "git-credential-grant item\n"
//	key     with a zero byte after each zero byte of its own
//	end     a zero byte and a one
//	value
//
// An item without the magic is one of an earlier version, and only a value.
type labelled struct{ nameless }

const labelMagic = application + " item\n"

func (l labelled) get(ctx context.Context, it item) ([]byte, error) {
	stored, err := l.nameless.get(ctx, it)
	_, value := unlabel(stored)
	return value, err
}

func (l labelled) set(ctx context.Context, it item, value []byte) error {
	return l.nameless.set(ctx, it, label(it.key, value))
}

// isItem tells the name of an item from those of its chunks, and of what other
// programs keep in the same place.
func isItem(name string) bool {
	return strings.HasPrefix(name, "v1-") && len(name) == len(newItem("").name)
}

func (l labelled) keys(ctx context.Context) (keys []string, err error) {
	names, err := l.names(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !isItem(name) {
			continue
		}
		stored, err := l.nameless.get(ctx, item{name: name})
		if err == fs.ErrNotExist {
			continue // it was deleted just now
		}
		if err != nil {
			return nil, err
		}
		if key, _ := unlabel(stored); newItem(key).name == name {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func label(key string, value []byte) []byte {
	head := labelMagic + strings.ReplaceAll(key, "\x00", "\x00\x00") + "\x00\x01"
	return append([]byte(head), value...)
}

// unlabel takes apart what label has put together. Without a label the key is "".
func unlabel(stored []byte) (key string, value []byte) {
	rest, isLabelled := strings.CutPrefix(string(stored), labelMagic)
	for isLabelled {
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
