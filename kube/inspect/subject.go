package inspect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine/document"
)

// subject is an object to explain.
type subject struct {
	document *document.Document
	stored   bool               // it is in the cluster
	applied  *document.Document // what was applied to make it, nil when that is not known
	made     bool               // the command made it, though it is in the cluster by now
	answered bool               // the command printed what became of it
	outcome  outcome            // what the command printed became of it
}

// appliedAnnotation holds an object as kubectl applied it.
const appliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration"

// subjects are the objects that a question is about.
func (c *Cluster) subjects(ctx context.Context, q Question) ([]subject, error) {
	if q.Command != "" {
		sent, err := c.sent(ctx, q)
		for i := range sent {
			object := sent[i].document.Object
			sent[i].made, sent[i].answered = didTo(object, "created", q.Printed), answered(object, q.Printed)
			sent[i].outcome = outcomeOf(sent, i, q.Printed)
		}
		return sent, err
	}
	object, err := c.get(ctx, q.Ref)
	if err != nil {
		return nil, err
	}
	applied := object.GetAnnotations()[appliedAnnotation]
	asSubmitted(object)
	s := subject{stored: true}
	if s.document, err = written(object); err != nil {
		return nil, err
	}
	s.applied = submitted(applied, object.GetNamespace())
	return []subject{s}, nil
}

// didTo reports whether kubectl printed that it did something to an object: "deployment.apps/web restarted".
func didTo(o *unstructured.Unstructured, done, printed string) bool {
	return slices.Contains(strings.Split(printed, "\n"), printedName(o)+" "+done)
}

// answered reports whether kubectl printed anything that it did to an object, or with -o name the object alone.
func answered(o *unstructured.Unstructured, printed string) bool {
	return slices.ContainsFunc(strings.Split(printed, "\n"), func(line string) bool {
		name, _, _ := strings.Cut(line, " ")
		return name == printedName(o)
	})
}

// printedName is how kubectl names an object in what it prints of it: "deployment.apps/web".
func printedName(o *unstructured.Unstructured) string {
	return strings.ToLower(o.GroupVersionKind().GroupKind().String()) + "/" + o.GetName()
}

// submitted is what the annotation of kubectl apply holds; nil when it holds nothing that can be read.
func submitted(annotation, namespace string) *document.Document {
	object := &unstructured.Unstructured{}
	if annotation == "" || object.UnmarshalJSON([]byte(annotation)) != nil {
		return nil
	}
	asSubmitted(object)
	d, err := written(object)
	if err != nil {
		return nil
	}
	return namespaced(d, namespace)
}

// written is a document with the text of an object.
func written(object *unstructured.Unstructured) (*document.Document, error) {
	text, err := manifest(object.Object)
	if err != nil {
		return nil, err
	}
	documents, err := document.Parse("", []byte(text))
	if err != nil || len(documents) != 1 {
		return nil, fmt.Errorf("read %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return documents[0], nil
}

// source is the subject's text, with its comments if it came from a file.
func (s subject) source(ref Ref) Source {
	name := ref.Kind + " " + ref.String()
	text, err := s.document.Edited(nil)
	if err != nil {
		return source(name, s.document.Object)
	}
	return NewSource(name, text)
}

// placed puts the objects of a command where kubectl would put them. The error is a kind that the cluster does not know.
func (c *Cluster) placed(documents []*document.Document, namespace string) ([]subject, error) {
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	var out []subject
	for _, d := range documents {
		mapping, err := c.serving(d.Object.GroupVersionKind())
		if meta.IsNoMatchError(err) {
			return nil, fmt.Errorf("the cluster does not know the kind %s: kubectl did not send it", d.Object.GetKind())
		}
		if err != nil || mapping.Scope.Name() == meta.RESTScopeNameNamespace {
			d = namespaced(d, namespace)
		}
		out = append(out, subject{document: d})
	}
	return out, nil
}

// serving finds the resource of a kind, which may have come since the cluster was asked last.
func (c *Cluster) serving(kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		c.forget()
		return c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	return mapping, err
}
