package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podsec/kube/awscli"
	"podsec/kube/docker"
	"podsec/kube/process"
)

// AWS returns `podsec aws …`, the stand-in for the AWS CLI.
func AWS(exit func(status int)) *cobra.Command {
	return standIn(exit, awscli.Main, &cobra.Command{
		Use:     "aws …",
		Short:   "Run the built-in stand-in for the AWS CLI: kms, ecr and sts",
		Example: "  podsec aws ecr describe-repositories\n  podsec aws help",
	})
}

// Docker returns `podsec docker …`, the stand-in for docker.
func Docker(exit func(status int)) *cobra.Command {
	return standIn(exit, docker.Main, &cobra.Command{
		Use:     "docker …",
		Short:   "Run the built-in stand-in for docker: images and registries, no containers",
		Example: "  podsec docker pull public.ecr.aws/nginx/nginx\n  podsec docker --help",
	})
}

// standIn makes a command of another program's: all arguments are its own.
func standIn(exit func(status int), main func(context.Context, []string, process.IO) int, command *cobra.Command) *cobra.Command {
	command.DisableFlagParsing = true
	command.Run = func(command *cobra.Command, args []string) {
		exit(main(command.Context(), args, process.Own()))
	}
	return command
}
