// Package kubectl runs the real kubectl, linked in as a library. It is meant for a process of its own: kubectl exits
// the process on errors and reads os.Args, so a caller that must live on re-executes its own binary.
package kubectl

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// Main runs `kubectl args…` on the process's own standard streams and exits with kubectl's status on an error; on
// success it returns. It does what the main function of k8s.io/kubernetes/cmd/kubectl does.
func Main(args []string) {
	os.Args = append([]string{"kubectl"}, args...)
	stampVersion()
	// The verbosity must be known before the flags are parsed: see cmd/kubectl/kubectl.go.
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		cmdutil.CheckErr(err)
	}
}
