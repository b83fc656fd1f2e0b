package kyverno

import (
	"context"
	"testing"
)

// TestManyRequestsWaited: those that cannot be decided any more do not keep the background controller from others for long.
func TestManyRequestsWaited(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(allAllowed + "---\n" + base)
	c.applyPolicies(copying)
	c.scale("kyverno-background-controller", 1, 0)
	const many = 20
	for range many {
		c.mustApply(secret)
		c.delete(secretsResource, "team", "asks")
	}
	c.settle()
	_, before := c.kyverno.background.rest()
	c.scale("kyverno-background-controller", 1, 1)
	c.settle()
	if _, after := c.kyverno.background.rest(); after-before < many || after-before > many*lateTries/4 {
		t.Errorf("%d tasks for %d requests that waited", after-before, many)
	}
}

// TestWaitingIsLimited: no more requests wait than UpdateRequests may be, and none without their definition.
func TestWaitingIsLimited(t *testing.T) {
	k := New(Options{})
	for range maxWaiting + 1 {
		k.await(&trigger{})
	}
	if len(k.waiting) != maxWaiting {
		t.Errorf("%d requests wait", len(k.waiting))
	}
	c := newKyvernoCluster(t)
	c.mustApply(allAllowed)
	c.applyPolicies(copying)
	c.scale("kyverno-background-controller", 1, 0)
	c.mustApply(secret)
	c.settle()
	before := c.waiting()
	c.delete(definitions, "", updateRequests)
	c.settle()
	if after := c.waiting(); before != 1 || after != 0 {
		t.Errorf("%d requests wait, and %d when UpdateRequests are not served any more", before, after)
	}
}

// waiting is how many requests wait.
func (c *testCluster) waiting() int {
	count := make(chan int)
	c.kyverno.background.add("", func(context.Context) { count <- len(c.kyverno.waiting) })
	return <-count
}
