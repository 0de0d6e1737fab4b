package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
)

// A credential of Windows holds CRED_MAX_CREDENTIAL_BLOB_SIZE bytes:
// https://learn.microsoft.com/en-us/windows/win32/api/wincred/ns-wincred-credentialw
const wincredLimit = 5 * 512

// splitter stores values larger than an item of its backend as several items.
// The head, under the name of the item itself, says how many chunks there are
// and has their checksum; a value that fits is in the head. There are two
// generations of chunks: a write fills the one that the present head does not
// name, then replaces the head, and then deletes the other, so that a value is
// whole at any moment.
type splitter struct {
	keyless
	limit int // bytes that an item holds
}

// head is what the head of a value says:
//
//	generation  1 byte, 0 or 1
//	chunks      2 bytes; if 0, the value follows the checksum
//	checksum    32 bytes, SHA-256 of the value
type head struct {
	generation byte
	chunks     uint16
	sum        [sha256.Size]byte
}

const (
	splitHeadSize = 3 + sha256.Size
	maxChunks     = 256 // 640 KB on Windows
)

func (s *splitter) get(ctx context.Context, it item) ([]byte, error) {
	for {
		raw, err := s.keyless.get(ctx, it)
		if err != nil {
			return nil, err
		}
		value, err := s.join(ctx, it, raw)
		if err == nil {
			return value, nil
		}
		// A writer may have deleted the chunks after the head was read.
		if again, e := s.keyless.get(ctx, it); e != nil || bytes.Equal(raw, again) {
			return nil, err
		}
	}
}

func (s *splitter) join(ctx context.Context, it item, raw []byte) ([]byte, error) {
	h, value, err := parseHead(raw)
	if err != nil {
		return nil, err
	}
	for i := range int(h.chunks) {
		chunk, err := s.keyless.get(ctx, it.chunk(h.generation, i))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: chunk %d of %d is missing", ErrUnavailable, i+1, h.chunks)
		}
		if err != nil {
			return nil, err
		}
		value = append(value, chunk...)
	}
	if sha256.Sum256(value) != h.sum {
		return nil, errHead
	}
	return value, nil
}

func (s *splitter) set(ctx context.Context, it item, value []byte) error {
	old, err := s.head(ctx, it)
	if err != nil {
		return err
	}
	h := head{generation: 1 - old.generation, sum: sha256.Sum256(value)}
	if len(value) <= s.limit-splitHeadSize {
		return s.replaceHead(ctx, it, h, value)
	}
	chunks := (len(value) + s.limit - 1) / s.limit
	if chunks > maxChunks {
		return fmt.Errorf("%d bytes are %w, which takes %d", len(value), ErrTooLarge, maxChunks*s.limit)
	}
	h.chunks = uint16(chunks)
	for i := range chunks {
		chunk := value[i*s.limit : min((i+1)*s.limit, len(value))]
		if err := s.keyless.set(ctx, it.chunk(h.generation, i), chunk); err != nil {
			return err
		}
	}
	return s.replaceHead(ctx, it, h, nil)
}

// replaceHead makes h the head, and deletes what it does not name: chunks of
// the other generation, and those that a killed process left in this one.
func (s *splitter) replaceHead(ctx context.Context, it item, h head, inline []byte) error {
	if err := s.keyless.set(ctx, it, append(h.marshal(), inline...)); err != nil {
		return err
	}
	return s.removeChunks(ctx, it, h)
}

func (s *splitter) remove(ctx context.Context, it item) error {
	if err := s.keyless.remove(ctx, it); err != nil {
		return err
	}
	return s.removeChunks(ctx, it, head{})
}

func (s *splitter) removeChunks(ctx context.Context, it item, keep head) error {
	if err := s.removeFrom(ctx, it, keep.generation, int(keep.chunks)); err != nil {
		return err
	}
	return s.removeFrom(ctx, it, 1-keep.generation, 0)
}

// removeFrom deletes the chunks from first on, the last one first: whenever it
// is interrupted, the rest has no gap and is found the next time.
func (s *splitter) removeFrom(ctx context.Context, it item, generation byte, first int) error {
	end := first
	for {
		_, err := s.keyless.get(ctx, it.chunk(generation, end))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
		end++
	}
	for i := end - 1; i >= first; i-- {
		if err := s.keyless.remove(ctx, it.chunk(generation, i)); err != nil {
			return err
		}
	}
	return nil
}

// head returns the present head. A damaged one names no chunks worth keeping.
func (s *splitter) head(ctx context.Context, it item) (head, error) {
	raw, err := s.keyless.get(ctx, it)
	if err != nil && err != fs.ErrNotExist {
		return head{}, err
	}
	h, _, _ := parseHead(raw)
	return h, nil
}

var errHead = fmt.Errorf("%w: what it holds is damaged", ErrUnavailable)

func parseHead(raw []byte) (h head, inline []byte, err error) {
	if len(raw) < splitHeadSize || raw[0] > 1 {
		return head{}, nil, errHead
	}
	h.generation = raw[0]
	h.chunks = binary.BigEndian.Uint16(raw[1:])
	return h, raw[3+copy(h.sum[:], raw[3:]):], nil
}

func (h head) marshal() []byte {
	raw := binary.BigEndian.AppendUint16([]byte{h.generation}, h.chunks)
	return append(raw, h.sum[:]...)
}

func (it item) chunk(generation byte, i int) item {
	suffix := fmt.Sprintf("-%d-%d", generation, i)
	return item{name: it.name + suffix, label: it.label + suffix}
}
