package why

import (
	"strings"

	"podsec/engine"
)

// signatures writes how images were verified: which reference of the policy matches, whom it asks for, which signatures
// were found where, and which of them counts.
func (t *text) signatures(r Rule) {
	if r.Type != engine.ImageVerify {
		return
	}
	image, asked := "", ""
	for _, c := range r.Checks {
		if c.Phase != engine.PhaseImage {
			continue
		}
		if c.Field+c.Found != image {
			image, asked = c.Field+c.Found, ""
			t.line(2, "%s%s is %s", c.Field, in(c.FieldAt), c.Found)
		}
		clause := strings.TrimPrefix(c.Clause, r.Path+".")
		if clause != asked {
			asked = clause
			t.line(3, "%s%s", clause, in(c.At))
		}
		mark := "no: "
		if c.OK {
			mark = "yes: "
		}
		t.line(4, "%s%s", mark, orElse(c.Note, "holds"))
	}
}
