package inspect

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsec/engine"
	"podsec/engine/document"
	"podsec/engine/fix"
	"podsec/engine/why"
)

// Question is what an explanation is asked of: an object of the cluster, or a command line.
type Question struct {
	Ref
	// Scan judges a stored object as it is, as a background scan does: no mutate rule changes it.
	Scan bool
	// Command is a command line that sends objects to the cluster, and Folder where it runs.
	Command, Folder string
	// Printed is what the command printed when it ran: what it made is judged as it was then, and not as its update.
	Printed string
}

// Answer is what becomes of one object, with the texts in which the explanation's fields and clauses can be found.
type Answer struct {
	*why.Explanation
	Ref      Ref
	Stored   bool // the object is in the cluster; it is judged as if it were new
	Scanned  bool // or as it is, as a background scan does
	Answered bool // the command that sent the object printed what became of it: the request was not left without an answer
	// Earlier says that policies decide too that are not judged, and that the command was answered otherwise when it ran than
	// the explanation has it; "" when neither is so, or when that is not known.
	Earlier  string
	Resource Source
	Policies map[string]Source // by their keys
	// Applied is what became of the object when kubectl applied it last: the stored object is the one after mutation. nil
	// when that is not known, or nothing was mutated.
	Applied *why.Explanation
	// Before and After are the object before and after mutation, empty when no rule changes it.
	Before, After Source
}

// Mutated returns the explanation that says how the object was mutated.
func (a Answer) Mutated() *why.Explanation {
	if a.Applied != nil {
		return a.Applied
	}
	return a.Explanation
}

// Explain explains what becomes of an object of the cluster, or of each object that a command sends. The error is a
// command of which that cannot be told, or what the cluster says.
func (c *Cluster) Explain(ctx context.Context, q Question) ([]Answer, error) {
	subjects, err := c.subjects(ctx, q)
	if err != nil {
		return nil, err
	}
	all, err := c.rules(ctx)
	if err != nil {
		return nil, err
	}
	scan := q.Scan && q.Command == ""
	if scan {
		all = all.scanning()
	}
	unjudged, err := c.Deciders(ctx)
	if err != nil {
		return nil, err
	}
	var out []Answer
	for _, s := range subjects {
		answer, err := c.answer(ctx, all, s)
		if err != nil {
			return nil, err
		}
		answer.Scanned = scan
		// What happened earlier may end in a colon: it is said last.
		answer.Earlier = strings.TrimSpace(UnjudgedNote(unjudged, answer.Ref.Namespace) + " " + answer.Earlier)
		out = append(out, answer)
	}
	return out, nil
}

// answer explains one subject.
func (c *Cluster) answer(ctx context.Context, all *rules, s subject) (Answer, error) {
	d := s.document
	explainer, err := all.explainer(d.Object.GetNamespace())
	if err != nil {
		return Answer{}, err
	}
	request, err := c.request(ctx, all, s)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{
		Explanation: explainer.Explain(ctx, d, request), Ref: refOf(d.Object), Stored: s.stored, Answered: s.answered,
		Policies: map[string]Source{},
	}
	out.Earlier = s.outcome.against(out.Explanation)
	out.Resource = s.source(out.Ref)
	for _, p := range all.policies {
		bare := p.DeepCopy()
		asSubmitted(bare)
		out.Policies[keyOf(p)] = source(keyOf(p), bare)
	}
	before := d
	if s.applied != nil {
		if applied := explainer.Explain(ctx, s.applied, request); mutates(applied) {
			out.Applied, before = applied, s.applied
		}
	}
	if e := out.Mutated(); mutates(e) {
		out.Before, out.After = source(out.Resource.Name, before.Object), source(out.Resource.Name, e.Object)
	}
	return out, nil
}

// mutates says whether a rule changed the object.
func mutates(e *why.Explanation) bool {
	for _, r := range e.Mutate {
		if len(r.Changes) > 0 {
			return true
		}
	}
	return false
}

// request is what is known of the request that sends an object: a command that changes what is there is an update.
func (c *Cluster) request(ctx context.Context, all *rules, s subject) (why.Request, error) {
	object := s.document.Object
	labels, known := all.namespaces[object.GetNamespace()]
	request := why.Request{Namespace: labels, KnowsNamespace: known}
	if s.stored || s.made || object.GetName() == "" {
		return request, nil
	}
	old, err := c.get(ctx, refOf(object))
	if apierrors.IsNotFound(err) {
		return request, nil
	}
	if err != nil {
		return request, err
	}
	asSubmitted(old)
	request.Operation, request.Old = engine.Update, old
	return request, nil
}

// Fix looks for the smallest change of an answer's object after which no rule fails. Nothing is written.
func (c *Cluster) Fix(ctx context.Context, a Answer) (*fix.Fix, error) {
	documents, err := document.Parse(a.Resource.Name, []byte(a.Resource.Text))
	if err != nil || len(documents) != 1 {
		return nil, fmt.Errorf("read %s: %w", a.Resource.Name, err)
	}
	all, err := c.rules(ctx)
	if err != nil {
		return nil, err
	}
	if a.Scanned {
		all = all.scanning()
	}
	explainer, err := all.explainer(a.Ref.Namespace)
	if err != nil {
		return nil, err
	}
	labels, known := all.namespaces[a.Ref.Namespace]
	request := why.Request{Namespace: labels, KnowsNamespace: known}
	judge := func(ctx context.Context, d *document.Document) *why.Explanation {
		return explainer.Explain(ctx, namespaced(d, a.Ref.Namespace), request)
	}
	return fix.Find(ctx, judge, documents[0])
}

// namespaced puts an object that says nothing of it into a namespace.
func namespaced(d *document.Document, namespace string) *document.Document {
	if d.Object.GetNamespace() != "" || namespace == "" {
		return d
	}
	out := *d
	out.Object = d.Object.DeepCopy()
	out.Object.SetNamespace(namespace)
	return &out
}
