package cloud_test

import (
	"testing"

	"podsec/engine/image"
	"podsec/engine/why"
	"podsec/kube/inspect"
)

// TestExplainingSignatures: what explains requests sees signatures as Kyverno does, and without a verifier says that it
// cannot.
func TestExplainingSignatures(t *testing.T) {
	w := newWorld(t)
	w.sign(w.push("signed"), w.key, image.Tags)
	w.push("unsigned")
	for _, tag := range []string{"signed", "unsigned"} {
		_, err := w.run(tag, team+":"+tag)
		w.must(err)
	}
	w.apply(byTheTeam)
	reader, err := inspect.New(w.Config())
	w.must(err)
	explain := func(pod string) inspect.Answer {
		answers, err := reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "Pod", Namespace: "default", Name: pod}})
		w.must(err)
		return answers[0]
	}
	if a := explain("signed"); len(a.Images) != 0 || len(a.Elsewhere) != 1 {
		t.Errorf("without a verifier: %+v, elsewhere %+v", a.Images, a.Elsewhere)
	}
	reader.WithImages(w.Verifier(reader))
	for pod, want := range map[string]why.Outcome{"signed": why.Passes, "unsigned": why.Fails} {
		a := explain(pod)
		if len(a.Images) == 0 || a.Images[0].Outcome != want || a.Verdict.Admitted != (want == why.Passes) {
			t.Errorf("%s: %+v, verdict %+v", pod, a.Images, a.Verdict)
		}
	}
}
