package kinds

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateVolumes returns the names that volumeMounts may use. A volume with a wrong name is not one of them.
func validateVolumes(volumes []corev1.Volume, at *field.Path) (sets.Set[string], fieldErrors) {
	names := sets.New[string]()
	var errs fieldErrors
	for i := range volumes {
		v, at := &volumes[i], at.Index(i)
		wrong := validateVolumeSource(&v.VolumeSource, at)
		switch {
		case v.Name == "":
			wrong = append(wrong, field.Required(at.Child("name"), ""))
		default:
			wrong = append(wrong, invalidFor(v.Name, at.Child("name"), validation.IsDNS1123Label(v.Name))...)
		}
		if names.Has(v.Name) {
			wrong = append(wrong, field.Duplicate(at.Child("name"), v.Name))
		}
		if len(wrong) == 0 {
			names.Insert(v.Name)
		}
		errs = append(errs, wrong...)
	}
	return names, errs
}

// validateVolumeSource allows one kind of source per volume, and asks of the common ones for what they point at.
func validateVolumeSource(v *corev1.VolumeSource, at *field.Path) fieldErrors {
	var errs fieldErrors
	if countSet(v) > 1 {
		errs = append(errs, field.Forbidden(at, "may not specify more than 1 volume type"))
	}
	need := func(value string, path ...string) {
		if value == "" {
			errs = append(errs, field.Required(at.Child(path[0], path[1:]...), ""))
		}
	}
	switch {
	case v.HostPath != nil:
		need(v.HostPath.Path, "hostPath", "path")
	case v.Secret != nil:
		need(v.Secret.SecretName, "secret", "secretName")
	case v.PersistentVolumeClaim != nil:
		need(v.PersistentVolumeClaim.ClaimName, "persistentVolumeClaim", "claimName")
	case v.ConfigMap != nil:
		need(v.ConfigMap.Name, "configMap", "name")
	case v.NFS != nil:
		need(v.NFS.Server, "nfs", "server")
		need(v.NFS.Path, "nfs", "path")
	case v.CSI != nil:
		need(v.CSI.Driver, "csi", "driver")
	}
	return errs
}

func countSet(v *corev1.VolumeSource) int {
	count := 0
	for value, i := reflect.ValueOf(*v), 0; i < value.NumField(); i++ {
		if !value.Field(i).IsNil() {
			count++
		}
	}
	return count
}
