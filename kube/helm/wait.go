package helm

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	apiwait "k8s.io/apimachinery/pkg/util/wait"
)

// wait is the value of --wait. Helm knows two strategies that wait and one that does not; the flag alone means the
// first.
type wait string

// String, Set and Type make it a flag's value.
func (w *wait) String() string { return string(*w) }

// Type is what help calls the value.
func (w *wait) Type() string { return "WaitStrategy" }

// Set accepts a strategy, and the words of the flag's boolean past.
func (w *wait) Set(value string) error {
	switch value {
	case "watcher", "legacy", "hookOnly":
		*w = wait(value)
	case "true":
		*w = "watcher"
	case "false":
		*w = "hookOnly"
	default:
		return fmt.Errorf("invalid wait input %q. Valid inputs are watcher, hookOnly, and legacy", value)
	}
	return nil
}

func (w *wait) bind(command *cobra.Command) {
	*w = "hookOnly"
	command.Flags().Var(w, "wait", "wait until resources are ready (up to --timeout): watcher, hookOnly or legacy")
	command.Flags().Lookup("wait").NoOptDefVal = "watcher"
}

func (w *wait) on() bool { return *w != "hookOnly" }

// waitReady waits until every Deployment has all its replicas available.
func (c *cluster) waitReady(ctx context.Context, deployments []*unstructured.Unstructured, timeout time.Duration) error {
	const interval = 50 * time.Millisecond
	err := apiwait.PollUntilContextTimeout(ctx, interval, timeout, true, func(ctx context.Context) (bool, error) {
		for _, deployment := range deployments {
			have, err := c.get(ctx, deployment)
			if ctx.Err() != nil {
				return false, ctx.Err() // and not what the request under way made of it
			}
			if err != nil {
				return false, err
			}
			if !rolledOut(have) {
				return false, nil
			}
		}
		return true, nil
	})
	if apiwait.Interrupted(err) {
		return fmt.Errorf("resources not ready after %s: %w", timeout, err)
	}
	return err
}

// rolledOut says whether a Deployment's controller has seen its spec and all its replicas are available.
func rolledOut(deployment *unstructured.Unstructured) bool {
	number := func(fallback int64, path ...string) int64 {
		if n, found, _ := unstructured.NestedInt64(deployment.Object, path...); found {
			return n
		}
		return fallback
	}
	return number(0, "status", "observedGeneration") >= deployment.GetGeneration() &&
		number(0, "status", "availableReplicas") >= number(1, "spec", "replicas")
}
