package kinds

import (
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateProbes(c *corev1.Container, at *field.Path) fieldErrors {
	errs := validateProbe(c.LivenessProbe, true, at.Child("livenessProbe"))
	errs = append(errs, validateProbe(c.ReadinessProbe, false, at.Child("readinessProbe"))...)
	return append(errs, validateProbe(c.StartupProbe, true, at.Child("startupProbe"))...)
}

// validateProbe checks a probe; one success must be enough for a liveness and for a startup probe.
func validateProbe(p *corev1.Probe, once bool, at *field.Path) fieldErrors {
	if p == nil {
		return nil
	}
	errs := validateHandler(p.ProbeHandler, at)
	for _, n := range []struct {
		name  string
		value int32
	}{
		{"initialDelaySeconds", p.InitialDelaySeconds}, {"timeoutSeconds", p.TimeoutSeconds}, {"periodSeconds", p.PeriodSeconds},
		{"successThreshold", p.SuccessThreshold}, {"failureThreshold", p.FailureThreshold},
	} {
		errs = append(errs, apivalidation.ValidateNonnegativeField(int64(n.value), at.Child(n.name))...)
	}
	if once && p.SuccessThreshold != 1 {
		errs = append(errs, field.Invalid(at.Child("successThreshold"), p.SuccessThreshold, "must be 1"))
	}
	return errs
}

func validateHandler(h corev1.ProbeHandler, at *field.Path) fieldErrors {
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
	})
	use("tcpSocket", h.TCPSocket != nil, func(at *field.Path) {
		errs = append(errs, validPortRef(h.TCPSocket.Port, at.Child("port"))...)
	})
	use("grpc", h.GRPC != nil, func(at *field.Path) { errs = append(errs, validPort(h.GRPC.Port, at.Child("port"))...) })
	if len(used) == 0 {
		errs = append(errs, field.Required(at, "must specify a handler type"))
	}
	return errs
}
