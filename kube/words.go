package kube

import "sync"

// words keeps texts that many objects have in common (namespaces, policies, messages) once. The zero words is empty.
type words struct {
	mu    sync.Mutex
	known map[string]string
}

// maxWords is how many texts are remembered; with more, it begins anew.
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

// share has a workload or report hold the texts that others hold too.
func (w *words) share(says any) any {
	switch says := says.(type) {
	case workload:
		says.Kind, says.Namespace, says.Status = w.same(says.Kind), w.same(says.Namespace), w.same(says.Status)
		for i, image := range says.Images {
			says.Images[i] = w.same(image)
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
	own := r.Properties
	r.Properties = make(map[string]string, len(own))
	for name, value := range own {
		r.Properties[w.same(name)] = w.same(value)
	}
}
