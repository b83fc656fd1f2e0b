package docker

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// failure is an error in docker's words.
type failure string

// Error implements error.
func (f failure) Error() string { return string(f) }

// daemon is an error that docker's daemon reports.
func daemon(format string, args ...any) error {
	return failure("Error response from daemon: " + fmt.Sprintf(format, args...))
}

// registryText says of an error of a registry what docker says.
func registryText(err error) string {
	var refused *transport.Error
	switch {
	case !errors.As(err, &refused):
		return err.Error()
	case refused.StatusCode == http.StatusUnauthorized:
		return "no basic auth credentials"
	case len(refused.Errors) == 0:
		return fmt.Sprintf("unexpected status from %s request to %s: %d %s", refused.Request.Method, refused.Request.URL, refused.StatusCode, http.StatusText(refused.StatusCode))
	}
	first := refused.Errors[0]
	return strings.ToLower(strings.ReplaceAll(string(first.Code), "_", " ")) + ": " + first.Message
}

// notFound says whether a registry answered that it does not have what was asked for.
func notFound(err error) bool {
	var refused *transport.Error
	return errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound
}
