package kyverno

import (
	"encoding/binary"
	"slices"
)

// sharer keeps what is equal in decoded JSON once. Definitions repeat themselves: a policy's rules are there for each
// kind of policy, each version, and each status. What it returns must not be changed.
type sharer struct {
	leaves   map[any]part    // texts, numbers and the like
	branches map[string]part // objects and arrays by the numbers of what is in them
}

// part is what stands for everything that is equal to it.
type part struct {
	number uint64
	value  any
}

func newSharer() *sharer { return &sharer{leaves: map[any]part{}, branches: map[string]part{}} }

// share returns what stands for value. What is in value may be changed to what stands for it.
func (s *sharer) share(value any) part {
	switch value := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		key := append(make([]byte, 0, 128), '{')
		for _, name := range names {
			named, field := s.leaf(name), s.share(value[name])
			value[named.value.(string)] = field.value // the map takes the shared text of the name
			key = binary.AppendUvarint(binary.AppendUvarint(key, named.number), field.number)
		}
		return s.branch(key, value)
	case []any:
		key := append(make([]byte, 0, 128), '[')
		for i := range value {
			element := s.share(value[i])
			value[i] = element.value
			key = binary.AppendUvarint(key, element.number)
		}
		return s.branch(key, value)
	}
	return s.leaf(value)
}

func (s *sharer) leaf(value any) part {
	known, ok := s.leaves[value]
	if !ok {
		known = s.next(value)
		s.leaves[value] = known
	}
	return known
}

func (s *sharer) branch(key []byte, value any) part {
	known, ok := s.branches[string(key)]
	if !ok {
		known = s.next(value)
		s.branches[string(key)] = known
	}
	return known
}

func (s *sharer) next(value any) part {
	return part{number: uint64(len(s.leaves) + len(s.branches)), value: value}
}
