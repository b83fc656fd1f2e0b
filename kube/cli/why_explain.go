package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"podsec/engine/document"
	"podsec/engine/fix"
	whys "podsec/engine/why"
)

// whyReport is what is said of one resource.
type whyReport struct {
	*whys.Explanation
	Fix *fix.Fix `json:"fix,omitempty"`
}

// explain explains every resource, and looks for fixes if asked to.
func (s *subjects) explain(ctx context.Context, fixing bool) ([]whyReport, error) {
	explainer, err := whys.New(s.options)
	if err != nil {
		return nil, err
	}
	reports := make([]whyReport, 0, len(s.resources))
	for _, d := range s.resources {
		namespace := d.Object.GetNamespace()
		request := s.request
		request.Namespace, request.KnowsNamespace = s.known(namespace)
		judge := func(ctx context.Context, d *document.Document) *whys.Explanation {
			s.namespaced(d, namespace) // an edited text says as little of it as the original
			return explainer.Explain(ctx, d, request)
		}
		r := whyReport{Explanation: explainer.Explain(ctx, d, request)}
		if fixing {
			if r.Fix, err = fix.Find(ctx, judge, d); err != nil {
				return nil, err
			}
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// known are the labels of a namespace, and whether they are known.
func (s *subjects) known(namespace string) (map[string]string, bool) {
	labels, ok := s.namespaces[namespace]
	return labels, ok
}

// print writes the reports in the form that was asked for.
func (o *whyOptions) print(out io.Writer, reports []whyReport) error {
	var text strings.Builder
	switch o.output {
	case "json":
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(map[string]any{"resources": reports}); err != nil {
			return fmt.Errorf("write the explanation: %w", err)
		}
	case "patch":
		for _, r := range reports {
			patch, err := r.Fix.PatchJSON()
			if err != nil {
				return err
			}
			fmt.Fprintln(&text, patch)
		}
	case "yaml":
		if err := printEdited(&text, reports); err != nil {
			return err
		}
	default:
		if err := o.printText(&text, reports); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// printEdited writes all resources after their fixes.
func printEdited(out io.Writer, reports []whyReport) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(out, "---")
		}
		if _, err := io.WriteString(out, r.Fix.YAML); err != nil {
			return err
		}
	}
	return nil
}

// printText writes explanations and fixes for people.
func (o *whyOptions) printText(out io.Writer, reports []whyReport) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := r.WriteText(out); err != nil {
			return err
		}
		if r.Fix == nil {
			continue
		}
		fmt.Fprintln(out)
		if err := r.Fix.WriteText(out); err != nil {
			return err
		}
		if err := r.howTo(out); err != nil {
			return err
		}
	}
	return nil
}

// howTo writes the edited text of a file, and for an object of the cluster the command that changes it.
func (r whyReport) howTo(out io.Writer) error {
	if len(r.Fix.Patch) == 0 {
		return nil
	}
	kind, name := strings.ToLower(r.Object.GetKind()), r.Object.GetName()
	namespace := ""
	if r.Object.GetNamespace() != "" {
		namespace = " -n " + r.Object.GetNamespace()
	}
	switch {
	case r.At.File != "":
		fmt.Fprintf(out, "  Edited:\n%s", indented(r.Fix.YAML))
	case kind == "pod":
		fmt.Fprintf(out, "  A pod's spec cannot be changed, only replaced:\n    podsec why pod/%s%s --fix -o yaml | kubectl replace --force -f -\n", name, namespace)
	default:
		patch, err := r.Fix.PatchJSON()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  To change it:\n    kubectl patch %s %s%s --type=json -p '%s'\n", kind, name, namespace, strings.ReplaceAll(patch, "'", `'\''`))
	}
	return nil
}

func indented(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			out.WriteString("    ")
		}
		out.WriteString(line)
	}
	return out.String()
}
