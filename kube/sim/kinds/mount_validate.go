package kinds

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

// validateMounts checks where a container's volumes are. Some of the server's errors name the list, not the mount.
func validateMounts(c *corev1.Container, parts podParts, at *field.Path) fieldErrors {
	var errs fieldErrors
	paths, all := sets.New[string](), at
	for i, mount := range c.VolumeMounts {
		at := at.Index(i)
		if mount.Name == "" {
			errs = append(errs, field.Required(at.Child("name"), ""))
		} else if _, ok := parts.volumes[mount.Name]; !ok {
			errs = append(errs, field.NotFound(at.Child("name"), mount.Name))
		}
		switch {
		case mount.MountPath == "":
			errs = append(errs, field.Required(at.Child("mountPath"), ""))
		case paths.Has(mount.MountPath):
			errs = append(errs, field.Invalid(at.Child("mountPath"), mount.MountPath, "must be unique"))
		}
		paths.Insert(mount.MountPath)
		errs = append(errs, descendingPath(mount.SubPath, all.Child("subPath"))...)
		if mount.SubPath != "" && mount.SubPathExpr != "" {
			errs = append(errs, field.Invalid(at.Child("subPathExpr"), mount.SubPathExpr, "subPathExpr and subPath are mutually exclusive"))
		}
		errs = append(errs, descendingPath(mount.SubPathExpr, all.Child("subPathExpr"))...)
		errs = append(errs, validatePropagation(mount, c, all.Child("mountPropagation"))...)
		errs = append(errs, validateRecursive(mount, all.Child("recursiveReadOnly"))...)
	}
	return errs
}

func validatePropagation(mount corev1.VolumeMount, c *corev1.Container, at *field.Path) fieldErrors {
	if mount.MountPropagation == nil {
		return nil
	}
	errs := oneOf(*mount.MountPropagation, at,
		corev1.MountPropagationBidirectional, corev1.MountPropagationHostToContainer, corev1.MountPropagationNone)
	privileged := c.SecurityContext != nil && ptr.Deref(c.SecurityContext.Privileged, false)
	if *mount.MountPropagation == corev1.MountPropagationBidirectional && !privileged {
		errs = append(errs, field.Forbidden(at, "Bidirectional mount propagation is available only to privileged containers"))
	}
	return errs
}

func validateRecursive(mount corev1.VolumeMount, at *field.Path) fieldErrors {
	mode := ptr.Deref(mount.RecursiveReadOnly, corev1.RecursiveReadOnlyDisabled)
	errs := oneOf(mode, at, corev1.RecursiveReadOnlyDisabled, corev1.RecursiveReadOnlyEnabled, corev1.RecursiveReadOnlyIfPossible)
	if mode == corev1.RecursiveReadOnlyDisabled || len(errs) > 0 {
		return errs
	}
	if !mount.ReadOnly {
		errs = append(errs, field.Forbidden(at, "may only be specified when readOnly is true"))
	}
	if ptr.Deref(mount.MountPropagation, corev1.MountPropagationNone) != corev1.MountPropagationNone {
		errs = append(errs, field.Forbidden(at, "may only be specified when mountPropagation is None or not specified"))
	}
	return errs
}

// validateDevices checks volumes that a container sees as block devices.
func validateDevices(devices []corev1.VolumeDevice, parts podParts, at *field.Path) fieldErrors {
	var errs fieldErrors
	paths := sets.New[string]()
	for i, device := range devices {
		at := at.Index(i)
		block, ok := parts.volumes[device.Name]
		switch {
		case device.Name == "":
			errs = append(errs, field.Required(at.Child("name"), ""))
		case ok && !block:
			errs = append(errs, field.Invalid(at.Child("name"), device.Name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"))
		case !ok:
			errs = append(errs, field.NotFound(at.Child("name"), device.Name))
		}
		switch {
		case device.DevicePath == "":
			errs = append(errs, field.Required(at.Child("devicePath"), ""))
		case paths.Has(device.DevicePath):
			errs = append(errs, field.Invalid(at.Child("devicePath"), device.DevicePath, "must be unique"))
		}
		paths.Insert(device.DevicePath)
		errs = append(errs, noBacksteps(device.DevicePath, at.Child("devicePath"))...)
	}
	return errs
}
