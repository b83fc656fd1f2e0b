package account

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

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

// refused says what an error of asking for an action means and what to do about it. It returns false for a problem.
func (e *examination) refused(about, action string, err error) bool {
	code, message := "", first(err)
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		code, message = answer.ErrorCode(), answer.ErrorMessage()
	}
	missing := (*net.DNSError)(nil)
	switch {
	case slices.Contains(deniedCodes, code):
		return e.say(live.Problem, about, "have the action "+action+" allowed for you", "you may not call %s: %s", action, message)
	case slices.Contains(expiredCodes, code):
		return e.say(live.Problem, about, "log in again: aws sso login", "the credentials have expired")
	case slices.Contains(unknownCodes, code):
		return e.say(live.Problem, about, "look at the access key and its secret, and at this computer's clock", "the credentials are not accepted: %s", message)
	case slices.Contains(throttledCodes, code):
		return e.say(live.Warning, about, "wait a minute and ask again", "%s is called too often: %s", action, message)
	case errors.As(err, &missing):
		return e.say(live.Problem, about, "is the region's name right, and is there a network?", "there is no server named %s", missing.Name)
	case errors.Is(err, context.DeadlineExceeded):
		return e.say(live.Problem, about, "is there a network, and may it reach AWS?", "there is no answer to %s", action)
	}
	return e.say(live.Problem, about, "", "%s: %s", action, message)
}

// first is the first line of an error.
func first(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
