package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pause is how long a clean-up waits before it looks again at what is going.
const pause = 300 * time.Millisecond

// Clean removes what Plan finds, in its order, and returns when nothing is left. Kyverno and controllers may make
// things while they go, so it plans again until a plan is empty. report is told of every deletion that was asked for,
// nil for nobody. The error of an ended ctx names what is left.
func (c *Cleaner) Clean(ctx context.Context, report func(Item)) error {
	if err := c.clean(ctx, func(Item) bool { return false }, report); err != nil {
		return err
	}
	if c.ledger == nil {
		return nil
	}
	return c.ledger.Clear()
}

// keepKyverno spares what is of Kyverno, if asked to.
func keepKyverno(keep bool) func(Item) bool { return func(i Item) bool { return keep && i.kyverno } }

// clean removes what is not kept. It gives up when the cluster does not let it look: waiting does not help there, but a
// program that gets credentials learns by the first refusal that it has to get new ones.
func (c *Cleaner) clean(ctx context.Context, keep func(Item) bool, report func(Item)) error {
	var last error
	for refused := 0; ; {
		items, err := c.Plan(ctx)
		items = slices.DeleteFunc(items, keep)
		switch {
		case err == nil && len(items) == 0:
			return nil
		case err == nil:
			refused, last = 0, c.round(ctx, items, report)
		case apierrors.IsUnauthorized(err), apierrors.IsForbidden(err):
			if refused++; refused > 1 {
				return fmt.Errorf("look for what the workshop made: %w", err)
			}
			last = err
		default:
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("clean up: %w", errors.Join(left(items), last, ctx.Err()))
		case <-time.After(pause):
		}
	}
}

// round asks for the deletion of the items of one turn, the first that there is. What the cluster refuses to delete must
// not hold up the rest: a broken Kyverno refuses changes to its policies until its webhooks are gone.
func (c *Cleaner) round(ctx context.Context, items []Item, report func(Item)) error {
	background := metav1.DeletePropagationBackground
	var errs []error
	current := turn(items[0])
	for _, item := range items {
		if turn(item) != current {
			if len(errs) == 0 {
				break
			}
			current = turn(item)
		}
		if item.Leaving {
			continue
		}
		err := c.objects.Resource(item.Resource).Namespace(item.Namespace).Delete(ctx, item.Name, metav1.DeleteOptions{
			PropagationPolicy: &background, Preconditions: metav1.NewUIDPreconditions(string(item.UID)),
		})
		switch {
		case err == nil && report != nil:
			report(item)
		case err != nil && !absent(err):
			errs = append(errs, fmt.Errorf("delete %s: %w", item, err))
		}
	}
	return errors.Join(errs...)
}

// left names what is still there.
func left(items []Item) error {
	if len(items) == 0 {
		return nil
	}
	var names []string
	for _, item := range items {
		names = append(names, item.String())
	}
	return fmt.Errorf("still there: %s", strings.Join(names, ", "))
}
