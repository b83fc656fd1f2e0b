//go:build !unix

package shell

import "os/exec"

// ownGroup does nothing: without process groups only the command itself is stopped.
func ownGroup(*exec.Cmd) {}

func stopGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func statusOf(err *exec.ExitError) int { return err.ExitCode() }
