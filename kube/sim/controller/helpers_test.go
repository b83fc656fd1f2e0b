package controller

import (
	"fmt"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
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
