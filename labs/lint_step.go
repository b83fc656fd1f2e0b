package labs

// ladder looks at what a step has for a learner who is stuck.
func (l *linter) ladder(step *Step) {
	if len(step.Hints) > 0 {
		return
	}
	switch step.Kind {
	case Run, Predict, Edit:
		l.note(step.Line, false, "add hints: with at least one", "the step %q runs a command but has no hints", step.ID)
	case Explore:
		l.note(step.Line, false, "add hints: with at least one", "the step %q has a goal but no hints", step.ID)
	}
}

// said looks at the texts of a step's block.
func (l *linter) said(step *Step) {
	texts := append([]string{step.Notes}, step.Hints...)
	if q := step.Question; q != nil {
		texts = append(texts, q.Text)
		for _, c := range q.Choices {
			texts = append(texts, c.Text, c.Reply)
			if c.Reply == "" {
				l.note(step.Line, true, "add reply: with why", "nothing is said to who chooses %q", c.Text)
			}
		}
	}
	for _, m := range step.Mistakes {
		texts = append(texts, m.Says)
	}
	for _, text := range texts {
		l.words(text, step.Line)
	}
}
