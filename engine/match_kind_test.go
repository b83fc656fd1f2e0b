package engine

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestParseKind(t *testing.T) {
	tests := map[string]kindSelector{
		"Pod":                      {"*", "*", "Pod", ""},
		"Pod.status":               {"*", "*", "Pod", "status"},
		"Pod/status":               {"*", "*", "Pod", "status"},
		"v1/Pod":                   {"*", "v1", "Pod", ""},
		"v1beta1/CronJob":          {"*", "v1beta1", "CronJob", ""},
		"v1/Pod.status":            {"*", "v1", "Pod", "status"},
		"v1/Pod/status":            {"*", "v1", "Pod", "status"},
		"apps/v1/Deployment":       {"apps", "v1", "Deployment", ""},
		"apps/v1/Deployment/scale": {"apps", "v1", "Deployment", "scale"},
		"*":                        {"*", "*", "*", ""},
		"*/*":                      {"*", "*", "*", "*"},
		"*/scale":                  {"*", "*", "*", "scale"},
		"*/Pod":                    {"*", "*", "Pod", ""},
		"*/v1/Pod":                 {"*", "*", "v1", "Pod"}, // Kyverno reads a leading * as the version
		"apps/v1/Deployment/a/b":   {},
		"apps/v1/Deployment.scale": {"apps", "v1", "Deployment", "scale"},
		"Pod/?*":                   {"*", "*", "Pod", "?*"},
		"v12/Odd":                  {"*", "*", "v12", "Odd"}, // no version is called so
		"batch/*/CronJob":          {"batch", "*", "CronJob", ""},
		"a/b/c/d/e":                {},

		"networking.k8s.io/v1/Ingress":        {"networking.k8s.io", "v1", "Ingress", ""},
		"networking.k8s.io/v1/Ingress/status": {"networking.k8s.io", "v1", "Ingress", "status"},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			if got := parseKind(text); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestKindName(t *testing.T) {
	tests := map[string]string{
		"Pod": "Pod", "v1/Pod": "Pod", "Pod/exec": "Pod", "Pod.exec": "Pod", "apps/v1/Deployment": "Deployment",
		"apps/v1/Deployment/scale": "Deployment", "v1/Pod/exec": "Pod", "*": "*", "a/b/c/d/e": "",
	}
	for text, want := range tests {
		if got := kindName(text); got != want {
			t.Errorf("kindName(%q) is %q, want %q", text, got, want)
		}
	}
}

func FuzzParseKind(f *testing.F) {
	for _, seed := range []string{"Pod", "*/*", "apps/v1/Deployment.scale", "//", "..", "v1/"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		parseKind(text).match(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "scale")
		kindName(text)
	})
}
