package store

import (
	"bytes"
	"fmt"
	"slices"
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
// most of the later ones are not in: pods that do not run yet. So it takes more examples, of what packs poorly.
type packer struct {
	mu       sync.Mutex
	poor     int // how many packed poorly since the last examples were taken
	learn    int // how many it must be to take examples
	fresh    [][]byte
	examples []byte
	encoder  *zstd.Encoder // nil while there are no examples
	unpacker *unpacker
	scratch  []byte
}

const (
	// packFrom is how many cold items a resource must have, until examples are worth their own memory.
	packFrom = 64
	// relearn is by how many times more must pack poorly each time to take other examples.
	relearn = 4
	// manyExamples is how many are taken, evenly from what packed poorly since the last ones.
	manyExamples = 8
	// maxExamples is how many bytes they are at most, a single one aside.
	maxExamples = 64 << 10
	// poorly is the part of its size that an item must not take when it is packed.
	poorly = 8
)

func (p *packer) pack(data []byte) ([]byte, *unpacker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	packed := p.encode(data)
	if len(packed)*poorly > len(data) && p.learned(data) {
		packed = p.encode(data)
	}
	if p.encoder == nil {
		return data, nil
	}
	return bytes.Clone(packed), p.unpacker
}

// encode returns data as it is packed at the moment, until the next call.
func (p *packer) encode(data []byte) []byte {
	if p.encoder == nil {
		return data
	}
	p.scratch = p.encoder.EncodeAll(data, p.scratch[:0])
	return p.scratch
}

// learned counts an item that packs poorly, and says whether items are packed otherwise from now on.
func (p *packer) learned(data []byte) bool {
	p.poor++
	if p.poor%(p.learn/manyExamples) == 0 {
		p.fresh = append(p.fresh, data)
	}
	if p.poor < p.learn {
		return false
	}
	examples := latest(p.examples, p.fresh)
	p.poor, p.learn, p.fresh = 0, p.learn*relearn, nil
	encoder, unpacker, err := newPacking(examples)
	if err != nil { // items stay as they are, or are packed as before
		return false
	}
	p.encoder, p.unpacker, p.examples = encoder, unpacker, examples
	return true
}

// latest puts examples together, and leaves out of the oldest what is too much.
func latest(before []byte, fresh [][]byte) []byte {
	all := slices.Concat(append([][]byte{before}, fresh...)...)
	most := max(maxExamples, len(fresh[len(fresh)-1]))
	return slices.Clone(all[max(0, len(all)-most):])
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
