package kinds

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

func validateContainers(spec *corev1.PodSpec, parts podParts, at *field.Path) fieldErrors {
	if len(spec.Containers) == 0 {
		return fieldErrors{field.Required(at, "")}
	}
	var errs fieldErrors
	seen, hostPorts := sets.New[string](), sets.New[string]()
	for i := range spec.Containers {
		c := &spec.Containers[i]
		errs = append(errs, validateContainer(c, parts, seen, at.Index(i))...)
		errs = append(errs, validateLifecycle(c.Lifecycle, ptr.Deref(spec.TerminationGracePeriodSeconds, 0), at.Index(i).Child("lifecycle"))...)
		errs = append(errs, validateProbes(c, at.Index(i))...)
		errs = append(errs, validateHostPorts(c.Ports, hostPorts, at.Index(i).Child("ports"))...)
	}
	return errs
}

// validateInitContainers shares the container names with the ordinary containers, which were checked first.
func validateInitContainers(spec *corev1.PodSpec, parts podParts, at *field.Path) fieldErrors {
	seen := sets.New[string]()
	for _, c := range spec.Containers {
		seen.Insert(c.Name)
	}
	var errs fieldErrors
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		errs = append(errs, validateContainer(c, parts, seen, at.Index(i))...)
		errs = append(errs, validateProbes(c, at.Index(i))...)
		if c.RestartPolicy != nil {
			errs = append(errs, oneOf(*c.RestartPolicy, at.Index(i).Child("restartPolicy"),
				corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever, corev1.ContainerRestartPolicyOnFailure)...)
			continue
		}
		errs = append(errs, forbidProbes(c, at.Index(i), "may not be set for init containers without restartPolicy=Always")...)
	}
	return errs
}

func forbidProbes(c *corev1.Container, at *field.Path, why string) fieldErrors {
	var errs fieldErrors
	if c.Lifecycle != nil {
		errs = append(errs, field.Forbidden(at.Child("lifecycle"), why))
	}
	if c.LivenessProbe != nil {
		errs = append(errs, field.Forbidden(at.Child("livenessProbe"), why))
	}
	if c.ReadinessProbe != nil {
		errs = append(errs, field.Forbidden(at.Child("readinessProbe"), why))
	}
	if c.StartupProbe != nil {
		errs = append(errs, field.Forbidden(at.Child("startupProbe"), why))
	}
	return errs
}

func validateEphemeralContainers(spec *corev1.PodSpec, parts podParts, names sets.Set[string], at *field.Path) fieldErrors {
	var errs fieldErrors
	for i := range spec.EphemeralContainers {
		e := &spec.EphemeralContainers[i]
		c := corev1.Container(e.EphemeralContainerCommon)
		errs = append(errs, validateContainer(&c, parts, names, at.Index(i))...)
		if e.TargetContainerName != "" && !containerNames(spec).Has(e.TargetContainerName) {
			errs = append(errs, field.NotFound(at.Index(i).Child("targetContainerName"), e.TargetContainerName))
		}
		errs = append(errs, validateEphemeral(&c, at.Index(i))...)
	}
	return errs
}

// validateEphemeral forbids what a container that comes late cannot have.
func validateEphemeral(c *corev1.Container, at *field.Path) fieldErrors {
	const why = "cannot be set for an Ephemeral Container"
	var errs fieldErrors
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"ports", len(c.Ports) > 0}, {"resources", !equal(c.Resources, corev1.ResourceRequirements{})}, {"resizePolicy", len(c.ResizePolicy) > 0},
		{"livenessProbe", c.LivenessProbe != nil}, {"readinessProbe", c.ReadinessProbe != nil}, {"startupProbe", c.StartupProbe != nil},
		{"lifecycle", c.Lifecycle != nil},
	} {
		if f.set {
			errs = append(errs, field.Forbidden(at.Child(f.name), why))
		}
	}
	return errs
}

