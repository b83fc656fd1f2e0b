package present

import (
	"fmt"
	"time"

	"podsec/tui/style"
	"podsec/tui/text"
)

// clock is the time that was spent at each step.
type clock struct {
	spent map[int]time.Duration
	seen  time.Time // when it was looked at last
}

// tick adds the time since it was looked at last to a step.
func (c *clock) tick(step int, now time.Time) {
	if !c.seen.IsZero() {
		c.spent[step] += max(0, now.Sub(c.seen))
	}
	c.seen = now
}

// total is the time that was spent at all steps.
func (c *clock) total() time.Duration {
	var sum time.Duration
	for _, d := range c.spent {
		sum += d
	}
	return sum
}

// timer is the time spent at the current step beside the planned one; a sign says when it is over.
func (m *Model) timer() string {
	if m.quiet || m.step >= len(m.plan) {
		return ""
	}
	spent, planned := m.clock.spent[m.step], m.plan[m.step]
	out := minutes(spent) + " / " + minutes(planned)
	if spent > planned {
		return m.styles.Warn.Render(style.Skipped + " " + out)
	}
	return m.styles.Faint.Render(out)
}

// schedule says how the lab is in time: the steps that were shown so far against what was planned for them.
func (m *Model) schedule() string {
	var late time.Duration
	for step, spent := range m.clock.spent {
		switch planned := m.plan[step]; {
		case step != m.step:
			late += spent - planned
		case spent > planned:
			late += spent - planned
		}
	}
	const worth = time.Minute
	switch {
	case m.quiet:
		return ""
	case late >= worth:
		return m.styles.Faint.Render(text.Plural(int(late.Minutes()), "minute", "minutes") + " late  ")
	case late <= -worth:
		return m.styles.Faint.Render(text.Plural(int(-late.Minutes()), "minute", "minutes") + " early  ")
	}
	return ""
}

// minutes shows a time as a clock does: 1:05.
func minutes(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
