package kinds

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

func persistentVolumeClaimKind() *api.Kind {
	return builtin[*corev1.PersistentVolumeClaim]{
		new: func() *corev1.PersistentVolumeClaim { return &corev1.PersistentVolumeClaim{} }, group: corev1.SchemeGroupVersion,
		kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims", short: []string{"pvc"}, status: true,
		defaults: func(c *corev1.PersistentVolumeClaim) {
			setEmpty(&c.Status.Phase, corev1.ClaimPending)
			defaultClaimSpec(&c.Spec)
		},
		create: func(c *corev1.PersistentVolumeClaim) {
			c.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}
		},
		validate: validateClaim, validateUpdate: validateClaimUpdate, columns: claimColumns(), row: claimRow,
	}.build()
}

func defaultClaimSpec(s *corev1.PersistentVolumeClaimSpec) {
	setDefault(&s.VolumeMode, corev1.PersistentVolumeFilesystem)
}

func claimColumns() []metav1.TableColumnDefinition {
	doc := corev1.PersistentVolumeClaimSpec{}.SwaggerDoc()
	return columnsOf(
		column("Status", corev1.PersistentVolumeClaimStatus{}.SwaggerDoc()["phase"]), column("Volume", doc["volumeName"]),
		column("Capacity", corev1.PersistentVolumeClaimStatus{}.SwaggerDoc()["capacity"]), column("Access Modes", doc["accessModes"]),
		column("StorageClass", doc["storageClassName"]), column("VolumeAttributesClass", doc["volumeAttributesClassName"]),
		wide(column("VolumeMode", doc["volumeMode"])),
	)
}

func claimRow(c *corev1.PersistentVolumeClaim, now time.Time) []any {
	capacity, modes := "", ""
	if c.Spec.VolumeName != "" {
		quantity := c.Status.Capacity[corev1.ResourceStorage]
		capacity, modes = quantity.String(), modesText(c.Status.AccessModes)
	}
	phase := string(c.Status.Phase)
	if c.DeletionTimestamp != nil {
		phase = "Terminating"
	}
	return []any{
		c.Name, phase, c.Spec.VolumeName, capacity, modes, ptr.Deref(c.Spec.StorageClassName, ""),
		ptr.Deref(c.Spec.VolumeAttributesClassName, unset), ageOf(c, now), string(ptr.Deref(c.Spec.VolumeMode, unset)),
	}
}

// modesText abbreviates access modes as kubectl does.
func modesText(modes []corev1.PersistentVolumeAccessMode) string {
	short := map[corev1.PersistentVolumeAccessMode]string{
		corev1.ReadWriteOnce: "RWO", corev1.ReadOnlyMany: "ROX", corev1.ReadWriteMany: "RWX", corev1.ReadWriteOncePod: "RWOP",
	}
	var out []string
	for _, mode := range modes {
		out = append(out, short[mode])
	}
	return strings.Join(out, ",")
}

func persistentVolumeKind() *api.Kind {
	return builtin[*corev1.PersistentVolume]{
		new: func() *corev1.PersistentVolume { return &corev1.PersistentVolume{} }, group: corev1.SchemeGroupVersion,
		kind: "PersistentVolume", plural: "persistentvolumes", short: []string{"pv"}, cluster: true, status: true,
		defaults: func(v *corev1.PersistentVolume) {
			setEmpty(&v.Status.Phase, corev1.VolumePending)
			setEmpty(&v.Spec.PersistentVolumeReclaimPolicy, corev1.PersistentVolumeReclaimRetain)
			setDefault(&v.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
		},
		validate: validateVolume, columns: volumeColumns(), row: volumeRow,
	}.build()
}

func volumeColumns() []metav1.TableColumnDefinition {
	doc := corev1.PersistentVolumeSpec{}.SwaggerDoc()
	return columnsOf(
		column("Capacity", doc["capacity"]), column("Access Modes", doc["accessModes"]),
		column("Reclaim Policy", doc["persistentVolumeReclaimPolicy"]), column("Status", corev1.PersistentVolumeStatus{}.SwaggerDoc()["phase"]),
		column("Claim", doc["claimRef"]), column("StorageClass", doc["storageClassName"]),
		column("VolumeAttributesClass", doc["volumeAttributesClassName"]),
		column("Reason", corev1.PersistentVolumeStatus{}.SwaggerDoc()["reason"]), wide(column("VolumeMode", doc["volumeMode"])),
	)
}

func volumeRow(v *corev1.PersistentVolume, now time.Time) []any {
	claim := ""
	if ref := v.Spec.ClaimRef; ref != nil {
		claim = ref.Namespace + "/" + ref.Name
	}
	quantity := v.Spec.Capacity[corev1.ResourceStorage]
	return []any{
		v.Name, quantity.String(), modesText(v.Spec.AccessModes), string(v.Spec.PersistentVolumeReclaimPolicy),
		string(v.Status.Phase), claim, v.Spec.StorageClassName, ptr.Deref(v.Spec.VolumeAttributesClassName, unset),
		v.Status.Reason, ageOf(v, now), string(ptr.Deref(v.Spec.VolumeMode, unset)),
	}
}

// storageKinds are those of storage.k8s.io/v1.
func storageKinds() []*api.Kind {
	return []*api.Kind{builtin[*storagev1.StorageClass]{
		new: func() *storagev1.StorageClass { return &storagev1.StorageClass{} }, group: storagev1.SchemeGroupVersion,
		kind: "StorageClass", plural: "storageclasses", short: []string{"sc"}, cluster: true,
		defaults: func(s *storagev1.StorageClass) {
			setDefault(&s.ReclaimPolicy, corev1.PersistentVolumeReclaimDelete)
			setDefault(&s.VolumeBindingMode, storagev1.VolumeBindingImmediate)
		},
		validate: validateStorageClass, validateUpdate: validateStorageClassUpdate,
		columns: storageClassColumns(), row: storageClassRow,
	}.build()}
}

func storageClassColumns() []metav1.TableColumnDefinition {
	doc := storagev1.StorageClass{}.SwaggerDoc()
	return columnsOf(
		column("Provisioner", doc["provisioner"]), column("ReclaimPolicy", doc["reclaimPolicy"]),
		column("VolumeBindingMode", doc["volumeBindingMode"]), column("AllowVolumeExpansion", doc["allowVolumeExpansion"]),
	)
}

func storageClassRow(s *storagev1.StorageClass, now time.Time) []any {
	name := s.Name
	if s.Annotations["storageclass.kubernetes.io/is-default-class"] == "true" {
		name += " (default)"
	}
	return []any{
		name, s.Provisioner, string(ptr.Deref(s.ReclaimPolicy, corev1.PersistentVolumeReclaimDelete)),
		string(ptr.Deref(s.VolumeBindingMode, unset)), ptr.Deref(s.AllowVolumeExpansion, false), ageOf(s, now),
	}
}
