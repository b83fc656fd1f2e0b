package openapi

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

func TestKnown(t *testing.T) {
	if all, err := known(); err != nil || len(all) < 50 {
		t.Fatalf("%d types, %v", len(all), err)
	}
	s := &schemas{byName: object{}}
	described := func(v any) object { return s.describe(reflect.TypeOf(v)) }
	property := func(of object, name string) object { return of["properties"].(object)[name].(object) }
	pod := described(corev1.PodSpec{})
	if diff := cmp.Diff([]any{"Always", "Never", "OnFailure"}, property(pod, "restartPolicy")["enum"]); diff != "" {
		t.Errorf("restartPolicy: %s", diff)
	}
	if diff := cmp.Diff([]any{"spec"}, described(batchv1.CronJob{})["required"]); diff != "" {
		t.Errorf("required of CronJob: %s", diff)
	}
	modes := property(described(corev1.PersistentVolumeClaimSpec{}), "accessModes")
	if modes["enum"] != nil || modes["items"].(object)["enum"] == nil {
		t.Errorf("the enumeration is that of the items: %v", modes)
	}
}
