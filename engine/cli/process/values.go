package process

import (
	"encoding/csv"
	"maps"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/engine/cli/manifest"
)

// Values are the variables of a values file and of --set.
type Values struct {
	spec   manifest.ValuesSpec
	set    map[string]string
	common func() map[string]any // see variables
}

// NewValues returns the values of a file (nil for none) and of --set's texts ("key=value"). Texts in another form, empty
// ones, repeated keys and keys below request.object are ignored.
func NewValues(spec *manifest.ValuesSpec, set []string) *Values {
	v := &Values{set: map[string]string{}}
	if spec != nil {
		v.spec = *spec
	}
	for _, text := range set {
		key, value, ok := strings.Cut(strings.TrimSpace(text), "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" || value == "" || strings.Contains(value, "=") || strings.Contains(key, "request.object.") {
			continue
		}
		if _, repeated := v.set[key]; !repeated {
			v.set[key] = value
		}
	}
	v.common = sync.OnceValue(v.shared)
	return v
}

// shared are the variables of looks that the values say nothing of in particular; nil when they change the resource, and so
// belong to one look.
func (v *Values) shared() map[string]any {
	variables := tree(v.forResource("", ""))
	given, _ := variables["request"].(map[string]any)
	if given["object"] != nil || given["oldObject"] != nil {
		return nil
	}
	return variables
}

// variables returns the variables of one policy's look at one resource; operation takes the place of that of the values, ""
// leaves it. Only request.object and request.oldObject may be taken out of them by the caller: the rest may be shared.
func (v *Values) variables(policy, resource, operation string) map[string]any {
	particular := slices.ContainsFunc(v.spec.Policies, func(p manifest.PolicyValues) bool {
		return p.Name == policy && slices.ContainsFunc(p.Resources, func(r manifest.ResourceValues) bool { return r.Name == resource })
	})
	if !particular && operation == "" {
		if shared := v.common(); shared != nil {
			return shared
		}
	}
	flat := v.forResource(policy, resource)
	if operation != "" {
		flat["request.operation"] = operation
	}
	return tree(flat)
}

// Operation returns the operation that the file gives to all requests, "" for none.
func (v *Values) Operation() string {
	operation, _ := v.spec.GlobalValues["request.operation"].(string)
	return operation
}

// NamespaceLabels returns the labels that the file gives a namespace.
func (v *Values) NamespaceLabels(name string) map[string]string {
	var labels map[string]string
	for _, n := range v.spec.NamespaceSelectors {
		if n.Name == name {
			labels = n.Labels
		}
	}
	for i := range v.spec.Namespaces {
		if v.spec.Namespaces[i].Name == name {
			labels = v.spec.Namespaces[i].Labels
		}
	}
	return labels
}

// Namespace returns the namespace that the file describes, nil when it does not.
func (v *Values) Namespace(name string) *corev1.Namespace {
	for i := range v.spec.Namespaces {
		if v.spec.Namespaces[i].Name == name {
			return &v.spec.Namespaces[i]
		}
	}
	for _, n := range v.spec.NamespaceSelectors {
		if n.Name == name {
			return &corev1.Namespace{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: metav1.ObjectMeta{Name: name, Labels: n.Labels},
			}
		}
	}
	return nil
}

// Subresources returns which kinds of objects go to which subresources.
func (v *Values) Subresources() []manifest.Subresource { return v.spec.Subresources }

// Values implements engine.ValueSource: what the file gives the rule, and the first of what it gives its foreach.
func (v *Values) Values(policy, rule string) map[string]any {
	for _, p := range v.spec.Policies {
		if p.Name != policy {
			continue
		}
		for _, r := range p.Rules {
			if rule != r.Name && rule != "autogen-"+r.Name && rule != "autogen-cronjob-"+r.Name {
				continue
			}
			flat := maps.Clone(r.Values)
			for key, values := range r.ForeachValues {
				if flat == nil {
					flat = map[string]any{}
				}
				if len(values) > 0 {
					flat[key] = values[0]
				}
			}
			return tree(flat)
		}
	}
	return nil
}

// forResource returns the variables of one policy's look at one resource, with their dotted keys.
func (v *Values) forResource(policy, resource string) map[string]any {
	flat := maps.Clone(v.spec.GlobalValues)
	if flat == nil {
		flat = map[string]any{}
	}
	for _, p := range v.spec.Policies {
		if p.Name != policy {
			continue
		}
		for _, r := range p.Resources {
			if r.Name == resource {
				maps.Copy(flat, r.Values)
			}
		}
	}
	for key, value := range v.set {
		flat[key] = value
	}
	if _, ok := flat["request.operation"]; !ok {
		flat["request.operation"] = "CREATE"
	}
	return flat
}

// tree turns dotted keys into maps: "a.b": 1 into a: {b: 1}. A part in double quotes may hold dots. A key that cannot be
// read is left out.
func tree(flat map[string]any) map[string]any {
	out := make(map[string]any, len(flat))
	for key, value := range flat {
		parts := keyParts(key)
		for i := len(parts) - 1; i >= 0; i-- {
			value = map[string]any{parts[i]: value}
		}
		if value, ok := value.(map[string]any); ok && len(parts) > 0 {
			merge(out, value)
		}
	}
	return out
}

// keyParts splits a dotted key; nil when it cannot be read.
func keyParts(key string) []string {
	if key != "" && !strings.ContainsAny(key, "\"\r\n") {
		return strings.Split(key, ".")
	}
	reader := csv.NewReader(strings.NewReader(key))
	reader.Comma = '.'
	parts, err := reader.Read()
	if err != nil {
		return nil
	}
	return parts
}

// merge puts the values of from into to; what both have as a map is merged. Maps of from are copied.
func merge(to, from map[string]any) {
	for key, value := range from {
		inner, ok := value.(map[string]any)
		if !ok {
			to[key] = value
			continue
		}
		have, ok := to[key].(map[string]any)
		if !ok {
			have = map[string]any{}
			to[key] = have
		}
		merge(have, inner)
	}
}
