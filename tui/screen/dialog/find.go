package dialog

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"podsec/tui/screen"
	"podsec/tui/text"
)

// match is an item that was found.
type match struct{ index, score int }

// name is the name of an item, as it is searched.
type name struct {
	text    string
	letters []rune
}

func namesOf(items []screen.Item) []name {
	out := make([]name, len(items))
	for i, item := range items {
		lower := strings.ToLower(text.Line(item.Text))
		out[i] = name{lower, []rune(lower)}
	}
	return out
}

// find returns the names that hold the words of a query, their letters in order; the best first, and equally good ones in
// their order.
func find(names []name, query string) []match {
	words := strings.Fields(strings.ToLower(query))
	var out []match
	for i, n := range names {
		if score, ok := n.search(words, func(int) {}); ok {
			out = append(out, match{i, score})
		}
	}
	slices.SortStableFunc(out, func(a, b match) int { return b.score - a.score })
	return out
}

// search looks for words in the name and says how well they fit. hit is called with the index of each letter found.
func (n name) search(words []string, hit func(letter int)) (score int, ok bool) {
	for _, w := range words {
		one, found := n.searchWord(w, hit)
		if !found {
			return 0, false
		}
		score += one
	}
	return score, true
}

// hits are the letters of the name that a query finds.
func (n name) hits(query string) map[int]bool {
	out := map[int]bool{}
	n.search(strings.Fields(strings.ToLower(query)), func(letter int) { out[letter] = true })
	return out
}

// What makes a letter that was found worth more: that it starts a word, and that it follows the letter found before.
const (
	atStart = 8
	inRow   = 5
)

// searchWord looks for a word in the name: as it is, else its letters in order, each at the best place that is left.
func (n name) searchWord(word string, hit func(letter int)) (score int, ok bool) {
	if at := strings.Index(n.text, word); at >= 0 {
		first, long := utf8.RuneCountInString(n.text[:at]), utf8.RuneCountInString(word)
		for j := range long {
			hit(first + j)
		}
		if startsWord(n.letters, first) {
			score = atStart
		}
		return score + 2*inRow*long, true
	}
	last := -1
	for _, r := range word {
		at := next(n.letters, r, last)
		if at < 0 {
			return 0, false
		}
		switch {
		case at == last+1:
			score += inRow
		case startsWord(n.letters, at):
			score += atStart
		}
		hit(at)
		last = at
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
