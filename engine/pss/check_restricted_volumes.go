package pss

import (
	"fmt"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
)

// restrictedVolumes (Volume Types, restricted): only volumes that do not reach outside the pod, or that an
// administrator provides, are allowed.
//
//	spec.volumes[*].<type>: one of configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim,
//	projected, secret
//
// The presence of another type is the violation: the message has no value.
func restrictedVolumes(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for i, volume := range pod.spec.Volumes {
		if allowedVolume(volume.VolumeSource) {
			continue
		}
		kind := volumeType(volume.VolumeSource)
		err := forbidden(fmt.Sprintf("spec.volumes[%d].%s", i, kind), "", "configMap", "csi", "downwardAPI", "emptyDir",
			"ephemeral", "image", "persistentVolumeClaim", "projected", "secret")
		err.found = kind
		errs = append(errs, err)
	}
	return errs
}

func allowedVolume(v corev1.VolumeSource) bool {
	return v.ConfigMap != nil || v.CSI != nil || v.DownwardAPI != nil || v.EmptyDir != nil || v.Ephemeral != nil ||
		v.Image != nil || v.PersistentVolumeClaim != nil || v.Projected != nil || v.Secret != nil
}

// volumeType returns the name of the source that is set, "unknown" for none. API validation admits one per volume.
func volumeType(source corev1.VolumeSource) string {
	v := reflect.ValueOf(source)
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			return name
		}
	}
	return "unknown"
}
