package kinds

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateMode(mode *int32, at *field.Path) fieldErrors {
	if mode != nil && (*mode < 0 || *mode > 0o777) {
		return fieldErrors{field.Invalid(at, *mode, "must be a number between 0 and 0777 (octal), both inclusive")}
	}
	return nil
}

// validateFiles checks the files that a ConfigMap or a Secret becomes.
func validateFiles(mode *int32, items []corev1.KeyToPath, at *field.Path) fieldErrors {
	errs := validateMode(mode, at.Child("defaultMode"))
	for i, item := range items {
		at := at.Child("items").Index(i)
		errs = append(errs, required(item.Key, at.Child("key"))...)
		errs = append(errs, required(item.Path, at.Child("path"))...)
		errs = append(errs, localPath(item.Path, at.Child("path"))...)
		errs = append(errs, validateMode(item.Mode, at.Child("mode"))...)
	}
	return errs
}

func validateDownward(items []corev1.DownwardAPIVolumeFile, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, item := range items {
		errs = append(errs, required(item.Path, at.Child("path"))...)
		errs = append(errs, localPath(item.Path, at.Child("path"))...)
		switch {
		case item.FieldRef != nil:
			errs = append(errs, validateFieldRef(item.FieldRef, volumeFields, at.Child("fieldRef"))...)
			if item.ResourceFieldRef != nil {
				errs = append(errs, field.Invalid(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"))
			}
		case item.ResourceFieldRef != nil:
			errs = append(errs, validateResourceRef(item.ResourceFieldRef, true, at.Child("resourceFieldRef"))...)
		default:
			errs = append(errs, field.Required(at, "one of fieldRef and resourceFieldRef is required"))
		}
		errs = append(errs, validateMode(item.Mode, at.Child("mode"))...)
	}
	return errs
}

func validateProjected(p *corev1.ProjectedVolumeSource, at *field.Path) fieldErrors {
	errs := validateMode(p.DefaultMode, at.Child("defaultMode"))
	for i, source := range p.Sources {
		at := at.Child("sources").Index(i)
		if s := source.Secret; s != nil {
			errs = append(errs, required(s.Name, at.Child("secret", "name"))...)
			errs = append(errs, validateFiles(nil, s.Items, at.Child("secret"))...)
		}
		if c := source.ConfigMap; c != nil {
			errs = append(errs, required(c.Name, at.Child("configMap", "name"))...)
			errs = append(errs, validateFiles(nil, c.Items, at.Child("configMap"))...)
		}
		if d := source.DownwardAPI; d != nil {
			errs = append(errs, validateDownward(d.Items, at.Child("downwardAPI"))...)
		}
		if token := source.ServiceAccountToken; token != nil {
			errs = append(errs, validateToken(token, at.Child("serviceAccountToken"))...)
		}
	}
	return errs
}

func validateToken(t *corev1.ServiceAccountTokenProjection, at *field.Path) fieldErrors {
	var errs fieldErrors
	if s := t.ExpirationSeconds; s != nil {
		switch {
		case *s < 10*60:
			errs = append(errs, field.Invalid(at.Child("expirationSeconds"), *s, "may not specify a duration less than 10 minutes"))
		case *s > 1<<32:
			errs = append(errs, field.Invalid(at.Child("expirationSeconds"), *s, "may not specify a duration larger than 2^32 seconds"))
		}
	}
	errs = append(errs, required(t.Path, at.Child("path"))...)
	return append(errs, localPath(t.Path, at.Child("path"))...)
}

// localPath refuses what leads out of a volume, and names that are kept for its own use.
func localPath(name string, at *field.Path) fieldErrors {
	errs := descendingPath(name, at)
	if strings.HasPrefix(name, "..") && !strings.HasPrefix(name, "../") && name != ".." {
		errs = append(errs, field.Invalid(at, name, "must not start with '..'"))
	}
	return errs
}

func descendingPath(name string, at *field.Path) fieldErrors {
	var errs fieldErrors
	if path.IsAbs(name) {
		errs = append(errs, field.Invalid(at, name, "must be a relative path"))
	}
	return append(errs, noBacksteps(name, at)...)
}

func noBacksteps(name string, at *field.Path) fieldErrors {
	if slices.Contains(strings.Split(name, "/"), "..") {
		return fieldErrors{field.Invalid(at, name, "must not contain '..'")}
	}
	return nil
}
