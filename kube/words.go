package kube

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// words keeps texts that many objects have in common (namespaces, policies, messages) once, and properties that results
// have in common. The zero words is empty.
type words struct {
	mu    sync.Mutex
	known map[string]string
	alike map[string]map[string]string // properties, by what they are
}

// maxWords is how many texts are remembered, and how many properties; with more, it begins anew.
const maxWords = 4096

// same returns the text as it was met first.
func (w *words) same(s string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, ok := w.known[s]; ok {
		return known
	}
	if w.known == nil || len(w.known) >= maxWords {
		w.known = map[string]string{}
	}
	w.known[s] = s
	return s
}

// share has a workload, report or event hold the texts that others hold too.
func (w *words) share(says any) any {
	switch says := says.(type) {
	case workload:
		says.Kind, says.Namespace, says.Status = w.same(says.Kind), w.same(says.Namespace), w.same(says.Status)
		for i, image := range says.Images {
			says.Images[i] = w.same(image)
		}
		return says
	case Event:
		for _, field := range []*string{&says.Type, &says.Reason, &says.Object, &says.Namespace} {
			*field = w.same(*field)
		}
		return says
	case Report:
		says.Kind, says.Namespace = w.same(says.Kind), w.same(says.Namespace)
		for i := range says.Results {
			w.shareResult(&says.Results[i])
		}
		return says
	}
	return says
}

func (w *words) shareResult(r *ReportResult) {
	for _, field := range []*string{&r.Policy, &r.Rule, &r.Result, &r.Message, &r.Severity} {
		*field = w.same(*field)
	}
	r.Properties = w.sameProperties(r.Properties)
}

// sameProperties returns the properties as they were met first.
func (w *words) sameProperties(own map[string]string) map[string]string {
	var identity strings.Builder
	for _, name := range slices.Sorted(maps.Keys(own)) {
		fmt.Fprintf(&identity, "%q%q", name, own[name])
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, ok := w.alike[identity.String()]; ok {
		return known
	}
	if w.alike == nil || len(w.alike) >= maxWords {
		w.alike = map[string]map[string]string{}
	}
	w.alike[identity.String()] = own
	return own
}
