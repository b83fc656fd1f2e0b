package why

import (
	"strings"

	"podsec/engine/document"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/text"
)

// adoption is the fix in the file that the learner is writing: the whole text of that file with the change made where the
// object stands. nil when there is no such file, or the object is not in it.
func (m *Model) adoption() *screen.Adopt {
	if m.fix == nil || len(m.fix.Patch) == 0 || m.subject.Draft == "" {
		return nil
	}
	const mark = "---"
	lines := strings.SplitAfter(m.subject.Draft, "\n")
	var out strings.Builder
	var part []string
	found := false
	flush := func() {
		written := strings.Join(part, "")
		if fixed, ok := fixedPart(written, m.answer().Ref, m.fix.Patch); ok && !found {
			written, found = fixed, true
		}
		out.WriteString(written)
		part = nil
	}
	for _, line := range lines {
		if strings.TrimRight(line, " \r\n") == mark {
			flush()
			out.WriteString(line)
			continue
		}
		part = append(part, line)
	}
	flush()
	if !found {
		return nil
	}
	return &screen.Adopt{File: m.subject.File, Was: m.subject.Draft, Text: out.String()}
}

// fixedPart makes a change in a text that holds the one object; false when it holds another one, or the change is not
// one of this text.
func fixedPart(written string, ref inspect.Ref, patch []document.Operation) (string, bool) {
	documents, err := document.Parse("", []byte(written))
	if err != nil || len(documents) != 1 {
		return "", false
	}
	o := documents[0].Object
	own := o.GetNamespace() == "" || o.GetNamespace() == ref.Namespace
	if o.GetKind() != ref.Kind || o.GetName() != ref.Name || !own {
		return "", false
	}
	fixed, err := documents[0].Edited(patch)
	return fixed, err == nil
}

// apply puts the fix into the file that is being written, when the object is there, and else asks before it is made in
// the cluster.
func (m *Model) apply() screen.Intent {
	if m.adopt != nil {
		return *m.adopt
	}
	return m.ask()
}

// applyHelp is what the key for that does.
func (m *Model) applyHelp() string {
	if m.adopt != nil {
		return "put it into " + text.Line(m.subject.File)
	}
	return keys().apply.Help().Desc
}
