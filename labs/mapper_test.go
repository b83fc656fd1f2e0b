package labs

import (
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

type watchInterface = watch.Interface

// lateMapper serves the kinds of Kyverno only from its nth question on, as a cluster does while Kyverno is installed.
type lateMapper struct {
	meta.ResettableRESTMapper
	all  meta.ResettableRESTMapper
	mu   sync.Mutex
	seen int
	from int
}

// RESTMapping counts the questions for Kyverno's kinds.
func (m *lateMapper) RESTMapping(kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if kind.Group != "kyverno.io" {
		return m.all.RESTMapping(kind, versions...)
	}
	m.seen++
	if m.seen < m.from {
		return nil, &meta.NoKindMatchError{GroupKind: kind, SearchedVersions: versions}
	}
	return m.all.RESTMapping(kind, versions...)
}
