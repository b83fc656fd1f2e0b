// Package ident gives the simulated cluster its identifiers: object UIDs and the suffixes of generated names. They
// look like the real ones, and are a function of the seed and of how often the same thing was asked for, so that a
// run prints the same names every time, whatever order goroutines run in.
package ident

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// alphabet is that of k8s.io/apimachinery/pkg/util/rand: no vowels, no 0, 1 or 3.
const alphabet = "bcdfghjklmnpqrstvwxz2456789"

// suffixLength is the number of random characters that kube-apiserver adds to metadata.generateName.
const suffixLength = 5

// Source hands out identifiers. It is safe for concurrent use.
type Source struct {
	seed string

	mu sync.Mutex
	// count has the hash of what was asked for, not its text: a cluster asks for a name per request.
	count map[uint64]uint64
	keys  maphash.Seed
	taken map[types.UID]bool
}

// New returns a source whose identifiers depend on seed.
func New(seed string) *Source {
	s := &Source{seed: seed, keys: maphash.MakeSeed()}
	s.Reset(nil)
	return s
}

// Reset forgets what was handed out, except for the UIDs in keep, which will not be given again.
func (s *Source) Reset(keep []types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count = map[uint64]uint64{}
	s.taken = make(map[types.UID]bool, len(keep))
	for _, uid := range keep {
		s.taken[uid] = true
	}
}

// UID returns the next UID for an object of this kind and name: a UUID of version 4, as kube-apiserver makes them.
func (s *Source) UID(kind, namespace, name string) types.UID {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		sum := s.next("uid\x00" + kind + "\x00" + namespace + "\x00" + name)
		sum[6] = sum[6]&0x0f | 0x40
		sum[8] = sum[8]&0x3f | 0x80
		uid := types.UID(fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]))
		if !s.taken[uid] {
			return uid
		}
	}
}

// Suffix returns the next five characters for a metadata.generateName of this kind in this namespace.
func (s *Source) Suffix(kind, namespace, generateName string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.next("name\x00" + kind + "\x00" + namespace + "\x00" + generateName)
	n := binary.BigEndian.Uint64(sum[:8])
	out := make([]byte, suffixLength)
	for i := range out {
		out[i] = alphabet[n%uint64(len(alphabet))]
		n /= uint64(len(alphabet))
	}
	return string(out)
}

// next returns the hash of the seed, the key and how often the key was seen.
func (s *Source) next(key string) [sha256.Size]byte {
	hash := maphash.String(s.keys, key)
	s.count[hash]++
	return sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", s.seed, key, s.count[hash]))
}
