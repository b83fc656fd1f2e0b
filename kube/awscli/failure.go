package awscli

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// failure is what the AWS CLI prints of an error and the status it ends with.
type failure struct {
	status     int
	text, hint string
}

// Error implements error.
func (f *failure) Error() string { return f.text }

const usage = `usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
`

// wrongUsage is a command line that cannot be understood.
func wrongUsage(format string, args ...any) *failure {
	f := invalid(format, args...)
	f.text += "\n\n" + usage
	return f
}

// invalid is a parameter that is not as it should be.
func invalid(format string, args ...any) *failure {
	return &failure{status: statusUsage, text: "An error occurred (ParamValidation): " + fmt.Sprintf(format, args...)}
}

// misconfigured is an environment that is not as it should be.
func misconfigured(code, text string) *failure {
	return &failure{status: statusConfig, text: fmt.Sprintf("An error occurred (%s): %s", code, text)}
}

// callError is an error of a request.
type callError struct {
	op  *operation
	err error
}

// Error implements error.
func (e *callError) Error() string { return e.op.api + ": " + e.err.Error() }

// Unwrap returns the SDK's error.
func (e *callError) Unwrap() error { return e.err }

// failureOf says of an error what the AWS CLI says.
func failureOf(err error) *failure {
	var (
		known  *failure
		called *callError
		api    smithy.APIError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &called) && errors.As(err, &api):
		text := fmt.Sprintf("An error occurred (%s) when calling the %s operation%s: %s", api.ErrorCode(), called.op.api, retries(err), message(api))
		return &failure{status: statusService, text: text}
	}
	if unreachable := (*url.Error)(nil); errors.As(err, &unreachable) {
		return &failure{status: statusOther, text: fmt.Sprintf("Could not connect to the endpoint URL: %q", unreachable.URL)}
	}
	return &failure{status: statusOther, text: err.Error()}
}

// message is an error's text; the AWS CLI prints None where there is none.
func message(api smithy.APIError) string {
	switch text := api.ErrorMessage(); text {
	case "", "UnknownError": // the SDK's word for no text
		return "None"
	default:
		return strings.TrimSpace(text)
	}
}

// retries says how often a request was repeated in vain.
func retries(err error) string {
	var exhausted *retry.MaxAttemptsError
	if errors.As(err, &exhausted) && exhausted.Attempt > 1 {
		return fmt.Sprintf(" (reached max retries: %d)", exhausted.Attempt-1)
	}
	return ""
}
