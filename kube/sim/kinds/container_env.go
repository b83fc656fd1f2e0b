package kinds

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateEnv(env []corev1.EnvVar, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, e := range env {
		at := at.Index(i)
		if e.Name == "" {
			errs = append(errs, field.Required(at.Child("name"), ""))
		} else {
			errs = append(errs, invalidFor(e.Name, at.Child("name"), validation.IsRelaxedEnvVarName(e.Name))...)
		}
		if e.ValueFrom != nil {
			errs = append(errs, validateEnvSource(e, at.Child("valueFrom"))...)
		}
	}
	return errs
}

func validateEnvSource(e corev1.EnvVar, at *field.Path) fieldErrors {
	from, sources := e.ValueFrom, 0
	var errs fieldErrors
	if from.FieldRef != nil {
		sources++
		errs = append(errs, validateFieldRef(from.FieldRef, environmentFields, at.Child("fieldRef"))...)
	}
	if from.ResourceFieldRef != nil {
		sources++
		errs = append(errs, validateResourceRef(from.ResourceFieldRef, false, at.Child("resourceFieldRef"))...)
	}
	if ref := from.ConfigMapKeyRef; ref != nil {
		sources++
		errs = append(errs, validateKeyRef(ref.Name, ref.Key, at.Child("configMapKeyRef"))...)
	}
	if ref := from.SecretKeyRef; ref != nil {
		sources++
		errs = append(errs, validateKeyRef(ref.Name, ref.Key, at.Child("secretKeyRef"))...)
	}
	if ref := from.FileKeyRef; ref != nil {
		sources++
		if ref.VolumeName == "" {
			errs = append(errs, field.Required(at.Child("fileKeyRef", "volumeName"), ""))
		}
	}
	switch {
	case sources == 0:
		errs = append(errs, field.Invalid(at, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"))
	case e.Value != "":
		errs = append(errs, field.Invalid(at, "", "may not be specified when `value` is not empty"))
	case sources > 1:
		errs = append(errs, field.Invalid(at, "", "may not have more than one field specified at a time"))
	}
	return errs
}

func validateKeyRef(name, key string, at *field.Path) fieldErrors {
	errs := invalidFor(name, at.Child("name"), validation.IsDNS1123Subdomain(name))
	if key == "" {
		return append(errs, field.Required(at.Child("key"), ""))
	}
	return append(errs, invalidFor(key, at.Child("key"), validation.IsConfigMapKey(key))...)
}

func validateEnvFrom(sources []corev1.EnvFromSource, at *field.Path) fieldErrors {
	var errs fieldErrors
	for i, source := range sources {
		all, at := at, at.Index(i)
		if source.Prefix != "" {
			errs = append(errs, invalidFor(source.Prefix, at.Child("prefix"), validation.IsRelaxedEnvVarName(source.Prefix))...)
		}
		switch {
		case source.ConfigMapRef != nil && source.SecretRef != nil:
			errs = append(errs, field.Invalid(all, "", "may not have more than one field specified at a time"))
		case source.ConfigMapRef != nil:
			errs = append(errs, refName(source.ConfigMapRef.Name, at.Child("configMapRef"))...)
		case source.SecretRef != nil:
			errs = append(errs, refName(source.SecretRef.Name, at.Child("secretRef"))...)
		default:
			errs = append(errs, field.Invalid(all, "", "must specify one of: `configMapRef` or `secretRef`"))
		}
	}
	return errs
}

func refName(name string, at *field.Path) fieldErrors {
	if name == "" {
		return fieldErrors{field.Required(at.Child("name"), "")}
	}
	return invalidFor(name, at.Child("name"), validation.IsDNS1123Subdomain(name))
}
