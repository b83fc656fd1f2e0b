package venue

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"podsec/kube/live"
	"podsec/kube/sim"
	"podsec/labs"
)

// connected is the workshop on a cluster of somebody.
func connected(t *testing.T, base sim.Baseline, o Options) Venue {
	t.Helper()
	theirs, err := sim.Start(t.Context(), sim.Options{Start: base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = theirs.Close() })
	target, err := live.Find(live.Options{Kubeconfig: theirs.Kubeconfig(), Context: "podsec"})
	if err != nil {
		t.Fatal(err)
	}
	o.Data = t.TempDir()
	v, err := Connect(t.Context(), target, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

// TestLacks: what a real cluster cannot have depends on whose Kyverno it is, and on what the user allows.
func TestLacks(t *testing.T) {
	for _, test := range []struct {
		name  string
		base  sim.Baseline
		gate  Options
		lacks map[string]bool
	}{
		{name: "no Kyverno", lacks: map[string]bool{labs.NeedWide: true}},
		{name: "a Kyverno of theirs", base: sim.Baseline{Kyverno: true}, lacks: map[string]bool{labs.NeedInstall: true, labs.NeedWide: true}},
		{name: "cluster-wide", gate: Options{ClusterWide: true}},
	} {
		v := connected(t, test.base, test.gate)
		limited, ok := v.(labs.Limited)
		if !ok {
			t.Fatal("a real cluster has limits")
		}
		for _, need := range []string{labs.NeedInstall, labs.NeedPods, labs.NeedWide, labs.NeedKyverno} {
			if reason := limited.Lacks(need); (reason != "") != test.lacks[need] {
				t.Errorf("%s: lacks %s: %q", test.name, need, reason)
			}
		}
		for _, need := range []string{labs.NeedSandbox, labs.NeedAccount} {
			if limited.Lacks(need) == "" {
				t.Errorf("%s: it has %s", test.name, need)
			}
		}
		if v.Name() != "podsec" || v.Detail() != "Kubernetes "+sim.KubernetesVersion {
			t.Errorf("it is called %s, %s", v.Name(), v.Detail())
		}
	}
}

// TestPlatformOf: nodes have a platform in common, or none.
func TestPlatformOf(t *testing.T) {
	node := func(system, architecture string) corev1.Node {
		return corev1.Node{Status: corev1.NodeStatus{NodeInfo: corev1.NodeSystemInfo{OperatingSystem: system, Architecture: architecture}}}
	}
	for _, test := range []struct {
		nodes []corev1.Node
		want  string
	}{
		{},
		{[]corev1.Node{node("linux", "arm64")}, "linux/arm64"},
		{[]corev1.Node{node("linux", "arm64"), node("linux", "arm64")}, "linux/arm64"},
		{[]corev1.Node{node("linux", "arm64"), node("linux", "amd64")}, ""},
		{[]corev1.Node{node("linux", "arm64"), node("windows", "arm64")}, ""},
		{[]corev1.Node{node("linux", "")}, ""},
	} {
		if got := platformOf(test.nodes); got != test.want {
			t.Errorf("%+v: %q, want %q", test.nodes, got, test.want)
		}
	}
}

// TestSimulate: the simulated cluster has everything.
func TestSimulate(t *testing.T) {
	v, err := Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	if _, limited := v.(labs.Limited); limited || v.Name() != SimulatedName || Shell(v) == nil {
		t.Errorf("it is %s", v.Name())
	}
}
