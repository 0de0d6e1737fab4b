package store

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// memory is a backend that keeps at most limit bytes an item.
type memory struct {
	mu    sync.Mutex
	items map[string][]byte
	limit int
	left  int // changes until it fails, if positive
}

var errKilled = errors.New("killed")

func newMemory(limit int) *memory { return &memory{items: map[string][]byte{}, limit: limit} }

func (m *memory) get(_ context.Context, it item) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, ok := m.items[it.name]; ok {
		return value, nil
	}
	return nil, fs.ErrNotExist
}

func (m *memory) set(_ context.Context, it item, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(value) > m.limit {
		return ErrTooLarge
	}
	if err := m.change(); err != nil {
		return err
	}
	m.items[it.name] = value
	return nil
}

func (m *memory) remove(_ context.Context, it item) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.items[it.name]; !ok {
		return fs.ErrNotExist
	}
	if err := m.change(); err != nil {
		return err
	}
	delete(m.items, it.name)
	return nil
}

func (m *memory) names(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.items)), nil
}

func (m *memory) change() error {
	if m.left--; m.left == 0 {
		return errKilled
	}
	return nil
}

// storeOn returns a store on a backend of the test.
func storeOn(t *testing.T, b keyless) *Store {
	s := openStore(t, "file", Options{Dir: t.TempDir()})
	s.all = []named{{keyed{b}, "test", "it is a test"}}
	return s
}

// A write that ends at any of its steps leaves the old value or the new one,
// and the next one leaves no chunk behind.
func TestSplitterSurvivesEveryStep(t *testing.T) {
	values := []string{strings.Repeat("old", 2000), strings.Repeat("new", 3000), "short"}
	for _, old := range values {
		for _, value := range values {
			for step := 1; step < 20; step++ {
				m := newMemory(wincredLimit)
				s := storeOn(t, &splitter{m, wincredLimit})
				put(t, s, "key", old)
				m.left = step
				s.Update(t.Context(), "key", func([]byte) ([]byte, error) { return []byte(value), nil })
				m.left = 0
				got, err := s.Get(t.Context(), "key")
				if err != nil || string(got) != old && string(got) != value {
					t.Fatalf("after step %d: %.20q, %v", step, got, err)
				}
				put(t, s, "key", "x")
				if len(m.items) != 1 {
					t.Fatalf("after step %d: %d items stay for a short value", step, len(m.items))
				}
			}
		}
	}
}

func TestSplitterDeletesAllChunks(t *testing.T) {
	m := newMemory(wincredLimit)
	s := storeOn(t, &splitter{m, wincredLimit})
	put(t, s, "key", strings.Repeat("x", 9000))
	put(t, s, "key", "")
	if len(m.items) != 0 {
		t.Errorf("%d items are left", len(m.items))
	}
}

func TestSplitterTellsDamage(t *testing.T) {
	for name, damage := range map[string]func(m *memory, it item){
		"chunk missing": func(m *memory, it item) { delete(m.items, it.chunk(1, 2).name) },
		"chunk changed": func(m *memory, it item) { m.items[it.chunk(1, 2).name] = []byte("?") },
		"head changed":  func(m *memory, it item) { m.items[it.name] = []byte("?") },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(wincredLimit)
			s := storeOn(t, &splitter{m, wincredLimit})
			put(t, s, "key", strings.Repeat("x", 9000))
			damage(m, newItem("key"))
			if _, err := s.Get(t.Context(), "key"); !errors.Is(err, ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSplitterTooLarge(t *testing.T) {
	s := storeOn(t, &splitter{newMemory(wincredLimit), wincredLimit})
	err := s.Update(t.Context(), "key", func([]byte) ([]byte, error) { return make([]byte, 1<<20), nil })
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
