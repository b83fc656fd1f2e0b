package store

import "k8s.io/apimachinery/pkg/labels"

// labelSets keeps labels that many items have in common once. The zero labelSets is empty.
type labelSets struct{ known map[string]labels.Set }

// maxLabelSets is how many are remembered; with more, it begins anew.
const maxLabelSets = 1024

// share gives a new item the labels that others hold.
func (l *labelSets) share(item *Item) *Item {
	if len(item.Labels) == 0 {
		return item
	}
	text := item.Labels.String()
	if known, ok := l.known[text]; ok {
		item.Labels = known
		return item
	}
	if l.known == nil || len(l.known) >= maxLabelSets {
		l.known = map[string]labels.Set{}
	}
	l.known[text] = item.Labels
	return item
}
