package kinds

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateProbes(c *corev1.Container, at *field.Path) fieldErrors {
	errs := validateProbe(c.LivenessProbe, true, at.Child("livenessProbe"))
	errs = append(errs, validateProbe(c.ReadinessProbe, false, at.Child("readinessProbe"))...)
	if p := c.ReadinessProbe; p != nil && p.TerminationGracePeriodSeconds != nil {
		errs = append(errs, field.Invalid(at.Child("readinessProbe", "terminationGracePeriodSeconds"), *p.TerminationGracePeriodSeconds,
			"must not be set for readinessProbes"))
	}
	return append(errs, validateProbe(c.StartupProbe, true, at.Child("startupProbe"))...)
}

// validateProbe checks a probe; one success must be enough for a liveness and for a startup probe.
func validateProbe(p *corev1.Probe, once bool, at *field.Path) fieldErrors {
	if p == nil {
		return nil
	}
	errs := validateHandler(handlers{p.Exec, p.HTTPGet, p.TCPSocket, p.GRPC, nil}, 0, at)
	for _, n := range []struct {
		name  string
		value int32
	}{
		{"initialDelaySeconds", p.InitialDelaySeconds}, {"timeoutSeconds", p.TimeoutSeconds}, {"periodSeconds", p.PeriodSeconds},
		{"successThreshold", p.SuccessThreshold}, {"failureThreshold", p.FailureThreshold},
	} {
		errs = append(errs, apivalidation.ValidateNonnegativeField(int64(n.value), at.Child(n.name))...)
	}
	if s := p.TerminationGracePeriodSeconds; s != nil && *s <= 0 {
		errs = append(errs, field.Invalid(at.Child("terminationGracePeriodSeconds"), *s, "must be greater than 0"))
	}
	if once && p.SuccessThreshold != 1 {
		errs = append(errs, field.Invalid(at.Child("successThreshold"), p.SuccessThreshold, "must be 1"))
	}
	return errs
}

// handlers are the ways in which a container is asked or told something: one of them is set.
type handlers struct {
	Exec      *corev1.ExecAction
	HTTPGet   *corev1.HTTPGetAction
	TCPSocket *corev1.TCPSocketAction
	GRPC      *corev1.GRPCAction
	Sleep     *corev1.SleepAction
}

// validateLifecycle checks the hooks of a container, which have grace seconds when it ends.
func validateLifecycle(l *corev1.Lifecycle, grace int64, at *field.Path) fieldErrors {
	if l == nil {
		return nil
	}
	var errs fieldErrors
	for _, hook := range []struct {
		name string
		of   *corev1.LifecycleHandler
	}{{"postStart", l.PostStart}, {"preStop", l.PreStop}} {
		if h := hook.of; h != nil {
			errs = append(errs, validateHandler(handlers{h.Exec, h.HTTPGet, h.TCPSocket, nil, h.Sleep}, grace, at.Child(hook.name))...)
		}
	}
	return errs
}

func validateHandler(h handlers, grace int64, at *field.Path) fieldErrors {
	var errs fieldErrors
	var used []string
	use := func(name string, set bool, check func(at *field.Path)) {
		if !set {
			return
		}
		if len(used) > 0 {
			errs = append(errs, field.Forbidden(at.Child(name), "may not specify more than 1 handler type"))
			return
		}
		used = append(used, name)
		check(at.Child(name))
	}
	use("exec", h.Exec != nil, func(at *field.Path) {
		if len(h.Exec.Command) == 0 {
			errs = append(errs, field.Required(at.Child("command"), ""))
		}
	})
	use("httpGet", h.HTTPGet != nil, func(at *field.Path) {
		errs = append(errs, validPortRef(h.HTTPGet.Port, at.Child("port"))...)
		errs = append(errs, oneOf(h.HTTPGet.Scheme, at.Child("scheme"), corev1.URISchemeHTTP, corev1.URISchemeHTTPS)...)
		for _, header := range h.HTTPGet.HTTPHeaders {
			errs = append(errs, invalidFor(header.Name, at.Child("httpHeaders"), validation.IsHTTPHeaderName(header.Name))...)
		}
	})
	use("tcpSocket", h.TCPSocket != nil, func(at *field.Path) {
		errs = append(errs, validPortRef(h.TCPSocket.Port, at.Child("port"))...)
	})
	use("grpc", h.GRPC != nil, func(at *field.Path) { errs = append(errs, validPort(h.GRPC.Port, at.Child("port"))...) })
	use("sleep", h.Sleep != nil, func(at *field.Path) {
		if s := h.Sleep.Seconds; s < 0 || s > grace {
			errs = append(errs, field.Invalid(at, s, fmt.Sprintf("must be non-negative and less than terminationGracePeriodSeconds (%d)", grace)))
		}
	})
	if len(used) == 0 {
		errs = append(errs, field.Required(at, "must specify a handler type"))
	}
	return errs
}
