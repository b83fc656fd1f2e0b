package apiserver

import (
	"hash/maphash"
	"maps"
	"math/bits"
	"reflect"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// creations remembers the managed fields that new objects got. They follow from which fields are set, not from what most of
// them are set to: pods that are made alike have the same ones, and to find them out is a good part of a create.
type creations struct {
	mu    sync.Mutex
	seed  maphash.Seed
	known map[creation][]any
}

// creation is what the managed fields of a new object follow from.
type creation struct {
	manager, subresource string
	shape                uint64
}

// creationLimit is how many are remembered; objects that nothing else is like would fill the memory.
const creationLimit = 64

func newCreations() *creations {
	return &creations{seed: maphash.MakeSeed(), known: map[creation][]any{}}
}

// of returns what is remembered for objects like this one, which brings no managed fields.
func (c *creations) of(obj *unstructured.Unstructured, manager, subresource string) (entries []any, key creation, known bool) {
	key = creation{manager, subresource, c.shape(obj.Object, false)}
	c.mu.Lock()
	defer c.mu.Unlock()
	entries, known = c.known[key]
	return entries, key, known
}

// note remembers the managed fields of a new object.
func (c *creations) note(key creation, entries []any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= creationLimit {
		clear(c.known)
	}
	c.known[key] = entries
}

// anew copies entries for another object: their times are set afterwards, the sets of fields are shared.
func anew(entries []any) []any {
	if entries == nil {
		return nil
	}
	out := make([]any, len(entries))
	for i, entry := range entries {
		fields, _ := entry.(map[string]any)
		out[i] = maps.Clone(fields)
	}
	return out
}

// The kinds of values in a shape.
const (
	mapShape uint64 = iota + 1
	listShape
	zeroShape
	valueShape
)

// shape is a hash of everything that field management looks at in a new object: the names of fields, what type their values
// have and whether there is one. By exactly what they are it tells the values that can identify an item of a list: those of
// its own fields, and the items of a list of texts or numbers.
func (c *creations) shape(value any, exact bool) uint64 {
	switch value := value.(type) {
	case map[string]any:
		sum := uint64(0) // in no order, as the fields
		for name, field := range value {
			_, deeper := field.(map[string]any)
			sum += mixed(maphash.String(c.seed, name), c.shape(field, exact && !deeper))
		}
		return mixed(mapShape, sum)
	case []any:
		hash := listShape
		for _, item := range value {
			hash = mixed(hash, c.shape(item, true))
		}
		return hash
	}
	if exact {
		return maphash.Comparable(c.seed, value)
	}
	kind := valueShape
	if value == nil || reflect.ValueOf(value).IsZero() {
		kind = zeroShape
	}
	return mixed(kind, maphash.Comparable(c.seed, reflect.TypeOf(value)))
}

// mixed joins two hashes; which is first counts.
func mixed(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return high ^ low
}
