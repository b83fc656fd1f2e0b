package labs

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// StepProgress is what a step took.
type StepProgress struct {
	Tries    int   `json:"tries,omitempty"`    // how often it was run
	Hints    int   `json:"hints,omitempty"`    // how many rungs of its hints were shown
	Mistakes int   `json:"mistakes,omitempty"` // how often a known mistake was made
	Solved   bool  `json:"solved,omitempty"`   // the solution was applied for the learner
	Right    *bool `json:"right,omitempty"`    // whether the first answer to its question was right
}

// Note adds to what a step took: tries and mistakes are summed up, of the hints the most count, and of the answers to a
// question the first.
func (p *Progress) Note(cluster, lab, step string, more StepProgress) error {
	return p.update(func(data *progressData) {
		known := data.Clusters[cluster][lab].clone()
		if known.Steps == nil {
			known.Steps = map[string]StepProgress{}
		}
		took := known.Steps[step]
		took.Tries += more.Tries
		took.Mistakes += more.Mistakes
		took.Hints = max(took.Hints, more.Hints)
		took.Solved = took.Solved || more.Solved
		if took.Right == nil {
			took.Right = more.Right
		}
		known.Steps[step] = took
		known.At = p.now().UTC().Truncate(time.Second)
		data.put(cluster, lab, known)
	})
}

// Clusters are the names of the clusters that there is progress on, in order.
func (p *Progress) Clusters() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.data.Clusters))
}

// Latest says where the learner was last, of all clusters, and in any lab unless one is named; found is false when they
// were in none.
func (p *Progress) Latest(lab string) (cluster, at string, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var last time.Time
	for _, name := range slices.Sorted(maps.Keys(p.data.Clusters)) {
		for _, id := range slices.Sorted(maps.Keys(p.data.Clusters[name])) {
			known := p.data.Clusters[name][id]
			if (lab == "" || id == lab) && (!found || known.At.After(last)) {
				cluster, at, found, last = name, id, true, known.At
			}
		}
	}
	return cluster, at, found
}

// Reload reads the file again, which another process may have changed.
func (p *Progress) Reload() error {
	data, _, err := p.read()
	if err != nil {
		return fmt.Errorf("read progress again: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.data = data
	return nil
}

// NoteIn has a session note what its steps take.
func NoteIn(p *Progress) Option { return func(s *Session) { s.progress = p } }

// noted notes what a run of a step came to. That it cannot be noted is no reason to stop a learner.
func (s *Session) noted(of *Step, o Outcome, solved bool) {
	if s.progress == nil || o.Skipped != "" || of.Kind == Read || of.Kind == Recap {
		return
	}
	more := StepProgress{Tries: 1, Solved: solved}
	if i := slices.Index(of.Hints, o.Hint); o.Hint != "" && i >= 0 {
		more.Hints = i + 1
	}
	if o.Mistake != "" {
		more.Mistakes = 1
	}
	_ = s.progress.Note(s.cluster.Name(), s.lab.ID, of.ID, more)
}

// Answer notes which choice the learner made before a step's command runs, and says whether it is the right one.
func (s *Session) Answer(step, choice int) (right bool, err error) {
	of, err := s.step("answer", step)
	switch {
	case err != nil:
		return false, err
	case of.Question == nil || choice < 0 || choice >= len(of.Question.Choices):
		return false, fmt.Errorf("answer step %s: there is no such choice", of.ID)
	}
	right = of.Question.Choices[choice].Right
	if s.progress == nil {
		return right, nil
	}
	return right, s.progress.Note(s.cluster.Name(), s.lab.ID, of.ID, StepProgress{Right: &right})
}
