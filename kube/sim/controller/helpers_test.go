package controller

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/kube/sim/api"
)

func fromUnstructured(u *unstructured.Unstructured, into runtime.Object) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, into)
}

func text(cell any) string { return fmt.Sprint(cell) }

// byTime sorts events by the number in their name, which is the time at which they happened.
func byTime(events []*unstructured.Unstructured) {
	stamp := func(u *unstructured.Unstructured) string { return u.GetName()[strings.LastIndex(u.GetName(), ".")+1:] }
	sort.SliceStable(events, func(i, j int) bool { return stamp(events[i]) < stamp(events[j]) })
}

// guard denies pods whose first image contains a word, as a policy would.
type guard struct{ word atomic.Pointer[string] }

func newGuard(word string) *guard {
	g := &guard{}
	g.word.Store(&word)
	return g
}

func (g *guard) Mutate(context.Context, *api.Attributes) error { return nil }

func (g *guard) Validate(_ context.Context, a *api.Attributes) error {
	if a.Kind.Kind != "Pod" || a.Operation != api.Create || !strings.Contains(text(a.Object.Object["spec"]), *g.word.Load()) {
		return nil
	}
	return apierrors.NewForbidden(a.Resource.GroupResource(), a.Name, errors.New("the image is not allowed"))
}
