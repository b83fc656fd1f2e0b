package store

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// packers compress the encodings of cold items. Objects of one resource are much alike, above all in their managed
// fields: each is stored as what differs from examples of its resource.
type packers struct {
	mu       sync.Mutex
	resource map[schema.GroupResource]*packer
}

func newPackers() *packers { return &packers{resource: map[schema.GroupResource]*packer{}} }

// pack returns what is to be kept of an encoding, in memory of just its size, and what unpacks it, nil when nothing needs
// to.
func (p *packers) pack(resource schema.GroupResource, data []byte) ([]byte, *unpacker) {
	p.mu.Lock()
	of := p.resource[resource]
	if of == nil {
		of = &packer{learn: packFrom}
		p.resource[resource] = of
	}
	p.mu.Unlock()
	return of.pack(data)
}

// packer packs the items of one resource as what differs from examples. Most of the first items may be in a state that
// most of the later ones are not in: pods that do not run yet. So it takes other examples when there are many more.
type packer struct {
	mu       sync.Mutex
	seen     int
	learn    int // how many must have been seen to take examples
	examples [][]byte
	encoder  *zstd.Encoder // nil while there are no examples
	unpacker *unpacker
	scratch  []byte
}

const (
	// packFrom is how many cold items a resource must have, until examples are worth their own memory.
	packFrom = 64
	// relearn is by how many times their number must have grown to take other examples.
	relearn = 8
	// manyExamples is how many are taken, evenly from what was seen since the last ones.
	manyExamples = 8
	// maxExamples is how many bytes they are at most, the first one aside.
	maxExamples = 64 << 10
)

func (p *packer) pack(data []byte) ([]byte, *unpacker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.see(data)
	if p.encoder == nil {
		return data, nil
	}
	p.scratch = p.encoder.EncodeAll(data, p.scratch[:0])
	return bytes.Clone(p.scratch), p.unpacker
}

// see counts an item, and learns from some of them.
func (p *packer) see(data []byte) {
	p.seen++
	if p.seen%(p.learn/manyExamples) == 0 {
		p.examples = append(p.examples, data)
	}
	if p.seen < p.learn {
		return
	}
	example := p.examples[0]
	for _, more := range p.examples[1:] {
		if len(example)+len(more) <= maxExamples {
			example = append(example[:len(example):len(example)], more...)
		}
	}
	p.learn, p.examples = p.learn*relearn, nil
	// Without a packer items stay as they are, or are packed as before.
	if encoder, unpacker, err := newPacking(example); err == nil {
		p.encoder, p.unpacker = encoder, unpacker
	}
}

// exampleID names the examples in what is packed, where 0 would mean that there are none.
const exampleID = 1

func newPacking(example []byte) (*zstd.Encoder, *unpacker, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(exampleID, example), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(coldLimit), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, nil, err
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(exampleID, example), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	return encoder, &unpacker{decoder}, err
}

// unpacker undoes what a packer did with the examples that it had then.
type unpacker struct{ decoder *zstd.Decoder }

func (u *unpacker) unpack(packed []byte) ([]byte, error) {
	data, err := u.decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack stored object: %w", err)
	}
	return data, nil
}
