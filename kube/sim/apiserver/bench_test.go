package apiserver_test

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"podsec/assets/kyverno"
)

func benchPod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "nginx"}}},
	}
}

// BenchmarkHTTP measures what single requests of client-go take.
func BenchmarkHTTP(b *testing.B) {
	ctx := context.Background()
	c := newCluster(b)
	pods := kubernetes.NewForConfigOrDie(c.config()).CoreV1().Pods("default")
	for i := range 100 {
		if _, err := pods.Create(ctx, benchPod(fmt.Sprintf("p%d", i)), metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			if _, err := pods.Get(ctx, "p1", metav1.GetOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list100", func(b *testing.B) {
		for b.Loop() {
			if _, err := pods.List(ctx, metav1.ListOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("create", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			if _, err := pods.Create(ctx, benchPod(fmt.Sprintf("new%d", n)), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("watch", func(b *testing.B) {
		w, err := pods.Watch(ctx, metav1.ListOptions{LabelSelector: "watched=yes"})
		if err != nil {
			b.Fatal(err)
		}
		defer w.Stop()
		pod := benchPod("seen")
		pod.Labels["watched"] = "yes"
		if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		<-w.ResultChan()
		n := 0
		for b.Loop() {
			n++
			patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"n":"%d"}}}`, n)
			if _, err := pods.Patch(ctx, "seen", "application/merge-patch+json", patch, metav1.PatchOptions{}); err != nil {
				b.Fatal(err)
			}
			<-w.ResultChan()
		}
	})
}

// BenchmarkDefinitions measures the creation of all of Kyverno's definitions.
func BenchmarkDefinitions(b *testing.B) {
	crds, err := kyverno.CRDs()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		c := newCluster(b).Client()
		b.StartTimer()
		for _, crd := range crds {
			if _, err := c.Create(context.Background(), crd.GroupVersionKind().GroupVersion().WithResource("customresourcedefinitions"), crd, metav1.CreateOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkRestore measures a reset of the cluster to a state that it has left in one object.
func BenchmarkRestore(b *testing.B) {
	ctx := context.Background()
	c := newCluster(b)
	pods := kubernetes.NewForConfigOrDie(c.config()).CoreV1().Pods("default")
	for i := range 100 {
		if _, err := pods.Create(ctx, benchPod(fmt.Sprintf("p%d", i)), metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	snapshot := c.Objects()
	for b.Loop() {
		if err := pods.Delete(ctx, "p1", metav1.DeleteOptions{}); err != nil {
			b.Fatal(err)
		}
		if err := c.Restore(ctx, snapshot); err != nil {
			b.Fatal(err)
		}
	}
}
