package live

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Trouble is why a cluster cannot be used, in the user's words.
type Trouble struct {
	Problem string // one sentence
	Hint    string // what to do about it, "" when nothing is known
}

// Explain says what an error of talking to a cluster means.
func Explain(err error) Trouble {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		expired   x509.CertificateInvalidError
		dns       *net.DNSError
		no        *refusal
	)
	text := err.Error()
	switch {
	case errors.As(err, &no):
		return Trouble{no.text, "the gate keeps labs to what they made themselves"}
	case strings.Contains(text, "getting credentials: exec:"):
		return Trouble{"the program that gets credentials for the cluster failed: " + after(text, "getting credentials: "),
			"run it by itself; for EKS: aws eks get-token --cluster-name CLUSTER, after aws sso login"}
	case apierrors.IsUnauthorized(err):
		return Trouble{"the cluster does not accept the credentials; they may have expired", "log in again; for EKS: aws eks update-kubeconfig --name CLUSTER"}
	case apierrors.IsForbidden(err):
		return Trouble{"the cluster knows you, but does not allow this: " + text, "podsec doctor lists the permissions that each lab needs"}
	case errors.As(err, &expired) && expired.Reason == x509.Expired:
		return Trouble{"a certificate has expired: " + expired.Error(), "get a new kubeconfig, and look at this computer's clock"}
	case errors.As(err, &authority), errors.As(err, &host):
		return Trouble{"the server is not the one that the kubeconfig expects: " + text, "get the kubeconfig anew"}
	case errors.As(err, &dns):
		return Trouble{"there is no server named " + dns.Name, "are you on the network, or the VPN, that the cluster is in?"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Trouble{"nothing listens where the cluster is said to be: " + text, "is the cluster running?"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(text, "client connection lost"):
		return Trouble{"the connection to the cluster broke: " + text, "look what was done before you do it again"}
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err), unsent(err):
		return Trouble{"the cluster does not answer", "is it running, and may this network reach it?"}
	}
	return Trouble{Problem: text}
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}
