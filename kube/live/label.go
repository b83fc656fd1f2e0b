package live

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Label marks what the workshop made. Its value is Mark.
const (
	Label = "podsec.dev/workshop"
	Mark  = "made"
)

// marked reports whether labels are those of an object that the workshop made.
func marked(labels map[string]string) bool { return labels[Label] == Mark }

// mark adds the label to an object as JSON decodes it.
func mark(object map[string]any) error {
	return unstructured.SetNestedField(object, Mark, "metadata", "labels", Label)
}
