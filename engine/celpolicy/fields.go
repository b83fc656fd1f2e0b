package celpolicy

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
)

// Types returns what knows the fields of a kind; nil when nothing does, and configurations of it cannot be applied.
type Types func(schema.GroupVersionKind) managedfields.TypeConverter

// Shown is, for kinds that known does not know, what objects show of themselves: their lists are replaced as a whole.
func Shown(known Types) Types {
	return func(kind schema.GroupVersionKind) managedfields.TypeConverter {
		if known != nil {
			if converter := known(kind); converter != nil {
				return converter
			}
		}
		return managedfields.NewDeducedTypeConverter()
	}
}
