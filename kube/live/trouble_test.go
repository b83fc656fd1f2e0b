package live

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestExplain(t *testing.T) {
	for problem, err := range map[string]error{
		"does not accept the credentials":     apierrors.NewUnauthorized("Unauthorized"),
		"does not allow this":                 apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "a", errors.New("no")),
		"nothing listens":                     fmt.Errorf("get: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}),
		"no server named lab.example":         &net.DNSError{Name: "lab.example", IsNotFound: true},
		"the connection to the cluster broke": fmt.Errorf("get: %w", io.ErrUnexpectedEOF),
		"does not answer":                     fmt.Errorf("get: %w", context.DeadlineExceeded),
		"certificate has expired":             x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{}},
		"not the one that the kubeconfig":     x509.UnknownAuthorityError{},
		"program that gets credentials":       errors.New(`Get "https://x": getting credentials: exec: executable aws not found`),
		"what the workshop did not make":      foreign(&request{verb: "delete", name: "a", namespace: "b"}),
		"something that nobody has foreseen":  errors.New("something that nobody has foreseen"),
	} {
		if got := Explain(err); !strings.Contains(got.Problem, problem) {
			t.Errorf("%v: %q does not say %q", err, got.Problem, problem)
		}
	}
}
