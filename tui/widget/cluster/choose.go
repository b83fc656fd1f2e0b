package cluster

import (
	"cmp"
	"fmt"
	"slices"

	"podsec/tui/style"
	"podsec/tui/text"
)

// choice is the entries of a section that are drawn, and how many there are of the others. It is made from all entries
// once, and then shortened until there is room for it.
type choice struct {
	section
	drawn  []int // their places in the section
	counts tally // of what is only counted
	more   count // of entries that did not change and for which there is no room
}

// choose picks every marked entry, at most the given number of the others, and counts the rest.
func (s section) choose(most int, all bool) choice {
	c := choice{section: s, more: count{what: "more"}, drawn: make([]int, 0, min(most, len(s.entries)))}
	unchanged, marked := 0, 0
	for i, e := range s.entries {
		switch {
		case e.mark != same && marked >= maxRows:
			c.counts.add("more changed", i)
			continue
		case !all && (e.silent || e.mark == same && e.quiet != ""):
			if e.mark != gone {
				c.counts.add(e.quiet, i)
			}
			continue
		case e.mark == same && unchanged >= most:
			c.more.add(i)
			continue
		case e.mark == same:
			unchanged++
		default:
			marked++
		}
		c.drawn = append(c.drawn, i)
	}
	return c
}

// keep leaves out all but the given number of the entries that did not change.
func (c *choice) keep(most int) {
	unchanged, left := 0, count{what: "more"}
	c.drawn = slices.DeleteFunc(c.drawn, func(place int) bool {
		if c.entries[place].mark != same {
			return false
		}
		if unchanged++; unchanged <= most {
			return false
		}
		left.add(place)
		return true
	})
	if left.n > 0 { // they stand before those that were left out already
		left.n += c.more.n
		c.more = left
	}
}

// height is the number of lines of the choice, its title included.
func (c *choice) height(width int) int {
	n := 1 + len(c.counts)
	if c.more.n > 0 {
		n++
	}
	if len(c.entries) == 0 && c.empty != "" {
		n++
	}
	for _, place := range c.drawn {
		n += 1 + len(c.row(c.entries[place]).detail(width-4))
	}
	return n
}

// lines draws what was chosen, and the counts of the others in the order of their first appearance.
func (c *choice) lines(width int, st style.Styles) []string {
	var out []string
	for _, place := range c.drawn {
		e := c.entries[place]
		out = append(out, c.row(e).lines(e.mark, width, st)...)
	}
	if len(c.entries) == 0 && c.empty != "" {
		out = append(out, st.Faint.Render(text.Fit("  "+c.empty, width)))
	}
	counts := c.counts
	if c.more.n > 0 {
		counts = append(counts[:len(counts):len(counts)], c.more)
	}
	slices.SortFunc(counts, func(a, b count) int { return cmp.Compare(a.first, b.first) })
	for _, c := range counts {
		out = append(out, st.Faint.Render(text.Fit(fmt.Sprintf("  %d %s", c.n, c.what), width)))
	}
	return out
}

// tally counts things by name.
type tally []count

// count is how many there are of a thing, and the place of the first one.
type count struct {
	what     string
	n, first int
}

func (c *count) add(place int) {
	if c.n == 0 {
		c.first = place
	}
	c.n++
}

func (t *tally) add(what string, place int) {
	for i := range *t {
		if (*t)[i].what == what {
			(*t)[i].n++
			return
		}
	}
	*t = append(*t, count{what, 1, place})
}
