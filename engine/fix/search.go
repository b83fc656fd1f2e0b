package fix

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/document"
	"podsec/engine/why"
)

// maxSteps bounds the search: a resource with more to change than that is left to its author.
const maxSteps = 100

// search looks for the edits. It takes one candidate after the other, always the one that removes the most failures for
// the least change, and takes back at the end what turned out not to be needed.
type search struct {
	judge    Judge
	document *document.Document
	steps    []step
	seen     map[string]bool // candidates that were taken
}

// step is a candidate that was taken, and for which rules.
type step struct {
	candidate
	rules []string
}

func (s step) changes() []Change {
	var out []Change
	for _, e := range s.candidate.edits {
		out = append(out, Change{
			Field: joinPath(e.path), Value: e.value, Removed: e.remove, For: s.rules, Choose: e.choose, Caution: e.caution,
		})
	}
	return out
}

func (s *search) edits() []edit { return editsOf(s.steps) }

func editsOf(steps []step) []edit {
	var out []edit
	for _, step := range steps {
		out = append(out, step.candidate.edits...)
	}
	return out
}

func (s *search) run(ctx context.Context) error {
	current := failures(s.judged(ctx, nil))
	for len(current) > 0 && len(s.steps) < maxSteps {
		next, left, ok := s.best(ctx, current)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("look for a fix: %w", err)
		}
		if !ok {
			break
		}
		s.steps, current = append(s.steps, next), left
	}
	s.prune(ctx, current)
	return nil
}

// judged judges the resource after edits, nil when they do not fit.
func (s *search) judged(ctx context.Context, edits []edit) *why.Explanation {
	object := apply(s.document.Object.Object, edits)
	if object == nil {
		return nil
	}
	changed := *s.document
	changed.Object = &unstructured.Unstructured{Object: object}
	return s.judge(ctx, &changed)
}

// best returns the candidate that removes the most failures for its cost, and what fails after it.
func (s *search) best(ctx context.Context, current []failure) (best step, left []failure, ok bool) {
	object := apply(s.document.Object.Object, s.edits())
	score := 0
	for _, c := range s.candidates(object, current) {
		after := s.judged(ctx, append(s.edits(), c.edits...))
		if after == nil || ctx.Err() != nil {
			continue
		}
		remaining := failures(after)
		gone := without(current, remaining)
		if len(gone) == 0 || harms(current, remaining) {
			continue
		}
		if worth := len(gone) * 10000 / max(c.cost(), 1); worth > score {
			best, left, score, ok = step{c, rulesOf(gone)}, remaining, worth, true
		}
	}
	if ok {
		s.seen[best.key()] = true
	}
	return best, left, ok
}

// candidates are those of all failures, each once, cheap ones first.
func (s *search) candidates(object map[string]any, current []failure) []candidate {
	var out []candidate
	have := map[string]bool{}
	for _, f := range current {
		found, _ := f.candidates(object, s.document.Object.GetKind())
		for _, c := range found {
			if key := c.key(); len(c.edits) > 0 && !s.seen[key] && !have[key] {
				have[key] = true
				out = append(out, c)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(a.cost(), b.cost()) })
	return out
}

// without are the failures that are gone.
func without(before, after []failure) []failure {
	ids := map[string]bool{}
	for _, f := range after {
		ids[f.id()] = true
	}
	return slices.DeleteFunc(slices.Clone(before), func(f failure) bool { return ids[f.id()] })
}

// harms says whether a rule fails that did not fail before, or has an error that it did not have.
func harms(before, after []failure) bool {
	rules := map[string]bool{}
	for _, f := range before {
		rules[f.rule] = true
		rules[f.rule+f.broken] = true
	}
	return slices.ContainsFunc(after, func(f failure) bool { return !rules[f.rule] || !rules[f.rule+f.broken] })
}

func rulesOf(failures []failure) []string {
	var rules []string
	for _, f := range failures {
		if !slices.Contains(rules, f.rule) {
			rules = append(rules, f.rule)
		}
	}
	return rules
}

// prune takes back every edit without which the outcome is as good, the last ones first.
func (s *search) prune(ctx context.Context, outcome []failure) {
	for i := len(s.steps) - 1; i >= 0; i-- {
		for j := len(s.steps[i].edits) - 1; j >= 0; j-- {
			trial := slices.Clone(s.steps)
			trial[i].edits = slices.Delete(slices.Clone(trial[i].edits), j, j+1)
			after := s.judged(ctx, editsOf(trial))
			if after != nil && len(without(failures(after), outcome)) == 0 {
				s.steps = trial
			}
		}
	}
}
