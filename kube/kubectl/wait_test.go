package kubectl

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/kubectl/pkg/cmd/wait"
)

// TestOnceBefore looks once, and waits for what has not come to pass, or could not be seen.
func TestOnceBefore(t *testing.T) {
	const timeout = 30 * time.Second
	for name, test := range map[string]struct {
		met   bool
		err   error
		looks []time.Duration
	}{
		"met":     {met: true, looks: []time.Duration{0}},
		"not met": {err: errors.New("condition not met for pods/a"), looks: []time.Duration{0, timeout}},
		"unclear": {looks: []time.Duration{0, timeout}},
	} {
		t.Run(name, func(t *testing.T) {
			var looks []time.Duration
			condition := func(_ context.Context, _ *resource.Info, o *wait.WaitOptions) (runtime.Object, bool, error) {
				looks = append(looks, o.Timeout)
				return nil, test.met || o.Timeout > 0, test.err
			}
			_, met, err := onceBefore(condition)(t.Context(), nil, &wait.WaitOptions{Timeout: timeout})
			if !met || !errors.Is(err, test.err) {
				t.Errorf("met %t, error %v", met, err)
			}
			if d := cmp.Diff(test.looks, looks); d != "" {
				t.Errorf("timeouts of the looks (-want +got):\n%s", d)
			}
		})
	}
}

// TestLookFirst leaves the command's options as they are.
func TestLookFirst(t *testing.T) {
	getter, streams := genericclioptions.NewConfigFlags(true), genericiooptions.NewTestIOStreamsDiscard()
	options := func(change func(root *cobra.Command)) (all []string) {
		root, command := &cobra.Command{Use: "kubectl"}, wait.NewCmdWait(getter, streams)
		root.AddCommand(command)
		change(root)
		command.LocalFlags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name+" "+f.Shorthand+" "+f.DefValue+" "+f.Usage) })
		return all
	}
	want := options(func(*cobra.Command) {})
	got := options(func(root *cobra.Command) {
		if err := lookFirst(root, getter, streams); err != nil {
			t.Fatal(err)
		}
	})
	if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
		t.Errorf("options (-want +got):\n%s", d)
	}
}
