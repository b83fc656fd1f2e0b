package helm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// values are the chart's values that a user sets, by path ("admissionController.replicas").
type values map[string]string

// A setting puts one value into the chart's objects.
type setting func(objects []*unstructured.Unstructured, value string) error

// settings are the chart's values that the stand-in understands.
var settings = map[string]setting{
	"admissionController.replicas":                  replicas("kyverno-admission-controller"),
	"backgroundController.replicas":                 replicas("kyverno-background-controller"),
	"cleanupController.replicas":                    replicas("kyverno-cleanup-controller"),
	"reportsController.replicas":                    replicas("kyverno-reports-controller"),
	"features.policyExceptions.enabled":             argument("--enablePolicyException", strconv.ParseBool),
	"features.policyExceptions.namespace":           exceptionNamespace,
	"features.backgroundScan.enabled":               argument("--backgroundScan", strconv.ParseBool),
	"features.backgroundScan.backgroundScanWorkers": argument("--backgroundScanWorkers", strconv.Atoi),
	"features.backgroundScan.skipResourceFilters":   argument("--skipResourceFilters", strconv.ParseBool),
	"features.logging.verbosity":                    argument("--v", strconv.Atoi),
}

// parseValues reads the values of --set: key=value, several with commas between them.
func parseValues(flags []string) (values, error) {
	set := values{}
	for _, flag := range flags {
		for _, pair := range strings.Split(flag, ",") {
			key, value, found := strings.Cut(pair, "=")
			if !found || key == "" {
				return nil, fmt.Errorf("failed parsing --set data: key %q has no value", key)
			}
			if settings[key] == nil {
				return nil, fmt.Errorf("this stand-in does not know the value %q; it knows %s", key, strings.Join(known(), ", "))
			}
			set[key] = value
		}
	}
	return set, nil
}

func known() []string {
	names := make([]string, 0, len(settings))
	for name := range settings {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// apply puts the values into the objects, which it changes.
func (v values) apply(objects []*unstructured.Unstructured) error {
	for _, key := range known() {
		value, ok := v[key]
		if !ok {
			continue
		}
		if err := settings[key](objects, value); err != nil {
			return fmt.Errorf("value %s: %w", key, err)
		}
	}
	return nil
}

// tree returns the values as the chart's values.yaml would nest them, for the release's record.
func (v values) tree() map[string]any {
	root := map[string]any{}
	for key, value := range v {
		path := strings.Split(key, ".")
		_ = unstructured.SetNestedField(root, value, path...)
	}
	return root
}

func replicas(deployment string) setting {
	return func(objects []*unstructured.Unstructured, value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is not a number of replicas", value)
		}
		for _, object := range deployments(objects) {
			if object.GetName() == deployment {
				return unstructured.SetNestedField(object.Object, n, "spec", "replicas")
			}
		}
		return nil
	}
}

// argument sets a flag of the controllers that have it.
func argument[T any](flag string, parse func(string) (T, error)) setting {
	return func(objects []*unstructured.Unstructured, value string) error {
		if _, err := parse(value); err != nil {
			return fmt.Errorf("%q is not a value of %s", value, flag)
		}
		return editArgs(objects, func(args []any) []any {
			for i, arg := range args {
				if strings.HasPrefix(arg.(string), flag+"=") {
					args[i] = flag + "=" + value
				}
			}
			return args
		})
	}
}

// exceptionNamespace adds the flag behind the one that turns exceptions on, where the chart has it.
func exceptionNamespace(objects []*unstructured.Unstructured, value string) error {
	return editArgs(objects, func(args []any) []any {
		i := slices.IndexFunc(args, func(arg any) bool { return strings.HasPrefix(arg.(string), "--enablePolicyException=") })
		if i < 0 {
			return args
		}
		return slices.Insert(args, i+1, any("--exceptionNamespace="+value))
	})
}

// editArgs edits the arguments of every container of the Deployments.
func editArgs(objects []*unstructured.Unstructured, edit func([]any) []any) error {
	for _, object := range deployments(objects) {
		containers, _, err := unstructured.NestedSlice(object.Object, "spec", "template", "spec", "containers")
		if err != nil {
			return err
		}
		for _, container := range containers {
			if args, ok := container.(map[string]any)["args"].([]any); ok {
				container.(map[string]any)["args"] = edit(args)
			}
		}
		if err := unstructured.SetNestedSlice(object.Object, containers, "spec", "template", "spec", "containers"); err != nil {
			return err
		}
	}
	return nil
}

func deployments(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(objects), func(object *unstructured.Unstructured) bool { return object.GetKind() != "Deployment" })
}
