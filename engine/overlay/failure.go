package overlay

import (
	"strconv"
	"strings"

	"github.com/kyverno/kyverno/pkg/engine/anchor"
)

// Failure is why a document does not match a pattern, in Kyverno's words.
type Failure struct {
	Text string
	Path string // "/spec/containers/0/image/"; empty when Kyverno does not tell
	Skip bool   // a conditional or global anchor says that the pattern does not apply
}

// cause is what made a failure.
type cause int

const (
	other cause = iota
	conditionalAnchor
	globalAnchor
	negationAnchor
	leftOut // by all of its parts' conditional and global anchors
)

// How texts of anchors' failures begin. Where the cause is not known any more, Kyverno looks for them in the text.
const (
	conditionalText = "conditional anchor mismatch"
	globalText      = "global anchor mismatch"
	negationText    = "negation anchor matched in resource"
)

// failure is a Failure on its way up.
type failure struct {
	text, path string
	cause      cause
}

// skips says whether the pattern does not apply.
func (f *failure) skips() bool {
	switch f.cause {
	case conditionalAnchor, globalAnchor:
		return true
	case negationAnchor:
		return false
	}
	return strings.Contains(f.text, conditionalText) || strings.Contains(f.text, globalText)
}

// negates says whether something is there that must not be.
func (f *failure) negates() bool {
	switch f.cause {
	case negationAnchor:
		return true
	case conditionalAnchor, globalAnchor:
		return false
	}
	return strings.Contains(f.text, negationText)
}

// leaveOut joins what the parts of a map or list said that do not apply.
func leaveOut(skips []*failure, path string) *failure {
	texts := make([]string, len(skips))
	for i, skip := range skips {
		texts[i] = skip.text
	}
	return &failure{strings.Join(texts, "; "), path, leftOut}
}

// decided says whether an anchor of the map itself, not one further down, made it not apply.
func decided(skips []*failure) bool {
	for _, skip := range skips {
		if skip.cause != leftOut {
			return true
		}
	}
	return false
}

// seen is a condition, existence or negation anchor that was met.
type seen struct {
	key     string
	kind    anchor.AnchorType
	present bool // a resource had its key
}

// place is a place in a document, written only when somebody asks for it.
type place struct {
	parent *place // nil for the root
	key    string
	index  int // -1 for a key
}

// String writes the place as Kyverno does: "/spec/containers/0/".
func (p *place) String() string {
	if p.parent == nil {
		return "/"
	}
	if p.index >= 0 {
		return p.parent.String() + strconv.Itoa(p.index) + "/"
	}
	return p.parent.String() + p.key + "/"
}
