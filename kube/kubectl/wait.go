package kubectl

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/resource"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/cmd/wait"
)

// lookFirst has `kubectl wait` ask for an object once before it watches it. A watch says nothing before its cache is
// found to be filled, and client-go looks at that every 100 ms (cache.WaitForCacheSync): what has come to pass already
// need not wait for it.
func lookFirst(root *cobra.Command, getter genericclioptions.RESTClientGetter, streams genericiooptions.IOStreams) error {
	command, _, err := root.Find([]string{"wait"})
	if err != nil {
		return err
	}
	command.ResetFlags()
	flags := wait.NewWaitFlags(getter, streams)
	flags.AddFlags(command)
	command.Run = func(command *cobra.Command, args []string) {
		options, err := flags.ToOptions(args)
		cmdutil.CheckErr(err)
		for i, condition := range options.ConditionFn {
			options.ConditionFn[i] = onceBefore(condition)
		}
		cmdutil.CheckErr(options.RunWaitContext(command.Context()))
	}
	return nil
}

// onceBefore looks whether a condition is met, as a timeout of zero asks for, and waits for it only when it is not.
func onceBefore(condition wait.ConditionFunc) wait.ConditionFunc {
	return func(ctx context.Context, info *resource.Info, o *wait.WaitOptions) (runtime.Object, bool, error) {
		once := *o
		once.Timeout = 0
		if object, met, err := condition(ctx, info, &once); met && err == nil {
			return object, true, nil
		}
		return condition(ctx, info, o)
	}
}
