package labs

import (
	"context"
	"io"
	"testing"
	"testing/fstest"
)

// TestMalformed tells what an API server, kubectl and Kyverno refuse for what it is from what policies refuse.
func TestMalformed(t *testing.T) {
	for output, want := range map[string]bool{
		"The ClusterPolicy \"p\" is invalid: spec.rules[0].name: Required value\n":                                                                                                                 true,
		"Warning: old\nError from server (BadRequest): error when creating \"p.yaml\": strict decoding error: unknown field \"spec.x\"\n":                                                          true,
		"Error from server (Invalid): error when replacing \"p.yaml\": no\n":                                                                                                                       true,
		"error: error parsing p.yaml: error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context\n":                                                               true,
		"error: error validating \"p.yaml\": error validating data: kind not set\n":                                                                                                                true,
		"error: resource mapping not found for name: \"p\" namespace: \"\" from \"p.yaml\": no matches for kind \"ClusterPolcy\"\n":                                                                true,
		"Error from server: error when creating \"p.yaml\": admission webhook \"validate-policy.kyverno.svc\" denied the request: path: x\n":                                                       true,
		"for: \"p.yaml\": error when patching \"p.yaml\": admission webhook \"validate-policy.kyverno.svc\" denied the request: path: x\n":                                                         true,
		"Error from server: error when creating \"p.yaml\": admission webhook \"kyverno-svc.kyverno.svc\" denied the request: no\n":                                                                true,
		"Error from server: error when creating \"p.yaml\": admission webhook \"kyverno-cleanup-controller.kyverno.svc\" denied the request: no\n":                                                 true,
		"The deployments \"x\" is invalid: : ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no\n":                                                                                  false,
		"The deployments \"x\" is invalid: \n* : ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no\n* : ValidatingAdmissionPolicy 'p' with binding 'b' denied request: nor that\n": false,
		"Error from server (Invalid): error when creating \"p.yaml\": deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no\n":                    false,
		"The configmaps \"x\" is invalid: : ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: no such kind\n":                                                              false,
		"The deployments \"x\" is invalid: : ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no\nThe Pod \"p\" is invalid: spec: Required value\n":                                  true,
		deniedOutput: false,
		"Error from server (NotFound): clusterpolicies.kyverno.io \"p\" not found\n": false,
		"pod/is created\n": false,
		"":                 false,
	} {
		if got := ParseAnswer(1, output).malformed(); got != want {
			t.Errorf("malformed is %v of %q", got, output)
		}
	}
}

const malformedLab = `---
title: T
summary: S.
minutes: 1
---

Intro.

## Write

Text.

` + "```step" + `
edit: pod.yaml
run: apply
checks: [exit: 0]
mistakes:
  - when: [admits: {file: other.yaml}]
    says: Everything comes in.
    try: {file: other.yaml}
  - when: [written: {path: '{.metadata.labels.team}', equals: wrong}]
    says: The team is wrong.
    try: {file: other.yaml}
hints: [h]
solution: {file: other.yaml}
` + "```" + `
`

// TestMistakeOfARefusedFile: what the cluster lets in without the file says nothing about it; what was written does.
func TestMistakeOfARefusedFile(t *testing.T) {
	lab, err := Parse(fstest.MapFS{
		"01-t/lab.md": {Data: []byte(malformedLab)}, "01-t/pod.yaml": {Data: []byte(podOf("none"))}, "01-t/other.yaml": {Data: []byte(podOf("good"))},
	}, "01-t")
	if err != nil {
		t.Fatal(err)
	}
	view, _ := fakeView() // which lets in everything
	shell := &says{}
	s, err := open(t.Context(), &Session{lab: lab, cluster: &testCluster{}, shell: shell, view: view})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, test := range []struct{ printed, team, want string }{
		{"", "none", "Everything comes in."},
		{"", "wrong", "Everything comes in."},
		{"The Pod \"p\" is invalid: spec: Required value\n", "none", notTaken},
		{"The Pod \"p\" is invalid: spec: Required value\n", "wrong", "The team is wrong."},
	} {
		shell.text = test.printed
		if err := s.Save(0, podOf(test.team)); err != nil {
			t.Fatal(err)
		}
		if o, err := s.Run(t.Context(), 0, io.Discard); err != nil || o.Mistake != test.want {
			t.Errorf("%+v: %q, error %v", test, o.Mistake, err)
		}
	}
}

// TestRefusedFile: what is wanted of a file that was refused does not come, unless its refusal is what is wanted.
func TestRefusedFile(t *testing.T) {
	edit := Step{Kind: Edit, Checks: decodeChecks(t, []byte("- exit: 0\n"))}
	meant := Step{Kind: Edit, Checks: decodeChecks(t, []byte("- denied: {policy: require-labels}\n  title: refused\n"))}
	run := Step{Kind: Run, Checks: edit.Checks}
	const mine = "kind: Pod\nmetadata:\n  name: nginx\n"
	for _, test := range []struct {
		step   Step
		output string
		file   string
		want   bool
	}{
		{edit, deniedOutput, mine, true},
		{edit, deniedOutput, "kind: Pod\nmetadata:\n  name: another\n", false},
		{edit, deniedOutput, "kind: Pod\nmetadata:\n  name: nginx-2\n", false},
		{edit, "The Pod \"p\" is invalid: spec: Required value\n", "", true},
		{edit, "pod/p created\n", mine, false},
		{meant, deniedOutput, mine, false},
		{run, deniedOutput, mine, false},
	} {
		s := &Session{lab: &Lab{Steps: []Step{test.step}}}
		e := Evidence{Answer: ParseAnswer(1, test.output), File: "pod.yaml", Files: fstest.MapFS{"pod.yaml": {Data: []byte(test.file)}}}
		if got := s.refused(0, e); got != test.want {
			t.Errorf("%s step, %q: refused is %v", test.step.Kind, test.output, got)
		}
	}
}

// says is a shell whose commands fail with a text.
type says struct{ text string }

func (s *says) Run(_ context.Context, _, _ string, _ []string, stdout, _ io.Writer) (int, error) {
	_, err := io.WriteString(stdout, s.text)
	return 1, err
}
