package kyverno

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"podsec/kube/sim/api"
)

func TestPendingResults(t *testing.T) {
	p := newPendingResults()
	request := func(uid string) *api.Attributes {
		return &api.Attributes{UID: types.UID(uid), Resource: configMaps, Namespace: "n"}
	}
	p.add(request("1"), object("a", "1"), []line{{"rule": "x"}})
	p.add(request("1"), object("a", "1"), []line{{"rule": "y"}})
	p.add(request("2"), object("b", "1"), []line{{"rule": "z"}})
	if got := p.take(configMaps, object("a", "1")); len(got) != 2 {
		t.Errorf("two webhooks of a request left %v", got)
	}
	if got := p.take(configMaps, object("a", "1")); got != nil {
		t.Errorf("what was taken is still there: %v", got)
	}
	p.add(request("3"), object("b", "1"), []line{{"rule": "w"}})
	if got := p.take(configMaps, object("b", "1")); len(got) != 1 || text(got[0], "rule") != "w" {
		t.Errorf("a later request for the same name left %v", got)
	}
	if got := p.take(services, object("b", "1")); got != nil {
		t.Errorf("another kind has %v", got)
	}
	for i := range 3 * maxPending {
		p.add(request(fmt.Sprint(i)), object(fmt.Sprint(i), "1"), []line{{"rule": "x"}})
	}
	if len(p.lines) > maxPending {
		t.Errorf("%d names wait", len(p.lines))
	}
}

func TestEventName(t *testing.T) {
	for name, want := range map[string]string{
		"web-1": "web-1", "system:node": "system-node", "Web": "web", "-x-": "a-x-z", ".": "a.z", "": "", "a/b": "a-b",
	} {
		if got := eventName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	long := make([]byte, 2000)
	for i := range long {
		long[i] = 'x'
	}
	if got := shorten(string(long)); len(got) != maxMessage || got[maxMessage-3:] != "..." {
		t.Errorf("a message of 2000 bytes has %d then", len(got))
	}
	if got := shorten("short"); got != "short" {
		t.Errorf("a short one becomes %q", got)
	}
}

func TestRecorderNamesDiffer(t *testing.T) {
	c := newKyvernoCluster(t) // its clock stands still
	o := occurrence{source: admissionController, regarding: map[string]any{"name": "p"}}
	first, second := c.kyverno.events.object(o), c.kyverno.events.object(o)
	if first.GetName() == second.GetName() {
		t.Errorf("two events are named %s", first.GetName())
	}
}

func TestMergeAndSort(t *testing.T) {
	l := func(policy, rule, result string) line { return line{"policy": policy, "rule": rule, "result": result} }
	got := merge([]line{l("b", "x", "fail"), l("a", "y", "pass")}, []line{l("b", "x", "pass"), l("a", "x", "skip")})
	sortLines(got)
	want := []line{l("a", "x", "skip"), l("a", "y", "pass"), l("b", "x", "pass")}
	if len(got) != len(want) {
		t.Fatalf("%d lines", len(got))
	}
	for i := range want {
		if keyOf(got[i]) != keyOf(want[i]) || text(got[i], "result") != text(want[i], "result") {
			t.Errorf("line %d is %v, want %v", i, got[i], want[i])
		}
	}
	counts := summary(got)
	if counts["pass"] != int64(2) || counts["skip"] != int64(1) || counts["fail"] != int64(0) {
		t.Errorf("the summary is %v", counts)
	}
	if sameLine(l("a", "x", "pass"), l("a", "x", "fail")) || !sameLine(l("a", "x", "pass"), line{"policy": "a", "rule": "x", "result": "pass", "timestamp": map[string]any{"seconds": int64(9)}}) {
		t.Error("lines are compared by something else than what they say")
	}
}
