package fix

import (
	"context"
	"fmt"
	"strings"

	"podsec/engine/document"
	"podsec/engine/why"
)

// Judge explains what becomes of a document's object, always under the same policies.
type Judge func(ctx context.Context, d *document.Document) *why.Explanation

// Fix is a proposed change of a resource.
type Fix struct {
	// Proven says that after the change no rule fails, and Pod Security Admission has nothing against it: the edited text
	// was judged again. Without it the change helps, but Remains is not empty.
	Proven  bool                 `json:"proven"`
	Changes []Change             `json:"changes,omitempty"`
	Remains []Remaining          `json:"remains,omitempty"`
	Patch   []document.Operation `json:"patch,omitempty"` // JSON patch (RFC 6902)
	YAML    string               `json:"yaml,omitempty"`  // the edited text, comments kept
	// After is what becomes of the edited text.
	After *why.Explanation `json:"-"`
}

// Change is one changed field, and why.
type Change struct {
	Field   string   `json:"field"`
	Value   any      `json:"value,omitempty"` // nil when the field is removed
	Removed bool     `json:"removed,omitempty"`
	For     []string `json:"for"`               // the rules that need it
	Choose  string   `json:"choose,omitempty"`  // what a person must decide
	Caution string   `json:"caution,omitempty"` // what it may break
}

// Remaining is a rule that still fails, and why no change is proposed.
type Remaining struct {
	Rule    string   `json:"rule"`
	Reasons []string `json:"reasons,omitempty"`
}

// Find searches for the smallest change after which no rule fails. Nothing wrong gives a proven Fix without changes. The
// error is that of ctx, or of a text that could not be edited.
func Find(ctx context.Context, judge Judge, d *document.Document) (*Fix, error) {
	s := &search{judge: judge, document: d, seen: map[string]bool{}}
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	out := &Fix{Patch: patch(d.Object.Object, apply(d.Object.Object, s.edits()), "")}
	for _, step := range s.steps {
		out.Changes = append(out.Changes, step.changes()...)
	}
	edited, err := s.edited(out.Patch)
	if err != nil {
		return nil, err
	}
	out.After = judge(ctx, edited)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("look for a fix: %w", err)
	}
	left := failures(out.After)
	out.Proven = len(left) == 0 && out.After.Verdict.Admitted
	out.Remains = remaining(left, edited)
	out.YAML, err = d.Edited(out.Patch)
	return out, err
}

// edited is the document after a patch, read again from its text.
func (s *search) edited(operations []document.Operation) (*document.Document, error) {
	text, err := s.document.Edited(operations)
	if err != nil {
		return nil, fmt.Errorf("edit %s: %w", s.document.Object.GetName(), err)
	}
	documents, err := document.Parse(s.document.File, []byte(text))
	if err != nil || len(documents) != 1 {
		return nil, fmt.Errorf("read the edited %s: %w", s.document.Object.GetName(), err)
	}
	return documents[0], nil
}

// remaining are the rules that still fail, each once with the reasons.
func remaining(left []failure, d *document.Document) []Remaining {
	var out []Remaining
	at := map[string]int{}
	for _, f := range left {
		i, ok := at[f.rule]
		if !ok {
			i = len(out)
			at[f.rule] = i
			out = append(out, Remaining{Rule: f.rule})
		}
		_, reasons := f.candidates(d.Object.Object, d.Object.GetKind())
		if len(reasons) == 0 {
			reasons = []string{f.check.Note}
		}
		for _, reason := range reasons {
			if reason != "" && !strings.Contains(strings.Join(out[i].Reasons, "\n"), reason) {
				out[i].Reasons = append(out[i].Reasons, reason)
			}
		}
	}
	return out
}
