package why

import (
	"fmt"

	"podsec/engine"
	"podsec/engine/why"
	"podsec/tui/style"
)

// checkText says what was found and what is wanted.
func checkText(c why.Check) string {
	field := c.Field
	if field != "" {
		field += ": "
	}
	switch {
	case c.Phase == engine.PhaseDeny && c.Allowed != "":
		return field + found(c) + ", and the condition to deny holds: " + c.Allowed
	case c.Control != nil && c.Field == "":
		return c.Note
	case c.Control != nil:
		return field + found(c) + " (" + c.Control.Name + ")"
	case c.Phase == engine.PhaseCEL && c.Allowed != "":
		return "does not hold: " + c.Allowed
	case c.Allowed != "":
		return field + found(c) + ", wanted " + c.Allowed
	}
	return field + c.Note
}

// controlText says which control of the Pod Security Standards a check is of.
func controlText(c why.Check) []string {
	if c.Control == nil {
		return nil
	}
	out := fmt.Sprintf("Control %q of the level %s", c.Control.Name, c.Control.Level)
	if c.Control.Version != "" {
		out += ", since " + c.Control.Version
	}
	if c.Allowed != "" {
		out += "; allowed: " + c.Allowed
	}
	return []string{out + "."}
}

func changeText(c why.Change) string {
	switch {
	case c.Old == "":
		return style.Added + " " + c.Field + ": " + c.New
	case c.New == "":
		return style.Removed + " " + c.Field
	}
	return style.Changed + " " + c.Field + ": " + c.Old + " → " + c.New
}

// found is the value of the resource that was judged.
func found(c why.Check) string {
	if c.Found == "" || c.Found == "null" {
		return "not set"
	}
	return c.Found
}
