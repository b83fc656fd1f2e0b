package venue

import (
	"podsec/kube/awscli"
	"podsec/kube/cosign"
	"podsec/kube/docker"
	"podsec/kube/process"
	"podsec/labs/shell"
)

// inside finds the stand-in that can run inside this program. They all can when the environment says everything that they
// need to know, as the simulated account's does. Otherwise they need a process of their own: libraries ask that for more,
// for profiles and credential helpers.
func inside(name string, args []string, std process.IO) shell.Main {
	switch {
	case name == "aws" && awscli.Inside(args, std):
		return awscli.Main
	case name == "docker" && docker.Inside(args, std):
		return docker.Main
	case name == "cosign" && cosign.Inside(args, std):
		return cosign.Main
	}
	return nil
}
