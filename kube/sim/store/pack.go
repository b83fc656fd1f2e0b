package store

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// packers compress the encodings of cold items. Objects of one resource are much alike, above all in their managed
// fields: each is stored as what differs from an example of its resource.
type packers struct {
	mu       sync.Mutex
	resource map[schema.GroupResource]*candidate
}

// candidate counts the cold items of a resource until a packer is worth its own memory.
type candidate struct {
	seen   int
	packer *packer
}

// packFrom is how many cold items a resource must have.
const packFrom = 64

func newPackers() *packers { return &packers{resource: map[schema.GroupResource]*candidate{}} }

// of returns the packer of a resource, nil while it has none. The first packer takes the encoding for its example.
func (p *packers) of(resource schema.GroupResource, data []byte) *packer {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.resource[resource]
	if c == nil {
		c = &candidate{}
		p.resource[resource] = c
	}
	if c.seen++; c.seen == packFrom {
		c.packer = newPacker(data)
	}
	return c.packer
}

// packer compresses what resembles an example.
type packer struct {
	decoder *zstd.Decoder

	mu      sync.Mutex
	encoder *zstd.Encoder
	scratch []byte
}

// exampleID names the example in what is packed, where 0 would mean that there is none.
const exampleID = 1

// newPacker returns nil when there can be none; then items stay unpacked.
func newPacker(example []byte) *packer {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(exampleID, example), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(coldLimit), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(exampleID, example), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil
	}
	return &packer{encoder: encoder, decoder: decoder}
}

// pack returns the packed data in memory of just their size.
func (p *packer) pack(data []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scratch = p.encoder.EncodeAll(data, p.scratch[:0])
	return bytes.Clone(p.scratch)
}

func (p *packer) unpack(packed []byte) ([]byte, error) {
	data, err := p.decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack stored object: %w", err)
	}
	return data, nil
}
