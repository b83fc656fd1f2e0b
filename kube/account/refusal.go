package account

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"podsec/kube/live"
)

// The codes that AWS's services give to errors of the same meaning.
var (
	deniedCodes    = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
	expiredCodes   = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
	unknownCodes   = []string{"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException", "InvalidAccessKeyId"}
	throttledCodes = []string{"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
)

// What to do when there are no credentials, and when those that there are have expired.
const (
	logIn      = "aws sso login, or aws configure, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	logInAgain = "log in again: aws sso login, or aws login; keys that were exported have to be exported anew"
)

// Explain says what an error of asking AWS for an action ("kms:Sign") means, and what to do about it.
func Explain(action string, err error) live.Trouble {
	code, message := "", first(err)
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		code, message = answer.ErrorCode(), answer.ErrorMessage()
	}
	missing := (*net.DNSError)(nil)
	switch {
	case slices.Contains(deniedCodes, code):
		return live.Trouble{Problem: "you may not call " + action + ": " + message, Hint: "have the action " + action + " allowed for you"}
	case slices.Contains(expiredCodes, code):
		return live.Trouble{Problem: "the credentials have expired", Hint: logInAgain}
	case slices.Contains(unknownCodes, code):
		return live.Trouble{Problem: "the credentials are not accepted: " + message, Hint: "look at the access key and its secret, and at this computer's clock"}
	case slices.Contains(throttledCodes, code):
		return live.Trouble{Problem: action + " is called too often: " + message, Hint: "wait a minute and ask again"}
	case errors.As(err, &missing):
		return live.Trouble{Problem: "there is no server named " + missing.Name, Hint: "is the region's name right, and is there a network?"}
	case errors.Is(err, context.DeadlineExceeded):
		return live.Trouble{Problem: "there is no answer to " + action, Hint: "is there a network, and may it reach AWS?"}
	}
	return live.Trouble{Problem: action + ": " + message}
}

// refused notes why something could not be asked; a service that was asked too often is no problem. It returns false for
// a problem.
func (e *examination) refused(about, action string, err error) bool {
	reason := Explain(action, err)
	if known := (*Error)(nil); errors.As(err, &known) {
		reason = known.Trouble
	}
	level := live.Problem
	if throttled(err) {
		level = live.Warning
	}
	return e.say(level, about, reason.Hint, "%s", reason.Problem)
}

// Error is why an account cannot be used, and what to do about it.
type Error struct {
	live.Trouble
	cause error
}

// Error implements error. What to do about it is left to who prints it.
func (e *Error) Error() string { return "use AWS account: " + e.Problem }

// Unwrap returns the SDK's error, nil when there is none.
func (e *Error) Unwrap() error { return e.cause }

// trouble makes an *Error of an error of asking AWS for an action.
func trouble(action string, err error) error { return &Error{Explain(action, err), err} }

// throttled reports whether an error says that AWS was asked too often.
func throttled(err error) bool { return coded(err, throttledCodes) }

// denied reports whether an error says that AWS does not allow something.
func denied(err error) bool { return coded(err, deniedCodes) }

func coded(err error, codes []string) bool {
	answer := smithy.APIError(nil)
	return errors.As(err, &answer) && slices.Contains(codes, answer.ErrorCode())
}

// credentialsOf gets the credentials of a configuration, or says why they cannot be had.
func credentialsOf(ctx context.Context, config aws.Config) (aws.Credentials, *live.Trouble) {
	if config.Credentials == nil {
		return aws.Credentials{}, &live.Trouble{Problem: "there are none", Hint: logIn}
	}
	found, err := config.Credentials.Retrieve(ctx)
	switch {
	case err != nil && strings.Contains(err.Error(), "expired"):
		return found, &live.Trouble{Problem: "they have expired: " + first(err), Hint: logInAgain}
	case err != nil:
		return found, &live.Trouble{Problem: "there are none: " + first(err), Hint: logIn}
	case found.Expired():
		return found, &live.Trouble{Problem: "they have expired", Hint: logInAgain}
	}
	return found, nil
}

// first is the first line of an error.
func first(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
