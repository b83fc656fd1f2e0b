package prompt

import (
	"strings"

	"podsec/tui/widget/buffer"
)

// offer is words that could complete the line.
type offer struct {
	head  string // of the line, before the word that is completed
	words []string
	at    int // the word on the line, -1 for what they have in common
}

// complete asks for words, or goes to the next one of those that were offered.
func (p *Prompt) complete() Asks {
	if p.offer == nil {
		return Complete
	}
	o := p.offer
	o.at = (o.at + 1) % len(o.words)
	p.put(o.head + o.words[o.at])
	return Nothing
}

// Offer takes the words that may stand in place of the last word of a line. A line that was changed meanwhile stays as
// it is.
func (p *Prompt) Offer(line string, words []string) {
	if line != p.Line() || len(words) == 0 {
		return
	}
	head := line[:strings.LastIndexAny(line, " \t|;&(\"'")+1]
	if len(words) == 1 {
		word := words[0]
		if !strings.HasSuffix(word, "/") && !strings.HasSuffix(word, "=") {
			word += " "
		}
		p.put(head + word)
		return
	}
	p.put(head + common(words, line[len(head):]))
	p.offer = &offer{head: head, words: words, at: -1}
}

// put sets the line and keeps what is offered.
func (p *Prompt) put(line string) {
	p.input = buffer.New(line)
	p.input.LineEnd()
}

// common is what all words begin with, at least what is written already.
func common(words []string, written string) string {
	prefix := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	if !strings.HasPrefix(prefix, written) {
		return written
	}
	return strings.ToValidUTF8(prefix, "")
}
