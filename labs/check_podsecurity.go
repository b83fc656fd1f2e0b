package labs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// forbiddenCheck wants Pod Security Admission to have refused the command's request.
type forbiddenCheck struct {
	onAnswer
	Level    string   `lab:"level,required"`
	Controls []string `lab:"controls"` // the reasons that must be named
}

func (c *forbiddenCheck) validate(s *strict, n *yaml.Node) { checkLevel(s, n, c.Level) }

// checkLevel notes a level that forbids nothing or does not exist.
func checkLevel(s *strict, n *yaml.Node, level string) {
	if level != "baseline" && level != "restricted" {
		s.note(n, "write baseline or restricted", "the level %q forbids nothing", level)
	}
}

// Title says what is checked.
func (c *forbiddenCheck) Title() string {
	return fmt.Sprintf("the namespace's level %s forbids it%s", c.Level, because(c.Controls))
}

// Judge looks for the level and reasons in the refusals of the answer.
func (c *forbiddenCheck) Judge(_ context.Context, e Evidence) (string, error) {
	if !e.Answer.Ran {
		return notRun, nil
	}
	missing, found := named(e.Answer.Refusals, c.Level, c.Controls)
	switch {
	case !found:
		return instead(e.Answer), nil
	case len(missing) > 0:
		return "it was refused, but not for " + strings.Join(missing, ", "), nil
	}
	return "", nil
}

// warnedCheck wants a warning in the command's answer: of what violates a Pod Security level, or one with a text. With
// is: false it wants none of that kind.
type warnedCheck struct {
	onAnswer
	Level    string   `lab:"level"`
	Controls []string `lab:"controls"`
	Contains string   `lab:"contains"`
	Is       *bool    `lab:"is"`
}

func (c *warnedCheck) want() bool { return c.Is == nil || *c.Is }

func (c *warnedCheck) validate(s *strict, n *yaml.Node) {
	switch {
	case (c.Level == "") == (c.Contains == ""):
		s.note(n, "", "warned needs either level or contains")
	case c.Level != "":
		checkLevel(s, n, c.Level)
	case len(c.Controls) > 0:
		s.note(n, "add level: restricted", "controls go with a level")
	}
	if !c.want() && len(c.Controls) > 0 {
		s.note(n, "leave out controls", "with is: false no warning is wanted, whatever it names")
	}
}

// Title says what is checked.
func (c *warnedCheck) Title() string {
	switch {
	case c.Contains != "" && !c.want():
		return "no warning says: " + c.Contains
	case c.Contains != "":
		return "a warning says: " + c.Contains
	case !c.want():
		return "no warning names what would violate " + c.Level
	}
	return fmt.Sprintf("a warning names what would violate %s%s", c.Level, because(c.Controls))
}

// Judge looks at the warnings of the answer.
func (c *warnedCheck) Judge(_ context.Context, e Evidence) (string, error) {
	switch {
	case !e.Answer.Ran:
		return notRun, nil
	case !c.want():
		return c.unwanted(e.Answer), nil
	case len(e.Answer.Warnings) == 0:
		return "there was no warning", nil
	case c.Contains != "":
		if slices.ContainsFunc(e.Answer.Warnings, func(w string) bool { return strings.Contains(w, c.Contains) }) {
			return "", nil
		}
		return "the warnings say something else", nil
	}
	missing, found := named(e.Answer.Violations(), c.Level, c.Controls)
	switch {
	case !found:
		return "no warning is about the level " + c.Level, nil
	case len(missing) > 0:
		return "the warning does not name " + strings.Join(missing, ", "), nil
	}
	return "", nil
}

// unwanted names the warning that there should not be, "" for none.
func (c *warnedCheck) unwanted(a Answer) string {
	for _, v := range a.Violations() {
		if v.Level == c.Level {
			return "the warning names " + strings.Join(v.Reasons, ", ")
		}
	}
	if c.Contains != "" && slices.ContainsFunc(a.Warnings, func(w string) bool { return strings.Contains(w, c.Contains) }) {
		return "there was such a warning"
	}
	return ""
}

// named looks for a verdict on the level that names all controls; otherwise it gives the fewest missing ones.
func named(verdicts []PodSecurity, level string, controls []string) (missing []string, found bool) {
	for _, v := range verdicts {
		if v.Level != level {
			continue
		}
		var without []string
		for _, control := range controls {
			if !slices.Contains(v.Reasons, control) {
				without = append(without, control)
			}
		}
		if !found || len(without) < len(missing) {
			missing = without
		}
		found = true
	}
	return missing, found
}

func because(controls []string) string {
	if len(controls) == 0 {
		return ""
	}
	return " because of " + strings.Join(controls, ", ")
}
