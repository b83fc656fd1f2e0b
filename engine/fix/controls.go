package fix

import (
	"slices"
	"strconv"
	"strings"

	"podsec/engine/why"
)

// What is done about a field that a control forbids.
const (
	useDefault = iota // an allowed value of the same type, else remove the field
	removeField
	removeElement // the list element that the field is in
	emptyVolume   // another kind of volume
	names         // remove the forbidden names from a list
)

// remedies are the controls whose fields need another remedy than useDefault.
var remedies = map[string]int{
	"hostPorts":               removeField,
	"appArmorProfile":         removeField,
	"seLinuxOptions":          removeField,
	"runAsUser":               removeField,
	"sysctls":                 removeElement,
	"hostPathVolumes":         emptyVolume,
	"restrictedVolumes":       emptyVolume,
	"capabilities_baseline":   names,
	"capabilities_restricted": names,
}

// podWide are controls that the pod can meet for all its containers at once.
var podWide = map[string]bool{"runAsNonRoot": true, "seccompProfile_restricted": true}

// ofControl returns the candidates for a field that a control of the Pod Security Standards objects to.
func ofControl(object map[string]any, kind string, c why.Check) []candidate {
	if c.Field == "" {
		return ofHosts(object, c)
	}
	path := parsePath(fieldOf(kind, c.Field))
	var out []candidate
	if podWide[c.Control.ID] {
		out = append(out, atPod(path, c.Control)...)
	}
	return append(out, one(remedy(object, path, c.Control)))
}

// fieldOf undoes a quirk of Kyverno's paths: the annotations of a pod are said to be in spec.template, whatever the
// kind.
func fieldOf(kind, field string) string {
	rest, ok := strings.CutPrefix(field, "spec.template.metadata.")
	switch {
	case ok && kind == "Pod":
		return "metadata." + rest
	case ok && kind == "CronJob":
		return "spec.jobTemplate.spec.template.metadata." + rest
	}
	return field
}

// atPod sets the field of the pod instead of the container's.
func atPod(path []string, control *why.Control) []candidate {
	i := slices.IndexFunc(path, func(part string) bool { return strings.HasSuffix(strings.ToLower(part), "containers") })
	if i < 0 || len(control.Values) == 0 || control.Found != nil {
		return nil
	}
	podPath := append(slices.Clone(path[:i]), path[i+2:]...)
	return []candidate{one(set(podPath, control.Values[0]))}
}

// remedy is the smallest change of one field.
func remedy(object map[string]any, path []string, control *why.Control) edit {
	switch remedies[control.ID] {
	case removeField:
		return unset(path)
	case removeElement:
		return unset(path[:len(path)-1])
	case emptyVolume:
		return emptied(object, path)
	case names:
		return withoutNames(object, path, control)
	}
	for _, value := range control.Values {
		if value != nil && value != "" && (control.Found == nil || sameType(value, control.Found)) {
			return set(path, plain(value))
		}
	}
	return unset(path)
}

func sameType(a, b any) bool {
	switch a.(type) {
	case bool:
		_, ok := b.(bool)
		return ok
	case string:
		_, ok := b.(string)
		return ok
	}
	return false
}

// plain turns the standard's values into those of JSON.
func plain(value any) any {
	if n, ok := value.(int); ok {
		return int64(n)
	}
	return value
}

// emptied turns a volume into an empty one, which keeps the mounts valid.
func emptied(object map[string]any, path []string) edit {
	volume := path[:len(path)-1]
	name, _ := get(object, append(slices.Clone(volume), "name"))
	e := set(volume, map[string]any{"name": name, "emptyDir": map[string]any{}})
	e.caution = "the volume starts empty: what it brought into the pod so far is gone"
	return e
}

// withoutNames takes the forbidden capabilities out of add, or drops them all.
func withoutNames(object map[string]any, path []string, control *why.Control) edit {
	if path[len(path)-1] == "drop" {
		return set(path, []any{"ALL"})
	}
	have, _ := get(object, path)
	list, _ := have.([]any)
	var kept []any
	for _, name := range list {
		if slices.Contains(control.Values, name) {
			kept = append(kept, name)
		}
	}
	if len(kept) == 0 {
		return unset(path)
	}
	return set(path, kept)
}

// ofHosts removes the hosts that probes and lifecycle hooks name, for which there is no field in the standard's answer.
func ofHosts(object map[string]any, c why.Check) []candidate {
	if c.Control.ID != "hostProbesAndHostLifecycle" {
		return nil
	}
	var edits []edit
	walk(object, nil, func(path []string, value any) {
		n := len(path)
		if n < 3 || path[n-1] != "host" || value == "" || path[n-2] != "httpGet" && path[n-2] != "tcpSocket" {
			return
		}
		if strings.HasSuffix(path[n-3], "Probe") || path[n-3] == "postStart" || path[n-3] == "preStop" {
			edits = append(edits, unset(path))
		}
	})
	return []candidate{{edits: edits}}
}

// walk visits every value of a document that is neither an object nor a list.
func walk(value any, path []string, visit func(path []string, value any)) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			walk(inner, append(slices.Clone(path), key), visit)
		}
	case []any:
		for i, inner := range value {
			walk(inner, append(slices.Clone(path), strconv.Itoa(i)), visit)
		}
	default:
		visit(path, value)
	}
}
