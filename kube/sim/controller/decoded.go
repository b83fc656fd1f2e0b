package controller

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// decoded keeps the typed form of objects that are read far more often than they change. What it returns is shared and
// must not be changed.
type decoded[T any] map[types.UID]decodedObject[T]

type decodedObject[T any] struct {
	version string
	object  *T
}

// read returns the typed form of a stored object.
func (d decoded[T]) read(stored *unstructured.Unstructured) (*T, error) {
	uid, version := stored.GetUID(), stored.GetResourceVersion()
	if have, ok := d[uid]; ok && have.version == version {
		return have.object, nil
	}
	object, err := decode[T](stored)
	if err != nil {
		return nil, err
	}
	d[uid] = decodedObject[T]{version, object}
	return object, nil
}
