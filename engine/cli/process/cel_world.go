package process

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/celpolicy"
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
)

// NewWorld is what expressions find: objects, under the resources that their kinds are usually called.
func NewWorld(objects []*unstructured.Unstructured) *celpolicy.World {
	world := &celpolicy.World{}
	for _, object := range objects {
		plural, _ := meta.UnsafeGuessKindToResource(object.GroupVersionKind())
		world.Resources = append(world.Resources, celpolicy.Resource{Plural: plural, Object: object})
	}
	return world
}

// ReadWorld reads what expressions find from a context file.
func ReadWorld(source *files.Source, name string) (*celpolicy.World, error) {
	data, err := source.Read(name)
	if err != nil {
		return nil, err
	}
	context, err := manifest.ParseContext(data)
	if err != nil {
		return nil, fmt.Errorf("context file %s: %w", name, err)
	}
	world := NewWorld(context.Spec.Resources)
	world.Images = context.Images()
	return world, nil
}
