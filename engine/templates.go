package engine

import "sync"

// templates remembers which variables are in the texts of policies, which are looked at again for every request. It is
// safe for concurrent use.
type templates struct {
	mutex sync.RWMutex
	found map[string][]placeholder
}

// placeholder is a variable in a text, with the character before it, which shows that it is not escaped.
type placeholder struct{ prefix, text string }

// How many texts are remembered, before it starts anew, and how long they may be: texts of requests pass through too.
const (
	maxTemplates = 1000
	maxTemplate  = 1000
)

// variables returns the innermost variables of a text, braces included; callers must not change the list.
func (t *templates) variables(text string) []placeholder {
	if len(text) > maxTemplate {
		return findVariables(text)
	}
	t.mutex.RLock()
	found, ok := t.found[text]
	t.mutex.RUnlock()
	if ok {
		return found
	}
	found = findVariables(text)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.found == nil || len(t.found) >= maxTemplates {
		t.found = map[string][]placeholder{}
	}
	t.found[text] = found
	return found
}

func findVariables(text string) []placeholder {
	var found []placeholder
	for _, match := range variableRE.FindAllString(text, -1) {
		if leadingVariableRE.MatchString(match) {
			found = append(found, placeholder{"", match})
		} else {
			found = append(found, placeholder{match[:1], match[1:]})
		}
	}
	return found
}
