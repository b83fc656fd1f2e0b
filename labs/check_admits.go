package labs

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"podsec/kube"
)

// trial asks the cluster to create what is in a file of the lab, without keeping it.
type trial struct {
	File      file   `lab:"file,required"`
	Namespace string `lab:"namespace"` // takes the place of the objects' own
}

// admitsCheck wants the cluster to let in what is in a file.
type admitsCheck trial

func (c *admitsCheck) validate(s *strict, _ *yaml.Node) { c.File.mustExist(s) }

func (c *admitsCheck) trial() trial { return trial(*c) }

// Title says what is checked.
func (c *admitsCheck) Title() string { return c.trial().String() + " would be let in" }

// Judge tries until the file is let in.
func (c *admitsCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	return c.trial().until(ctx, e, func(refused []error) string {
		for _, err := range refused {
			if err != nil {
				return "it is refused: " + summary(err)
			}
		}
		return ""
	})
}

// deniesCheck wants the cluster to refuse what is in a file, because of a policy or a Pod Security level. Of several
// objects, one that is refused so is enough.
type deniesCheck struct {
	File      file   `lab:"file,required"`
	Namespace string `lab:"namespace"`
	Policy    string `lab:"policy"`
	Rule      string `lab:"rule"`
	Level     string `lab:"level"`
}

func (c *deniesCheck) validate(s *strict, n *yaml.Node) {
	c.File.mustExist(s)
	switch {
	case (c.Policy == "") == (c.Level == ""):
		s.note(n, "", "denies needs either policy or level")
	case c.Level != "":
		checkLevel(s, n, c.Level)
	}
	if c.Rule != "" && c.Policy == "" {
		s.note(n, "add policy:", "a rule goes with a policy")
	}
}

func (c *deniesCheck) trial() trial { return trial{File: c.File, Namespace: c.Namespace} }

// Title says what is checked.
func (c *deniesCheck) Title() string {
	by := "the level " + c.Level
	if c.Policy != "" {
		by = policyAndRule(c.Policy, c.Rule)
	}
	return c.trial().String() + " would be refused by " + by
}

// Judge tries until the file is refused as wanted.
func (c *deniesCheck) Judge(ctx context.Context, e Evidence) (string, error) {
	return c.trial().until(ctx, e, func(refused []error) string {
		missing := "it would be let in"
		for _, err := range refused {
			if err == nil {
				continue
			}
			answer := ParseAnswer(1, err.Error())
			if c.matches(answer) {
				return ""
			}
			if missing = instead(answer); len(answer.Denials)+len(answer.Refusals) == 0 {
				missing = "it is refused, but not by a policy: " + summary(err)
			}
		}
		return missing
	})
}

func (c *deniesCheck) matches(a Answer) bool {
	if c.Level != "" {
		_, found := named(a.Refusals, c.Level, nil)
		return found
	}
	denied := deniedCheck{Policy: c.Policy, Rule: c.Rule}
	for _, d := range a.Denials {
		if denied.matches(d) {
			return true
		}
	}
	return false
}

// String names what is tried: "good.yaml in dev".
func (t trial) String() string {
	if t.Namespace == "" {
		return t.File.name
	}
	return t.File.name + " in " + t.Namespace
}

// longestPause is what the pause between tries grows to: Kyverno tells of each that is refused in an Event, which stands
// in what `kubectl get events` prints.
const longestPause = time.Second

// until tries the file now and then again and again, ever less often, until judge gives "" for the cluster's refusals, one
// for each object of the file and nil for those that were let in.
func (t trial) until(ctx context.Context, e Evidence, judge func(refused []error) string) (string, error) {
	text, err := fs.ReadFile(e.Files, t.File.name)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path.Base(t.File.name), err)
	}
	objects, err := kube.Decode(text)
	if err != nil {
		return fmt.Sprintf("%s: %v", t.File.name, err), nil
	}
	var same answers
	for wait := pause; ; wait = min(2*wait, longestPause) {
		refused, err := t.all(ctx, e.View, objects)
		missing := ""
		if err == nil {
			if missing = judge(refused); missing == "" {
				return "", nil
			}
		}
		if e.View.once || err == nil && same.final(e, missing) {
			return orError(missing, err)
		}
		select {
		case <-ctx.Done():
			return orError(missing, err)
		case <-time.After(wait):
		}
	}
}

// all tries each object. The error is one that says nothing about the object.
func (t trial) all(ctx context.Context, v *View, objects []*unstructured.Unstructured) ([]error, error) {
	refused := make([]error, len(objects))
	for i, object := range objects {
		object = object.DeepCopy()
		if t.Namespace != "" {
			object.SetNamespace(t.Namespace)
		}
		err := v.try(ctx, object)
		switch {
		case err == nil || apierrors.IsAlreadyExists(err): // admission comes before the name is looked for
		case apierrors.ReasonForError(err) == metav1.StatusReasonUnknown && !strings.Contains(err.Error(), "denied the request"):
			return nil, fmt.Errorf("try %s %s: %w", object.GetKind(), object.GetName(), err)
		default:
			refused[i] = err
		}
	}
	return refused, nil
}

// try has the cluster create an object without keeping it.
func (v *View) try(ctx context.Context, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	resource, namespaced, err := v.client(kind)
	if err != nil {
		return err
	}
	options := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: kube.FieldManager}
	begun, to := time.Now(), dynamic.ResourceInterface(resource)
	if namespaced {
		object.SetNamespace(orWord(object.GetNamespace(), metav1.NamespaceDefault))
		to = resource.Namespace(object.GetNamespace())
	}
	_, err = to.Create(ctx, object, options)
	v.tries.note(object, err, begun)
	return err
}

// summary is the gist of a refusal: its first lines, without empty ones.
func summary(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[:min(len(lines), 4)], " ")
}
