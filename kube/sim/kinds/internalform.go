package kinds

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The server compares pods in its internal types, which have no JSON tags: the difference it prints has Go field
// names, every field whether set or not, and the order of the internal structs. These tables hold where that order
// differs from the versioned structs; fields that are not named follow in their own order.
var internalOrder = map[reflect.Type][]string{
	reflect.TypeFor[corev1.PodSpec](): {
		"Volumes", "InitContainers", "Containers", "EphemeralContainers", "RestartPolicy", "TerminationGracePeriodSeconds",
		"ActiveDeadlineSeconds", "DNSPolicy", "NodeSelector", "ServiceAccountName", "AutomountServiceAccountToken",
		"NodeName", "SecurityContext", "ImagePullSecrets", "Hostname", "Subdomain", "SetHostnameAsFQDN", "Affinity",
		"SchedulerName", "Tolerations", "HostAliases", "PriorityClassName", "Priority", "PreemptionPolicy", "DNSConfig",
		"ReadinessGates", "RuntimeClassName", "Overhead", "EnableServiceLinks", "TopologySpreadConstraints", "OS",
		"SchedulingGates", "ResourceClaims", "Resources",
	},
	reflect.TypeFor[corev1.PodSecurityContext](): {
		"SELinuxOptions", "WindowsOptions", "RunAsUser", "RunAsGroup", "RunAsNonRoot", "SupplementalGroups",
		"SupplementalGroupsPolicy", "FSGroup", "FSGroupChangePolicy", "Sysctls",
	},
	reflect.TypeFor[corev1.Container](): {
		"Name", "Image", "Command", "Args", "WorkingDir", "Ports", "EnvFrom", "Env", "Resources", "ResizePolicy",
		"RestartPolicy", "RestartPolicyRules", "VolumeMounts", "VolumeDevices", "LivenessProbe", "ReadinessProbe",
		"StartupProbe", "Lifecycle", "TerminationMessagePath", "TerminationMessagePolicy", "ImagePullPolicy",
		"SecurityContext", "Stdin", "StdinOnce", "TTY",
	},
}

// internalSecurity is the internal PodSecurityContext: the host namespaces live there, not in the spec.
var internalSecurity = []string{"HostNetwork", "HostPID", "HostIPC", "ShareProcessNamespace", "HostUsers"}

// internalForm is a pod spec that marshals to JSON as the server's internal type would.
func internalForm(spec *corev1.PodSpec) json.Marshaler {
	return internalValue{reflect.ValueOf(spec).Elem()}
}

// internalOf shows any API struct in the server's internal form.
func internalOf[T any](value *T) json.Marshaler { return internalValue{reflect.ValueOf(value).Elem()} }

// internalList is internalOf for a list.
func internalList[T any](list []T) json.Marshaler { return internalValue{reflect.ValueOf(list)} }

type internalValue struct{ v reflect.Value }

// MarshalJSON writes structs with Go names and in internal order, and leaves everything else to encoding/json.
func (i internalValue) MarshalJSON() ([]byte, error) {
	v := i.v
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return internalValue{v.Elem()}.MarshalJSON()
	case v.Kind() == reflect.Slice && !v.IsNil() && v.Type().Elem().Kind() == reflect.Struct:
		items := make([]internalValue, v.Len())
		for n := range items {
			items[n] = internalValue{v.Index(n)}
		}
		return json.Marshal(items)
	case v.Kind() != reflect.Struct || marshals(v.Type()) || v.Type().PkgPath() == reflect.TypeFor[metav1.LabelSelector]().PkgPath():
		return json.Marshal(v.Interface())
	}
	return internalStruct(v)
}

// marshals says that a type has a JSON form of its own (quantities, times, int-or-string).
func marshals(t reflect.Type) bool {
	want := reflect.TypeFor[json.Marshaler]()
	return t.Implements(want) || reflect.PointerTo(t).Implements(want)
}

func internalStruct(v reflect.Value) ([]byte, error) {
	var out bytes.Buffer
	write := func(name string, value any) error {
		data, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.WriteString(`"` + name + `":`)
		out.Write(data)
		return nil
	}
	if err := internalEach(v, write); err != nil {
		return nil, err
	}
	return append(append([]byte{'{'}, out.Bytes()...), '}'), nil
}

// internalEach writes a struct's fields; those of embedded structs stand among them, as encoding/json puts them.
func internalEach(v reflect.Value, write func(string, any) error) error {
	for _, name := range internalFields(v.Type()) {
		field, _ := v.Type().FieldByName(name)
		value := any(internalValue{v.FieldByName(name)})
		switch {
		case field.Type == reflect.TypeFor[metav1.ObjectMeta]():
			// Metadata has one form, with JSON names; it is embedded, so its fields stand among the others.
			if err := writeMembers(v.FieldByName(name), write); err != nil {
				return err
			}
			continue
		case field.Anonymous:
			if err := internalEach(v.FieldByName(name), write); err != nil {
				return err
			}
			continue
		case v.Type() == reflect.TypeFor[corev1.PodSpec]() && name == "SecurityContext":
			value = withHostNamespaces(v)
		}
		if err := write(name, value); err != nil {
			return err
		}
	}
	return nil
}

// writeMembers writes the members of what a struct's JSON form is.
func writeMembers(v reflect.Value, write func(string, any) error) error {
	data, err := json.Marshal(v.Interface())
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	for _, name := range sortedKeys(members) {
		if err := write(name, members[name]); err != nil {
			return err
		}
	}
	return nil
}

// internalFields lists the fields of a versioned struct in the internal order.
func internalFields(t reflect.Type) []string {
	fields := slices.Clone(internalOrder[t])
	for n := range t.NumField() {
		name := t.Field(n).Name
		if t == reflect.TypeFor[corev1.PodSpec]() && (slices.Contains(internalSecurity, name) || name == "DeprecatedServiceAccount") {
			continue
		}
		if !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	return fields
}

// withHostNamespaces is the pod's security context with the spec's host namespaces in front.
func withHostNamespaces(spec reflect.Value) json.Marshaler {
	return rawFunc(func() ([]byte, error) {
		ctx := spec.FieldByName("SecurityContext")
		if ctx.IsNil() {
			return []byte("null"), nil
		}
		var out bytes.Buffer
		for _, name := range internalSecurity {
			data, err := json.Marshal(spec.FieldByName(name).Interface())
			if err != nil {
				return nil, err
			}
			out.WriteString(`"` + name + `":` + string(data) + ",")
		}
		rest, err := internalStruct(ctx.Elem())
		if err != nil {
			return nil, err
		}
		return append(append([]byte{'{'}, out.Bytes()...), rest[1:]...), nil
	})
}

type rawFunc func() ([]byte, error)

// MarshalJSON calls the function.
func (f rawFunc) MarshalJSON() ([]byte, error) { return f() }
