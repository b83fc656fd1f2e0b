package kyverno

import "testing"

func TestParseKind(t *testing.T) {
	for text, want := range map[string]kindSelector{
		"Pod":                         {"*", "*", "Pod", ""},
		"v1/Pod":                      {"*", "v1", "Pod", ""},
		"apps/v1/Deployment":          {"apps", "v1", "Deployment", ""},
		"apps/v1/Deployment/scale":    {"apps", "v1", "Deployment", "scale"},
		"apps/v1/Deployment.scale":    {"apps", "v1", "Deployment", "scale"},
		"v1/Pod/exec":                 {"*", "v1", "Pod", "exec"},
		"Pod/exec":                    {"*", "*", "Pod", "exec"},
		"Pod/?*":                      {"*", "*", "Pod", "?*"},
		"Pod.status":                  {"*", "*", "Pod", "status"},
		"*":                           {"*", "*", "*", ""},
		"*/*":                         {"*", "*", "*", "*"},
		"*/scale":                     {"*", "*", "*", "scale"},
		"*/Pod":                       {"*", "*", "Pod", ""},
		"v1beta1/Event":               {"*", "v1beta1", "Event", ""},
		"v12/Odd":                     {"*", "*", "v12", "Odd"},
		"batch/*/CronJob":             {"batch", "*", "CronJob", ""},
		"a/b/c/d/e":                   {},
		"networking.k8s.io/v1/Ing":    {"networking.k8s.io", "v1", "Ing", ""},
		"networking.k8s.io/v1/Ing/st": {"networking.k8s.io", "v1", "Ing", "st"},
	} {
		if got := parseKind(text); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}
