package dialog

import (
	"sort"
	"strings"
	"unicode"

	"podsec/tui/screen"
	"podsec/tui/text"
)

// match is an item that was found.
type match struct {
	index int
	score int
	hits  map[int]bool // the letters found, as indices of runes
}

// find returns the items whose names hold the words of a query, their letters in order; the best first, and of equally
// good ones in the order of the items.
func find(items []screen.Item, query string) []match {
	words := strings.Fields(strings.ToLower(query))
	var out []match
	for i, item := range items {
		m := match{index: i, hits: map[int]bool{}}
		name := []rune(strings.ToLower(text.Line(item.Text)))
		all := true
		for _, w := range words {
			score, ok := m.add(name, []rune(w))
			m.score += score
			all = all && ok
		}
		if all {
			out = append(out, m)
		}
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].score > out[b].score })
	return out
}

// What makes a letter that was found worth more: that it starts a word, and that it follows the letter found before.
const (
	atStart = 8
	inRow   = 5
)

// add looks for a word in a name: as it is, else its letters in order, each at the best place that is left.
func (m *match) add(name, word []rune) (score int, ok bool) {
	if at := strings.Index(string(name), string(word)); at >= 0 {
		first := len([]rune(string(name)[:at]))
		for j := range word {
			m.hits[first+j] = true
		}
		if startsWord(name, first) {
			score = atStart
		}
		return score + 2*inRow*len(word), true
	}
	last := -1
	for _, r := range word {
		at := next(name, r, last)
		if at < 0 {
			return 0, false
		}
		switch {
		case at == last+1:
			score += inRow
		case startsWord(name, at):
			score += atStart
		}
		m.hits[at], last = true, at
	}
	return score, true
}

// next is where a letter stands after another one: right after it, else at the start of a word, else anywhere; -1 when
// it does not.
func next(name []rune, r rune, last int) int {
	if last+1 < len(name) && name[last+1] == r {
		return last + 1
	}
	found := -1
	for i := last + 1; i < len(name); i++ {
		if name[i] != r {
			continue
		}
		if startsWord(name, i) {
			return i
		}
		if found < 0 {
			found = i
		}
	}
	return found
}

func startsWord(name []rune, i int) bool {
	return i == 0 || !unicode.IsLetter(name[i-1]) && !unicode.IsDigit(name[i-1])
}
