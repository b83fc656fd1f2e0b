package labs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// workshopShell knows three commands: "make NAME" and "drop NAME" of a ConfigMap, and "put FILE", which makes what the
// file says after its last space and fails when that is nothing.
func workshopShell(client dynamic.Interface) runnerFunc {
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("default")
	return func(ctx context.Context, dir, line string, _ []string, _, _ io.Writer) (int, error) {
		exit := 0
		for command := range strings.SplitSeq(line, "; ") {
			verb, name, _ := strings.Cut(command, " ")
			if verb == "put" {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					return 1, nil
				}
				name = strings.TrimSpace(string(text[strings.LastIndexByte(string(text), ' ')+1:]))
			}
			switch {
			case name == "none":
				exit = 1
			case verb == "drop":
				if err := maps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
					return 1, err
				}
			case verb == "make" || verb == "put":
				o := &unstructured.Unstructured{Object: map[string]any{
					"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "default"},
				}}
				if _, err := maps.Create(ctx, o, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
					return 1, err
				}
			case verb == "break":
				return 1, errors.New("no shell")
			}
		}
		return exit, nil
	}
}

// emptied is a cluster whose reset removes what the shell made.
type emptied struct {
	*testCluster
	client dynamic.Interface
}

// Reset removes all ConfigMaps.
func (e emptied) Reset(ctx context.Context, _ Baseline) error {
	maps := e.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("default")
	list, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, o := range list.Items {
		if err := maps.Delete(ctx, o.GetName(), metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// TestProve proves labs, right and wrong ones; what comes out is the problems.
func TestProve(t *testing.T) {
	golden(t, "prove", func(t *testing.T, files fstest.MapFS) string {
		lab, err := Parse(files, "01-t")
		if err != nil {
			t.Fatal(err)
		}
		view, client := fakeView()
		s, err := open(t.Context(), &Session{lab: lab, cluster: emptied{&testCluster{}, client}, shell: workshopShell(client), view: view})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		var b strings.Builder
		p := prover{session: s, watch: func(step *Step) { fmt.Fprintf(&b, "# %s\n", step.ID) }}
		err = p.all(t.Context())
		for _, problem := range p.problems {
			b.WriteString(problem.Error() + "\n")
		}
		if err != nil {
			b.WriteString(err.Error() + "\n")
		}
		return b.String()
	})
}
