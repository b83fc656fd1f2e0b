package labs

import (
	"strings"
	"unicode"
)

// step reads one section of the body, which starts at offset body of the source.
func (p *labParser) step(s section, body int, ids map[string]int) {
	line, _ := position(p.source, body+s.start)
	step := Step{ID: s.anchor, Title: s.title, Kind: Read, Prose: strings.TrimSpace(string(s.prose)), Line: line}
	if step.ID == "" {
		step.ID = slug(s.title)
	}
	if !anchorName.MatchString(step.ID) {
		p.note(body+s.start, "write it like {#require-a-label}", "the anchor %q may only have a-z, 0-9 and single dashes", step.ID)
	}
	if first, ok := ids[step.ID]; ok {
		p.note(body+s.start, "give one of them an anchor of its own: {#other-name}",
			"the step %q is there already, at line %d", step.ID, first)
	}
	ids[step.ID] = line
	if s.after >= 0 {
		p.note(body+s.after, "put all text before the step block", "there is text after the step block")
	}
	if len(s.blocks) > 1 {
		p.note(body+s.blocks[1].fence, "start another step with ##", "the step has more than one step block")
	}
	if len(s.blocks) > 0 {
		p.block(&step, s.blocks[0], body)
	}
	if step.Prose == "" {
		p.note(body+s.start, "say what the learner does here and why", "the step %q has no text", step.ID)
	}
	p.lab.Steps = append(p.lab.Steps, step)
}

// slug makes an anchor of a title: lower case, words joined by dashes.
func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(words, "-")
}
