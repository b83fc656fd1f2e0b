package labs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAnswer(t *testing.T) {
	tests := map[string]struct {
		output string
		want   Answer
	}{
		"nothing": {},
		"output after the denial": {
			output: "error: failed to create deployment: admission webhook \"validate.kyverno.svc-ignore\" denied the request: \n\n" +
				"resource Namespace//dev was blocked due to the following policies \n\np:\n  r: |-\n    first\n\n    second\n\nq: {}\npod/x created\n",
			want: Answer{Denials: []Denial{{
				Webhook: "validate.kyverno.svc-ignore", Resource: "Namespace//dev",
				Policies: map[string]map[string]string{"p": {"r": "first\n\nsecond"}, "q": {}},
				Message:  "resource Namespace//dev was blocked due to the following policies",
			}}},
		},
		"cut off": {
			output: "admission webhook \"w\" denied the request: \n\nresource Pod/a/b was blocked due to the following policies ",
			want: Answer{Denials: []Denial{{
				Webhook: "w", Resource: "Pod/a/b", Message: "resource Pod/a/b was blocked due to the following policies",
			}}},
		},
		"cut off before the resource": {
			output: "admission webhook \"w\" denied the request:",
			want:   Answer{Denials: []Denial{{Webhook: "w"}}},
		},
		"not YAML": {
			output: "admission webhook \"w\" denied the request: \n\nresource Pod/a/b was blocked due to the following policies \n\np:\n  r: 'open\n",
			want: Answer{Denials: []Denial{{
				Webhook: "w", Resource: "Pod/a/b", Message: "resource Pod/a/b was blocked due to the following policies",
			}}},
		},
		"warnings": {
			output: "Warning: one\n  Warning: indented\nWarning: two\n",
			want:   Answer{Warnings: []string{"one", "two"}},
		},
		"refusal": {
			output: `Error from server (Forbidden): error when creating "p.yaml": pods "p" is forbidden: violates PodSecurity "restricted:v1.30": ` +
				`seccompProfile (pod or containers "a, (b", "c" must set it to "RuntimeDefault" or "Localhost"), runAsNonRoot != true`,
			want: Answer{Refusals: []PodSecurity{{
				Object: `pods "p"`, Level: "restricted", Version: "v1.30", Reasons: []string{"seccompProfile", "runAsNonRoot != true"},
			}}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.want.Ran, tt.want.Output = true, tt.output
			if diff := cmp.Diff(tt.want, ParseAnswer(0, tt.output)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPrintable: what a check quotes of an object cannot change the terminal.
func TestPrintable(t *testing.T) {
	if got, want := printable("a\x1b[2Jb\u009bc\nd"), "a\uFFFD[2Jb\uFFFDc\uFFFDd"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzParseAnswer: any output can be taken apart, and nothing is found that it does not hold.
func FuzzParseAnswer(f *testing.F) {
	f.Add(deniedOutput)
	f.Add("Warning: would violate PodSecurity \"restricted:latest\": a (b, c), d")
	f.Fuzz(func(t *testing.T, output string) {
		a := ParseAnswer(1, output)
		for _, d := range a.Denials {
			if !strings.Contains(output, d.Webhook) || !strings.Contains(output, d.Resource) {
				t.Errorf("denial %+v of %q", d, output)
			}
		}
		for _, v := range append(a.Violations(), a.Refusals...) {
			for _, reason := range v.Reasons {
				if reason == "" || !strings.Contains(output, reason) {
					t.Errorf("reason %q of %q", reason, output)
				}
			}
		}
	})
}
