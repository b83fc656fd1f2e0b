package inspect

import (
	"slices"
	"strings"

	"podsec/engine/why"
)

// outcome is what a command printed became of an object that it sent, when that is not what its explanation need say: policies
// change, and Kyverno remembers.
type outcome int

const (
	unsaid outcome = iota
	created
	blocked
	invalid
)

// outcomeOf reads the outcome of one of the objects that a command sent. Where kubectl's words fit another one as well, for it
// names no namespaces, it is unsaid.
func outcomeOf(sent []subject, i int, printed string) outcome {
	object := sent[i].document.Object
	id := object.GetKind() + "/" + object.GetNamespace() + "/" + object.GetName()
	switch {
	case strings.Contains(printed, "resource "+id+" was blocked due to the following policies"):
		return blocked
	case strings.Contains(printed, "The "+object.GetKind()+" \""+object.GetName()+"\" is invalid: "):
		return invalid
	case !sent[i].made || slices.ContainsFunc(slices.Delete(slices.Clone(sent), i, i+1), func(s subject) bool {
		return printedName(s.document.Object) == printedName(object)
	}):
		return unsaid
	}
	return created
}

// against says that an outcome is not what an explanation comes to, "" when it is.
func (o outcome) against(e *why.Explanation) string {
	switch {
	case o == created && !e.Verdict.Admitted && slices.ContainsFunc(e.Images, unverified):
		return "It was created when the command ran: Kyverno remembers for an hour which references a rule has verified, unless useCache is false. Verified anew, it is refused:"
	case o == created && !e.Verdict.Admitted:
		return "It was created when the command ran: Kyverno was not asked then, or had other policies. Those of now refuse it:"
	case o == invalid:
		return "The API server refused it when the command ran: it is not valid. Below is what policies say of it."
	case o == blocked && e.Verdict.Admitted:
		return "It was refused when the command ran. By the policies of now it is admitted."
	}
	return ""
}

func unverified(r why.Rule) bool { return r.Outcome == why.Fails || r.Outcome == why.Errs }
