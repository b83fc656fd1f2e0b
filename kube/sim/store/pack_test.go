package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestPackerLearns: what later items are like is learned from them, the first ones are not forgotten, and what was packed
// before can still be unpacked.
func TestPackerLearns(t *testing.T) {
	state := func(seed uint64) func(i int) string {
		words, random := make([]string, 40), rand.New(rand.NewPCG(seed, seed))
		for i := range words {
			words[i] = fmt.Sprint(random.Uint64())
		}
		return func(i int) string { return fmt.Sprintf("%s %d", strings.Join(words, " "), i) }
	}
	early, late := state(1), state(2)
	p := newPackers()
	type packed struct {
		want   string
		data   []byte
		unpack *unpacker
	}
	var all []packed
	size := func(n int, of func(int) string) int {
		sum := 0
		for i := range n {
			data, unpack := p.pack(things, []byte(of(i)))
			all = append(all, packed{of(i), data, unpack})
			sum += len(data)
		}
		return sum / n
	}
	size(packFrom, early)
	alike, foreign := size(packFrom, early), size(packFrom, late)
	size(packFrom*relearn, late)
	learned := size(packFrom, late)
	still := size(packFrom, early)
	if alike > 60 || learned > 60 || still > 60 || foreign < 2*learned {
		t.Errorf("an item takes %d bytes when it is like the examples, %d when it is not, %d after more were taken, and one like the first then %d", alike, foreign, learned, still)
	}
	for i, one := range all {
		got := one.data
		if one.unpack != nil {
			var err error
			if got, err = one.unpack.unpack(one.data); err != nil {
				t.Fatal(err)
			}
		}
		if string(got) != one.want {
			t.Fatalf("item %d comes back as %q, want %q", i, got, one.want)
		}
	}
}

// TestPackerBoundsExamples: large items do not make an example of more than its bound, unless the first is larger.
func TestPackerBoundsExamples(t *testing.T) {
	p := newPackers()
	for i := range 2 * packFrom {
		text := fmt.Sprintf("%d %s", i, strings.Repeat("x", maxExamples-1))
		data, unpack := p.pack(things, []byte(text))
		if i < packFrom-1 {
			continue
		}
		if len(data) > 100 {
			t.Fatalf("item %d takes %d bytes", i, len(data))
		}
		if got, err := unpack.unpack(data); err != nil || string(got) != text {
			t.Fatalf("item %d comes back with %d bytes, %v", i, len(got), err)
		}
	}
}
