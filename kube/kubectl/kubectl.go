// Package kubectl runs the real kubectl, linked in as a library. It is meant for a process of its own: kubectl exits
// the process on errors and reads os.Args, so a caller that must live on re-executes its own binary. Such a process can
// be kept for the next command.
package kubectl

import (
	_ "podsec/kube/kubectl/english"

	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/plugin"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"podsec/kube/kept"
)

// Main runs `kubectl args…` on the process's own standard streams and exits with kubectl's status on an error; on
// success it returns. It does what the main function of k8s.io/kubernetes/cmd/kubectl does. In a process that was
// started to be kept it runs the commands that it is sent instead.
func Main(args []string) {
	stampVersion()
	collectLess()
	if !kept.Serving() {
		run(args)
		return
	}
	if err := kept.Serve(serve); err != nil {
		fmt.Fprintf(os.Stderr, "kubectl: %v\n", err)
		os.Exit(1)
	}
}

// collectLess lets the heap grow to five times what is in use before garbage is collected, unless the environment says
// otherwise: a command uses little and ends soon, and a seventh of its time went into collecting what it had used.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

func run(args []string) {
	os.Args = append([]string{"kubectl"}, args...)
	// The verbosity must be known before the flags are parsed: see cmd/kubectl/kubectl.go.
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args))
	command, err := command()
	cmdutil.CheckErr(err)
	if err := cli.RunNoErrOutput(command); err != nil {
		cmdutil.CheckErr(err)
	}
}

// command is the command that cmd.NewDefaultKubectlCommand makes, but for what `wait` does first.
func command() (*cobra.Command, error) {
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	flags := genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag().
		WithDiscoveryBurst(300).WithDiscoveryQPS(50).WithWarningPrinter(streams)
	root := cmd.NewDefaultKubectlCommandWithArgs(cmd.KubectlOptions{
		PluginHandler: cmd.NewDefaultPluginHandler(plugin.ValidPluginFilenamePrefixes),
		Arguments:     os.Args,
		ConfigFlags:   flags,
		IOStreams:     streams,
	})
	return root, lookFirst(root, flags, streams)
}

// serve runs one of several commands. One that fails ends its goroutine in place of the process; one that leaves another
// goroutine to fail leaves the process unfit for the next.
func serve(args []string) (status int, fit bool) {
	failed, ended := make(chan int, 1), make(chan struct{})
	cmdutil.BehaviorOnFatal(func(message string, code int) {
		if message != "" {
			fmt.Fprintln(os.Stderr, strings.TrimSuffix(message, "\n"))
		}
		select {
		case failed <- code:
		default: // the first counts
		}
		runtime.Goexit()
	})
	go func() {
		defer close(ended)
		run(args)
	}()
	select {
	case status = <-failed:
	case <-ended:
		select {
		case status = <-failed:
		default:
		}
		return status, true
	}
	select {
	case <-ended:
		return status, true
	case <-time.After(time.Second):
		return status, false
	}
}
