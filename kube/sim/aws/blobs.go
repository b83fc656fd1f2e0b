package aws

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// blobs are the layers and configurations of the images of all registries, by digest. They are never changed, so
// snapshots need no copy of them.
type blobs struct {
	mu  sync.RWMutex
	all map[v1.Hash][]byte
}

// Get implements registry.BlobHandler.
func (b *blobs) Get(_ context.Context, _ string, h v1.Hash) (io.ReadCloser, error) {
	data, ok := b.find(h)
	if !ok {
		return nil, registry.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// Stat implements registry.BlobStatHandler.
func (b *blobs) Stat(_ context.Context, _ string, h v1.Hash) (int64, error) {
	data, ok := b.find(h)
	if !ok {
		return 0, registry.ErrNotFound
	}
	return int64(len(data)), nil
}

// Put implements registry.BlobPutHandler. The reader verifies size and digest.
func (b *blobs) Put(_ context.Context, _ string, h v1.Hash, from io.ReadCloser) error {
	return b.keep(h, from)
}

// keep stores a blob.
func (b *blobs) keep(h v1.Hash, from io.ReadCloser) error {
	defer from.Close()
	data, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all[h] = data
	return nil
}

// Delete implements registry.BlobDeleteHandler.
func (b *blobs) Delete(_ context.Context, _ string, h v1.Hash) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.all[h]; !ok {
		return registry.ErrNotFound
	}
	delete(b.all, h)
	return nil
}

func (b *blobs) find(h v1.Hash) ([]byte, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	data, ok := b.all[h]
	return data, ok
}
