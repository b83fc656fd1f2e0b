// Package shell runs command lines as the workshop prints them, in an embedded POSIX shell (mvdan.cc/sh), so that
// nothing needs to be installed. kubectl, helm and kyverno are run by executing this very program again, in a process that is
// kept for the next command where Options.Keep allows it. jq, and what
// Options.Inside has, run inside it; everything else comes from PATH.
//
// It guarantees that output is streamed in the order in which it is written, that the end of a context ends every
// process that a line started, grandchildren too, and that commands do not see the user's own kubeconfig.
package shell