// validateContainer checks one container and adds its name to seen.
func validateContainer(c *corev1.Container, parts podParts, seen sets.Set[string], at *field.Path) fieldErrors {
	var errs fieldErrors
	switch {
	case c.Name == "":
		errs = append(errs, field.Required(at.Child("name"), ""))
	default:
		errs = append(errs, invalidFor(c.Name, at.Child("name"), validation.IsDNS1123Label(c.Name))...)
	}
	errs = append(errs, validateImage(c.Image, at.Child("image"))...)
	errs = append(errs, oneOf(c.TerminationMessagePolicy, at.Child("terminationMessagePolicy"),
		corev1.TerminationMessageReadFile, corev1.TerminationMessageFallbackToLogsOnError)...)
	errs = append(errs, validatePorts(c.Ports, at.Child("ports"))...)
	errs = append(errs, validateEnv(c.Env, at.Child("env"))...)
	errs = append(errs, validateEnvFrom(c.EnvFrom, at.Child("envFrom"))...)
	errs = append(errs, validateMounts(c, parts, at.Child("volumeMounts"))...)
	errs = append(errs, validateDevices(c.VolumeDevices, parts, at.Child("volumeDevices"))...)
	errs = append(errs, oneOf(c.ImagePullPolicy, at.Child("imagePullPolicy"),
		corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)...)
	errs = append(errs, validateResources(&c.Resources, parts.claims, at.Child("resources"))...)
	errs = append(errs, validateResizePolicy(c.ResizePolicy, at.Child("resizePolicy"))...)
	errs = append(errs, validateSecurityContext(c.SecurityContext, at.Child("securityContext"))...)
	if c.Name != "" && seen.Has(c.Name) {
		errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
	}
	seen.Insert(c.Name)
	return errs
}

func validateImage(image string, at *field.Path) fieldErrors {
	switch {
	case image == "":
		return fieldErrors{field.Required(at, "")}
	case strings.TrimSpace(image) != image:
		return fieldErrors{field.Invalid(at, image, "must not have leading or trailing whitespace")}
	}
	return nil
}

func validatePorts(ports []corev1.ContainerPort, at *field.Path) fieldErrors {
	var errs fieldErrors
	names := sets.New[string]()
	for i, port := range ports {
		at := at.Index(i)
		if port.Name != "" {
			if messages := validation.IsValidPortName(port.Name); len(messages) > 0 {
				errs = append(errs, invalidFor(port.Name, at.Child("name"), messages)...)
			} else if names.Has(port.Name) {
				errs = append(errs, field.Duplicate(at.Child("name"), port.Name))
			}
			names.Insert(port.Name)
		}
		if port.ContainerPort == 0 {
			errs = append(errs, field.Required(at.Child("containerPort"), ""))
		} else {
			errs = append(errs, validPort(port.ContainerPort, at.Child("containerPort"))...)
		}
		if port.HostPort != 0 {
			errs = append(errs, validPort(port.HostPort, at.Child("hostPort"))...)
		}
		errs = append(errs, oneOf(port.Protocol, at.Child("protocol"), corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)...)
	}
	return errs
}

func validPort(port int32, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, message := range validation.IsValidPortNum(int(port)) {
		errs = append(errs, field.Invalid(at, port, message))
	}
	return errs
}

func validPortRef(port intstr.IntOrString, at *field.Path) fieldErrors {
	if port.Type == intstr.Int {
		return validPort(port.IntVal, at)
	}
	return invalidFor(port.StrVal, at, validation.IsValidPortName(port.StrVal))
}

// validateHostNetwork requires that a pod on its node's network has the same ports inside and outside.
func validateHostNetwork(spec *corev1.PodSpec, at *field.Path) fieldErrors {
	if !spec.HostNetwork {
		return nil
	}
	var errs fieldErrors
	for i, c := range spec.Containers {
		for j, port := range c.Ports {
			if port.HostPort != port.ContainerPort {
				errs = append(errs, field.Invalid(at.Index(i).Child("ports").Index(j).Child("hostPort"), port.HostPort,
					"must match `containerPort` when `hostNetwork` is true"))
			}
		}
	}
	return errs
}

func validateHostPorts(ports []corev1.ContainerPort, seen sets.Set[string], at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, port := range ports {
		if port.HostPort == 0 {
			continue
		}
		key := fmt.Sprintf("%s/%s/%d", port.Protocol, port.HostIP, port.HostPort)
		if seen.Has(key) {
			errs = append(errs, field.Duplicate(at.Index(i).Child("hostPort"), key))
		}
		seen.Insert(key)
	}
	return errs
}
