package why

import (
	"slices"
	"strings"

	"podsec/engine"
)

// group is a written rule and those that were generated from it.
type group []Rule

// grouped puts generated rules to the rule that they come from, in the order of the written rules.
func grouped(rules []Rule) []group {
	var groups []group
	for _, r := range rules {
		i := slices.IndexFunc(groups, func(g group) bool { return g[0].Policy == r.Policy && g[0].Path == r.Path })
		if i < 0 {
			groups = append(groups, group{r})
			continue
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// group writes a written rule and its generated forms. Forms that are not considered share a line, which is left out
// when the rule is about other kinds in all its forms.
func (t *text) group(g group, e *Explanation) {
	shown := max(slices.IndexFunc(g, func(r Rule) bool { return r.Outcome != NoMatch }), 0)
	if g[shown].otherKind() {
		shown = max(slices.IndexFunc(g, func(r Rule) bool { return !r.otherKind() }), 0)
	}
	var others []string
	for i, r := range g {
		if i == shown || r.Outcome != NoMatch {
			t.rule(r)
			continue
		}
		others = append(others, r.Name)
	}
	kind, _, _ := strings.Cut(e.Resource, " ")
	switch {
	case len(others) == 0 || g[shown].otherKind():
	case g[shown].Outcome == NoMatch:
		t.line(2, "nor are its other forms: %s", strings.Join(others, ", "))
	default:
		t.line(2, "not for this %s: %s", kind, strings.Join(others, ", "))
	}
}

// otherKind says whether the rule is not considered just because of the resource's kind.
func (r Rule) otherKind() bool {
	return r.Outcome == NoMatch && len(r.Because) > 0 && !slices.ContainsFunc(r.Because, func(c Check) bool {
		return !strings.HasSuffix(c.Clause, ".resources.kinds")
	})
}

func (t *text) rule(r Rule) {
	outcome := string(r.Outcome)
	switch r.Effect {
	case Blocks:
		outcome += ", blocks the request"
	case Reports:
		outcome += ", is only reported"
	}
	t.line(1, "%s/%s  %s%s", r.Policy, r.Name, outcome, at(r.Path, r.At))
	if r.Written != "" {
		t.line(2, "generated from rule %s for pod controllers", r.Written)
	}
	for _, c := range r.Because {
		t.because(r, c)
	}
	if r.Standard != "" {
		t.line(2, "judged by the Pod Security Standards, %s", r.Standard)
	}
	t.signatures(r)
	for _, c := range r.Checks {
		if c.Phase == engine.PhaseImage && r.Type == engine.ImageVerify {
			continue // told by signatures
		}
		if c.Field == "" && c.Allowed == "" && c.Note != r.Message && strings.HasSuffix(r.Message, c.Note) {
			continue // an error, which the message tells in full
		}
		if c.decisive() {
			t.check(2, c)
		}
	}
	for _, c := range r.Changes {
		t.change(c)
	}
	told := slices.ContainsFunc(r.Checks, func(c Check) bool { return c.Note == r.Message })
	if !told && (r.Outcome == Errs || r.Outcome == Skipped || r.Effect == Reports) {
		t.message(r.Message)
	}
	if from := r.EffectFrom; from != nil {
		t.line(2, "%s because %s is %s%s%s", effects[r.Effect], from.Path, from.Value, in(from.At), prefixed(": ", from.Note))
	}
}

// decisive says whether a check speaks against the resource, or lets it be in spite of another one.
func (c Check) decisive() bool { return c.Against() || c.Phase == engine.PhaseAction && c.OK }

// effects are the effects as the reason for them is told.
var effects = map[Effect]string{Blocks: "blocks", Reports: "only reported"}

func (t *text) message(message string) {
	for line := range strings.Lines(message) {
		t.line(2, "says: %s", strings.TrimSuffix(line, "\n"))
	}
}

// because writes why a rule is considered or not.
func (t *text) because(r Rule, c Check) {
	clause := strings.TrimPrefix(c.Clause, r.Path+".")
	switch {
	case c.Phase == engine.PhaseMatch && c.OK:
		t.line(2, "%s holds for %s%s", clause, c.Found, in(c.At))
	case c.Phase == engine.PhaseExclude:
		t.line(2, "excluded: %s holds for %s%s", clause, c.Found, in(c.At))
	case c.Phase == engine.PhaseException:
		t.line(2, "exempt: %s applies to %s", c.Clause, c.Found)
	case c.Phase == engine.PhasePrecondition && c.OK:
		t.line(2, "%s holds: %s is %s, %s%s", clause, c.Field, orNothing(c.Found), c.Allowed, in(c.At))
	case c.Phase == engine.PhasePrecondition && c.Field != "":
		t.line(2, "%s does not hold: %s is %s, not %s%s", clause, c.Field, orNothing(c.Found), c.Allowed, in(c.At))
	case c.Allowed != "":
		t.line(2, "%s%s: %s is %s, wanted %s", clause, in(c.At), subject(c), orNothing(c.Found), c.Allowed)
	default:
		t.line(2, "%s%s%s", clause, in(c.At), prefixed(": ", c.Note))
	}
}

// subject names what a clause of match looks at.
func subject(c Check) string {
	clause := c.Clause[strings.LastIndex(c.Clause, ".")+1:]
	switch {
	case c.Field != "":
		return c.Field
	case clause == "namespaceSelector":
		return "the label set of the namespace"
	case clause == "operations":
		return "the operation"
	}
	return "who asks"
}

// check writes what was found at a field and what is allowed.
func (t *text) check(depth int, c Check) {
	if c.Field != "" {
		t.line(depth, "%s%s", c.Field, in(c.FieldAt))
		depth++
	}
	switch {
	case c.Phase == engine.PhaseDeny && c.Allowed != "":
		t.line(depth, "found %s: the condition to deny holds, %s%s", orNothing(c.Found), c.condition(), at(c.Clause, c.At))
	case c.Control != nil:
		t.control(depth, c)
	case c.Phase == engine.PhaseCEL && c.Allowed != "":
		t.line(depth, "does not hold: %s%s", c.Allowed, at(c.Clause, c.At))
	case c.Allowed != "":
		t.line(depth, "found %s, wanted %s%s", orNothing(c.Found), c.Allowed, at(c.Clause, c.At))
	default:
		t.line(depth, "%s%s", orElse(c.Note, c.Clause), at(c.Clause, c.At))
	}
}

// condition is what the found value is compared with.
func (c Check) condition() string {
	if c.Reversed {
		return c.Allowed + " it"
	}
	return c.Allowed
}

// control writes a check of the Pod Security Standards.
func (t *text) control(depth int, c Check) {
	if c.Field == "" {
		t.line(depth, "%s", c.Note)
		depth++
	} else {
		t.line(depth, "found %s, %s", orNothing(c.Found), c.Control.allowed())
	}
	t.line(depth, "control %q, level %s, since %s%s", c.Control.Name, c.Control.Level, c.Control.Version, at(c.Clause, c.At))
}

// allowed says which values the standard allows.
func (c *Control) allowed() string {
	if len(c.Values) == 0 {
		return "which is forbidden"
	}
	values := make([]string, len(c.Values))
	for i, v := range c.Values {
		values[i] = orElse(encode(v), "absent")
	}
	return "allowed " + strings.Join(values, ", ")
}

func (t *text) change(c Change) {
	switch {
	case c.Old == "":
		t.line(2, "+ %s: %s%s", c.Field, c.New, in(c.At))
	case c.New == "":
		t.line(2, "- %s: %s%s", c.Field, c.Old, in(c.At))
	default:
		t.line(2, "~ %s: %s, was %s%s", c.Field, c.New, c.Old, in(c.At))
	}
}

func orNothing(found string) string {
	if found == "null" {
		found = ""
	}
	return orElse(found, "nothing")
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
