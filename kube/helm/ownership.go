package helm

import (
	"context"
	"fmt"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// present finds the release's objects that the cluster has already and returns their resource versions. An object that
// does not belong to the release is an error: Helm does not take over what somebody else made.
func (c *cluster) present(ctx context.Context, objects []*unstructured.Unstructured) (map[string]string, error) {
	var lock sync.Mutex
	versions := map[string]string{}
	err := each(ctx, objects, func(ctx context.Context, object *unstructured.Unstructured) error {
		have, err := c.get(ctx, object)
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("could not get information about the resource %s: %w", describe(object), err)
		}
		if err := checkOwner(have); err != nil {
			return fmt.Errorf("%s exists and cannot be imported into the current release: %w", describe(object), err)
		}
		lock.Lock()
		defer lock.Unlock()
		versions[id(object)] = have.GetResourceVersion()
		return nil
	})
	return versions, err
}

// checkOwner says what is missing for an object to be the release's, in Helm's words.
func checkOwner(object *unstructured.Unstructured) error {
	var wrong []string
	for _, key := range []struct{ what, name, want, got string }{
		{"label", managedBy, "Helm", object.GetLabels()[managedBy]},
		{"annotation", releaseNameKey, releaseName, object.GetAnnotations()[releaseNameKey]},
		{"annotation", releaseSpaceKey, releaseName, object.GetAnnotations()[releaseSpaceKey]},
	} {
		switch key.got {
		case key.want:
		case "":
			wrong = append(wrong, fmt.Sprintf("%s validation error: missing key %q: must be set to %q", key.what, key.name, key.want))
		default:
			wrong = append(wrong, fmt.Sprintf("%s validation error: key %q must equal %q: current value is %q", key.what, key.name, key.want, key.got))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("invalid ownership metadata; %s", strings.Join(wrong, "; "))
}

func describe(object *unstructured.Unstructured) string {
	return fmt.Sprintf("%s %q in namespace %q", object.GetKind(), object.GetName(), object.GetNamespace())
}
