package cluster

import "podsec/tui/style"

// entry is a row of a section before it is drawn: which object it is of, and how it stands out. There are as many as
// objects, of which a screen shows a few.
type entry struct {
	at   int // in the state; of what is gone, in the state before
	mark mark
	// quiet is why the row is only counted, with others of the same reason, unless it changed: "without labels".
	quiet string
	// silent rows are only counted even when they changed.
	silent bool
}

// mark is what became of an object.
type mark int

const (
	same mark = iota
	added
	changed
	gone
)

func (m mark) symbol() string { return [...]string{"", style.Added, style.Changed, style.Removed}[m] }

// comparison is how the objects of a kind are compared: by their keys, and by what is shown of them.
type comparison[T any, K comparable] struct {
	key   func(*T) K
	equal func(a, b *T) bool
}

// entries marks the objects of a state by those of an earlier one. What is gone comes back after what it followed. What
// both begin and end with, which is nearly everything, is not looked up.
func (c comparison[T, K]) entries(now, base []T) []entry {
	out := make([]entry, 0, len(now))
	if len(now) > 0 && len(now) == len(base) && &now[0] == &base[0] {
		for i := range now {
			out = append(out, entry{at: i})
		}
		return out
	}
	least, head, tail := min(len(now), len(base)), 0, 0
	for head < least && c.key(&now[head]) == c.key(&base[head]) {
		out = append(out, c.both(now, base, head, head))
		head++
	}
	for tail < least-head && c.key(&now[len(now)-1-tail]) == c.key(&base[len(base)-1-tail]) {
		tail++
	}
	out = c.differ(out, now, base, span{head, len(now) - tail}, span{head, len(base) - tail})
	for i := len(now) - tail; i < len(now); i++ {
		out = append(out, c.both(now, base, i, i-len(now)+len(base)))
	}
	return out
}

// both is the entry of an object that both states have.
func (c comparison[T, K]) both(now, base []T, i, j int) entry {
	if c.equal(&now[i], &base[j]) {
		return entry{at: i}
	}
	return entry{at: i, mark: changed}
}

// span is a range of indices.
type span struct{ from, to int }

// differ marks the objects in a range of both states, by their keys.
func (c comparison[T, K]) differ(out []entry, now, base []T, in, before span) []entry {
	known, present := make(map[K]int, before.to-before.from), make(map[K]bool, in.to-in.from)
	for j := before.from; j < before.to; j++ {
		known[c.key(&base[j])] = j
	}
	for i := in.from; i < in.to; i++ {
		present[c.key(&now[i])] = true
	}
	lost := map[K][]entry{} // by the key of the object before them that is still there
	var first []entry
	var last *K
	for j := before.from; j < before.to; j++ {
		k := c.key(&base[j])
		switch {
		case present[k]:
			last = &k
		case last == nil:
			first = append(first, entry{at: j, mark: gone})
		default:
			lost[*last] = append(lost[*last], entry{at: j, mark: gone})
		}
	}
	out = append(out, first...)
	for i := in.from; i < in.to; i++ {
		k := c.key(&now[i])
		if j, ok := known[k]; ok {
			out = append(out, c.both(now, base, i, j))
		} else {
			out = append(out, entry{at: i, mark: added})
		}
		out = append(out, lost[k]...)
	}
	return out
}
