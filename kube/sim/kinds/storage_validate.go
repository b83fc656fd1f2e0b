package kinds

import (
	"path"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/diff"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

func validateClaim(c *corev1.PersistentVolumeClaim) fieldErrors {
	return validateClaimSpec(&c.Spec, field.NewPath("spec"))
}

func validateClaimSpec(s *corev1.PersistentVolumeClaimSpec, at *field.Path) fieldErrors {
	var errs fieldErrors
	if len(s.AccessModes) == 0 {
		errs = append(errs, field.Required(at.Child("accessModes"), "at least 1 access mode is required"))
	}
	errs = append(errs, validateAccessModes(s.AccessModes, at.Child("accessModes"))...)
	storage, ok := s.Resources.Requests[corev1.ResourceStorage]
	switch key := at.Child("resources").Key("storage"); {
	case !ok:
		errs = append(errs, field.Required(key, ""))
	case storage.Sign() <= 0:
		errs = append(errs, field.Invalid(key, storage.String(), "must be greater than zero"))
	}
	if name := ptr.Deref(s.StorageClassName, ""); name != "" {
		errs = append(errs, invalidFor(name, at.Child("storageClassName"), validation.IsDNS1123Subdomain(name))...)
	}
	return append(errs, validateVolumeMode(s.VolumeMode, at.Child("volumeMode"))...)
}

func validateVolumeMode(mode *corev1.PersistentVolumeMode, at *field.Path) fieldErrors {
	if mode == nil {
		return nil
	}
	return oneOf(*mode, at, corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem)
}

func validateAccessModes(modes []corev1.PersistentVolumeAccessMode, at *field.Path) fieldErrors {
	var errs fieldErrors
	alone, others := false, false
	for _, mode := range modes {
		errs = append(errs, oneOf(mode, at, corev1.ReadOnlyMany, corev1.ReadWriteMany, corev1.ReadWriteOnce, corev1.ReadWriteOncePod)...)
		alone, others = alone || mode == corev1.ReadWriteOncePod, others || mode != corev1.ReadWriteOncePod
	}
	if alone && others {
		errs = append(errs, field.Forbidden(at, "may not use ReadWriteOncePod with other access modes"))
	}
	return errs
}

func validateVolume(v *corev1.PersistentVolume) fieldErrors {
	at, spec := field.NewPath("spec"), &v.Spec
	var errs fieldErrors
	if len(spec.AccessModes) == 0 {
		errs = append(errs, field.Required(at.Child("accessModes"), ""))
	}
	errs = append(errs, validateAccessModes(spec.AccessModes, at.Child("accessModes"))...)
	errs = append(errs, validateCapacity(spec.Capacity, at.Child("capacity"))...)
	if p := spec.PersistentVolumeReclaimPolicy; p != "" {
		errs = append(errs, oneOf(p, at.Child("persistentVolumeReclaimPolicy"),
			corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRecycle, corev1.PersistentVolumeReclaimRetain)...)
	}
	errs = append(errs, validateVolumeKind(spec, at)...)
	if spec.HostPath != nil && path.Clean(spec.HostPath.Path) == "/" && spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRecycle {
		errs = append(errs, field.Forbidden(at.Child("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'"))
	}
	if name := spec.StorageClassName; name != "" {
		errs = append(errs, invalidFor(name, at.Child("storageClassName"), validation.IsDNS1123Subdomain(name))...)
	}
	return append(errs, validateVolumeMode(spec.VolumeMode, at.Child("volumeMode"))...)
}

func validateCapacity(capacity corev1.ResourceList, at *field.Path) fieldErrors {
	var errs fieldErrors
	if len(capacity) == 0 {
		errs = append(errs, field.Required(at, ""))
	}
	storage, ok := capacity[corev1.ResourceStorage]
	if !ok || len(capacity) > 1 {
		errs = append(errs, field.NotSupported(at, capacity, []corev1.ResourceName{corev1.ResourceStorage}))
	}
	if ok && storage.Sign() <= 0 {
		errs = append(errs, field.Invalid(at.Key("storage"), storage.String(), "must be greater than zero"))
	}
	return errs
}

// validateVolumeKind wants one source, and to know the node of a volume that is on one.
func validateVolumeKind(spec *corev1.PersistentVolumeSpec, at *field.Path) fieldErrors {
	source, found := reflect.ValueOf(spec.PersistentVolumeSource), 0
	var errs fieldErrors
	for _, name := range persistentOrder {
		if source.FieldByName(name).IsNil() {
			continue
		}
		if found++; found > 1 {
			errs = append(errs, field.Forbidden(at.Child(jsonName(source.Type(), name)), "may not specify more than 1 volume type"))
		}
	}
	switch {
	case found == 0:
		errs = append(errs, field.Required(at, "must specify a volume type"))
	case spec.HostPath != nil:
		errs = append(errs, validateHostPath(spec.HostPath, at.Child("hostPath"))...)
	case spec.Local != nil && spec.NodeAffinity == nil:
		errs = append(errs, field.Required(at.Child("nodeAffinity"), "Local volume requires node affinity"))
	}
	return errs
}

// persistentOrder is the order in which the server looks at the sources of a PersistentVolume.
var persistentOrder = []string{
	"HostPath", "GCEPersistentDisk", "AWSElasticBlockStore", "Glusterfs", "Flocker", "NFS", "RBD", "Quobyte", "CephFS", "ISCSI", "Cinder",
	"FC", "AzureFile", "VsphereVolume", "PhotonPersistentDisk", "PortworxVolume", "AzureDisk", "ScaleIO", "Local", "StorageOS", "CSI",
}

func validateStorageClass(s *storagev1.StorageClass) fieldErrors {
	at := field.NewPath("provisioner")
	errs := required(s.Provisioner, at)
	if lower := strings.ToLower(s.Provisioner); lower != "" {
		errs = append(errs, validQualified(lower, at)...)
	}
	if p := ptr.Deref(s.ReclaimPolicy, ""); p != "" && !sets.New(corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRetain).Has(p) {
		errs = append(errs, field.NotSupported(field.NewPath("reclaimPolicy"), p,
			[]corev1.PersistentVolumeReclaimPolicy{corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRetain}))
	}
	if mode := s.VolumeBindingMode; mode != nil {
		errs = append(errs, oneOf(*mode, field.NewPath("volumeBindingMode"), storagev1.VolumeBindingImmediate, storagev1.VolumeBindingWaitForFirstConsumer)...)
	}
	return errs
}

// validateStorageClassUpdate: what was asked of a driver stays as it is.
func validateStorageClassUpdate(s, old *storagev1.StorageClass) fieldErrors {
	errs := validateStorageClass(s)
	if !equal(s.Parameters, old.Parameters) {
		errs = append(errs, field.Invalid(field.NewPath("parameters"), s.Parameters, apivalidation.FieldImmutableErrorMsg))
	}
	errs = append(errs, immutable(s.Provisioner, old.Provisioner, field.NewPath("provisioner"))...)
	errs = append(errs, immutable(s.ReclaimPolicy, old.ReclaimPolicy, field.NewPath("reclaimPolicy"))...)
	return append(errs, immutable(s.VolumeBindingMode, old.VolumeBindingMode, field.NewPath("volumeBindingMode"))...)
}

// validateClaimUpdate lets a claim that has a volume ask for more of it; the controller may name the volume, and a class.
func validateClaimUpdate(c, old *corev1.PersistentVolumeClaim) fieldErrors {
	errs := validateClaim(c)
	munged := c.Spec.DeepCopy()
	if old.Spec.VolumeName == "" {
		munged.VolumeName = old.Spec.VolumeName
	}
	if old.Spec.StorageClassName == nil {
		munged.StorageClassName = nil
	}
	if c.Status.Phase == corev1.ClaimBound {
		munged.Resources.Requests = old.Spec.Resources.Requests
		munged.VolumeAttributesClassName = old.Spec.VolumeAttributesClassName
	}
	if equal(*munged, old.Spec) {
		return errs
	}
	difference := diff.Diff(internalOf(&old.Spec), internalOf(munged))
	return append(errs, field.Forbidden(field.NewPath("spec"),
		"spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"+difference))
}
