package awscli

import (
	"fmt"
	"slices"
)

const version = "podsec's stand-in for the AWS CLI (version 2), with the commands that the workshop uses; not the AWS CLI itself"

const about = `%s

Usage: aws [options] SERVICE OPERATION [parameters]

Options: --region, --output json|text|table|off, --query (JMESPath), --profile, --endpoint-url, --version

`

// help prints help if a command line asks for it, and returns whether it did.
func (p *program) help(args []string) bool {
	at := slices.Index(args, "help")
	if at < 0 && len(args) > 0 && (args[len(args)-1] == "--help" || args[len(args)-1] == "-h") {
		at = len(args) - 1
	}
	if at < 0 || at > 2 {
		return false
	}
	fmt.Fprintf(p.std.Out, about, version)
	for _, op := range operations() {
		if at > 0 && op.service != args[0] || at > 1 && op.name != args[1] {
			continue
		}
		fmt.Fprintf(p.std.Out, "  aws %s %-24s %s\n", op.service, op.name, op.about)
		for _, parameter := range op.parameters {
			if at == 2 {
				fmt.Fprintf(p.std.Out, "      %s%s\n", parameter.option(), parameter.needed())
			}
		}
	}
	return true
}

func (p parameter) needed() string {
	if p.required {
		return " (required)"
	}
	return ""
}
