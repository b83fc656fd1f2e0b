package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"k8s.io/client-go/kubernetes"

	"podsec/kube/live"
)

// foreignPatience is how long a cluster has to say whose Kyverno it has.
const foreignPatience = 10 * time.Second

// tellForeign says what stands in the way on a cluster that is not the workshop's to remove: a Kyverno of somebody else
// that does not answer, or the webhooks that one left behind. It is said after a clean-up, whether that went well, was
// interrupted, or not, and does not take long.
func tellForeign(ctx context.Context, target *live.Target, out io.Writer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), foreignPatience)
	defer cancel()
	client, err := kubernetes.NewForConfig(target.Config)
	if err != nil {
		return
	}
	found, err := live.FindKyverno(ctx, client)
	switch {
	case err != nil || found.Ours || found.Closed == 0:
	case found.Orphaned():
		fmt.Fprintf(out, "note: Kyverno is gone, but %d of its webhooks are registered, and %d of them refuse what they are asked about. The workshop "+
			"did not install that Kyverno, and leaves them. To remove them:\n  %s\n", found.Webhooks, found.Closed, live.RemoveWebhooks)
	case !found.Ready:
		fmt.Fprintf(out, "note: Kyverno %s in the namespace %s does not run, and %d of its webhooks refuse what they are asked about. The workshop did "+
			"not install it, and leaves it.\n", found.Version, found.Namespace, found.Closed)
	}
}
