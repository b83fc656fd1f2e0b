package kinds

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// podParts are the names that a container may refer to.
type podParts struct {
	volumes map[string]bool // by name, whether the volume may be a device
	claims  sets.Set[string]
}

// validateVolumes returns the names that volumeMounts may use. A volume with a wrong name is not one of them.
func validateVolumes(volumes []corev1.Volume, at *field.Path) (podParts, fieldErrors) {
	names := map[string]bool{}
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
		if _, ok := names[v.Name]; ok {
			wrong = append(wrong, field.Duplicate(at.Child("name"), v.Name))
		}
		if len(wrong) == 0 {
			names[v.Name] = v.PersistentVolumeClaim != nil || v.Ephemeral != nil
		}
		errs = append(errs, wrong...)
	}
	return podParts{volumes: names}, errs
}

// volumeOrder is the order in which the server looks for a volume's source; all but the first are one too many.
var volumeOrder = []string{
	"EmptyDir", "HostPath", "GitRepo", "GCEPersistentDisk", "AWSElasticBlockStore", "Secret", "NFS", "ISCSI", "Glusterfs", "Flocker",
	"PersistentVolumeClaim", "RBD", "Cinder", "CephFS", "Quobyte", "DownwardAPI", "FC", "ConfigMap", "AzureFile", "VsphereVolume",
	"PhotonPersistentDisk", "PortworxVolume", "AzureDisk", "StorageOS", "Projected", "ScaleIO", "CSI", "Ephemeral", "Image",
}

// validateVolumeSource allows one kind of source per volume, and asks of the common ones for what they point at.
func validateVolumeSource(v *corev1.VolumeSource, at *field.Path) fieldErrors {
	var errs fieldErrors
	value, found := reflect.ValueOf(v).Elem(), ""
	for _, name := range volumeOrder {
		if value.FieldByName(name).IsNil() {
			continue
		}
		if found != "" {
			errs = append(errs, field.Forbidden(at.Child(jsonName(value.Type(), name)), "may not specify more than 1 volume type"))
			continue
		}
		found = name
		errs = append(errs, validateSource(v, name, at.Child(jsonName(value.Type(), name)))...)
	}
	return errs
}

func jsonName(t reflect.Type, name string) string {
	f, _ := t.FieldByName(name)
	tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return tag
}

func validateSource(v *corev1.VolumeSource, name string, at *field.Path) fieldErrors {
	switch name {
	case "EmptyDir":
		if limit := v.EmptyDir.SizeLimit; limit != nil && limit.Sign() < 0 {
			return fieldErrors{field.Forbidden(at.Child("sizeLimit"), "SizeLimit field must be a valid resource quantity")}
		}
	case "HostPath":
		return validateHostPath(v.HostPath, at)
	case "GitRepo":
		return required(v.GitRepo.Repository, at.Child("repository"))
	case "Secret":
		s := v.Secret
		return append(required(s.SecretName, at.Child("secretName")), validateFiles(s.DefaultMode, s.Items, at)...)
	case "ConfigMap":
		c := v.ConfigMap
		return append(required(c.Name, at.Child("name")), validateFiles(c.DefaultMode, c.Items, at)...)
	case "PersistentVolumeClaim":
		return required(v.PersistentVolumeClaim.ClaimName, at.Child("claimName"))
	case "NFS":
		return validateNFS(v.NFS, at)
	case "DownwardAPI":
		return append(validateMode(v.DownwardAPI.DefaultMode, at.Child("defaultMode")), validateDownward(v.DownwardAPI.Items, at)...)
	case "Projected":
		return validateProjected(v.Projected, at)
	case "CSI":
		return required(v.CSI.Driver, at.Child("driver"))
	case "Ephemeral":
		if v.Ephemeral.VolumeClaimTemplate == nil {
			return fieldErrors{field.Required(at.Child("volumeClaimTemplate"), "")}
		}
		return validateClaimSpec(&v.Ephemeral.VolumeClaimTemplate.Spec, at.Child("volumeClaimTemplate", "spec"))
	case "Image":
		return validateImageVolume(v.Image, at)
	}
	return nil
}

func required(value string, at *field.Path) fieldErrors {
	if value == "" {
		return fieldErrors{field.Required(at, "")}
	}
	return nil
}

func validateHostPath(h *corev1.HostPathVolumeSource, at *field.Path) fieldErrors {
	if h.Path == "" {
		return fieldErrors{field.Required(at.Child("path"), "")}
	}
	errs := noBacksteps(h.Path, at.Child("path"))
	if h.Type == nil || *h.Type == corev1.HostPathUnset {
		return errs
	}
	allowed := []corev1.HostPathType{
		corev1.HostPathUnset, corev1.HostPathBlockDev, corev1.HostPathCharDev, corev1.HostPathDirectory,
		corev1.HostPathDirectoryOrCreate, corev1.HostPathFile, corev1.HostPathFileOrCreate, corev1.HostPathSocket,
	}
	return append(errs, oneOf(*h.Type, at.Child("type"), allowed...)...)
}

func validateNFS(n *corev1.NFSVolumeSource, at *field.Path) fieldErrors {
	errs := append(required(n.Server, at.Child("server")), required(n.Path, at.Child("path"))...)
	if !strings.HasPrefix(n.Path, "/") {
		errs = append(errs, field.Invalid(at.Child("path"), n.Path, "must be an absolute path"))
	}
	return errs
}

func validateImageVolume(i *corev1.ImageVolumeSource, at *field.Path) fieldErrors {
	errs := required(i.Reference, at.Child("reference"))
	if i.PullPolicy == "" {
		return errs
	}
	return append(errs, oneOf(i.PullPolicy, at.Child("pullPolicy"), corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)...)
}
