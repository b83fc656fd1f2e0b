package kyverno

import (
	"context"
	"testing"
	"time"
)

// TestScanIntervalBeginsAfterTheScan: a scan that takes long does not make the next one come sooner.
func TestScanIntervalBeginsAfterTheScan(t *testing.T) {
	c := newKyvernoCluster(t)
	c.setArguments("kyverno-reports-controller", []string{"--backgroundScanInterval=10m"})
	c.mustApply(pod("old", "team", "app: web"))
	c.applyPolicies(auditOwner)
	before := c.reportOn(podsResource, "team", "old")
	subject, err := c.client.Get(t.Context(), podsResource, "team", "old")
	if err != nil {
		t.Fatal(err)
	}
	may := make(chan struct{})
	c.kyverno.work.add("", func(context.Context) { <-may })
	c.clock.Step(10 * time.Minute)
	<-c.kyverno.background.drained()
	c.clock.Step(5 * time.Minute)
	close(may)
	c.settle()
	c.delete(policyReports, "team", string(subject.GetUID()))
	for _, want := range []string{"", before} {
		c.clock.Step(5 * time.Minute)
		c.settle()
		if got := c.reportOn(podsResource, "team", "old"); got != want {
			t.Errorf("the report says %q, want %q", got, want)
		}
	}
}
