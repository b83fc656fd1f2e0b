package fix

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"podsec/engine/document"
)

// WriteText writes the fix for people: what changes and for which rule, what is left to decide, and the patch.
func (f *Fix) WriteText(out io.Writer) error {
	var b strings.Builder
	b.WriteString(f.title() + "\n")
	for _, c := range f.Changes {
		fmt.Fprintf(&b, "  %s\n    for %s\n", c, strings.Join(c.For, ", "))
		for _, note := range []string{c.Choose, c.Caution} {
			if note != "" {
				fmt.Fprintf(&b, "    but %s\n", note)
			}
		}
	}
	for _, r := range f.Remains {
		fmt.Fprintf(&b, "  %s still fails\n", r.Rule)
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "    %s\n", reason)
		}
	}
	if len(f.Patch) > 0 && f.After.At.File != "" {
		patch, err := f.PatchJSON()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "  JSON patch:\n    %s\n", patch)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (f *Fix) title() string {
	switch {
	case f.Proven && len(f.Changes) == 0:
		return "Fix: nothing to change, every rule passes"
	case f.Proven:
		return "Fix: judged again with these changes, every rule passes"
	case len(f.Changes) == 0:
		return "Fix: no change is known that helps"
	}
	return "Fix: these changes help, but not every rule passes with them"
}

// PatchJSON is the JSON patch as kubectl patch --type=json takes it.
func (f *Fix) PatchJSON() (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(append([]document.Operation{}, f.Patch...)); err != nil {
		return "", fmt.Errorf("encode patch: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}

// String says what is done to the field.
func (c Change) String() string {
	if c.Removed {
		return "remove " + c.Field
	}
	value, err := json.Marshal(c.Value)
	if err != nil {
		return "set " + c.Field
	}
	return fmt.Sprintf("set %s: %s", c.Field, value)
}
