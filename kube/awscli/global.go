package awscli

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"podsec/kube/awsenv"
	"podsec/kube/process"
)

// globalLine is a command line with the options that all commands have taken out.
type globalLine struct {
	rest                                     []string
	region, output, query, profile, endpoint string
	version                                  bool
}

// parseGlobal takes the global options out of a command line, wherever they are.
func parseGlobal(args []string) (globalLine, error) {
	var line globalLine
	values := map[string]*string{
		"--region": &line.region, "--output": &line.output, "--query": &line.query, "--profile": &line.profile, "--endpoint-url": &line.endpoint,
		"--color": new(string), // there are no colours to switch off
	}
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		target := values[name]
		switch {
		case args[i] == "--version":
			line.version = true
		case args[i] == "--no-cli-pager", args[i] == "--no-cli-auto-prompt": // there is neither
		case target == nil:
			line.rest = append(line.rest, args[i])
		case joined:
			*target = value
		case i+1 == len(args) || strings.HasPrefix(args[i+1], "--"):
			return line, wrongUsage("argument %s: expected one argument", name)
		default:
			i++
			*target = args[i]
		}
	}
	return line, nil
}

// format is the output format that is asked for.
func (line globalLine) format(getenv func(string) string) string {
	return cmp.Or(line.output, getenv("AWS_DEFAULT_OUTPUT"), "json")
}

// config finds region and credentials for a service ("kms") as the SDK does, and the AWS CLI.
func (line globalLine) config(ctx context.Context, env process.IO, service string) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if line.region != "" {
		options = append(options, config.WithRegion(line.region))
	}
	if line.profile != "" {
		options = append(options, config.WithSharedConfigProfile(line.profile))
	}
	if line.endpoint != "" {
		options = append(options, config.WithBaseEndpoint(line.endpoint))
	}
	c, err := awsenv.Load(ctx, env, strings.ToUpper(service), options...)
	switch {
	case err != nil && line.profile != "":
		return c, &failure{status: statusOther, text: "The config profile (" + line.profile + ") could not be found"}
	case err != nil:
		return c, err
	case c.Region == "":
		return c, misconfigured("NoRegion", `You must specify a region. You can also configure your region by running "aws configure".`)
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		return c, misconfigured("NoCredentials", `Unable to locate credentials. You can configure credentials by running "aws login".`)
	}
	return c, nil
}
