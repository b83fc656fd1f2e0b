package kinds

import (
	"strings"
	"time"

	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// driverKinds are what storage drivers write and read. There are none; the objects are stored.
func driverKinds() []*api.Kind {
	return []*api.Kind{csiDriverKind(), csiNodeKind(), csiCapacityKind(), volumeAttachmentKind(), volumeAttributesKind()}
}

func csiDriverKind() *api.Kind {
	type driver = storagev1.CSIDriver
	doc := storagev1.CSIDriverSpec{}.SwaggerDoc()
	yesNo := func(name, description string) metav1.TableColumnDefinition {
		return metav1.TableColumnDefinition{Name: name, Type: "boolean", Description: description}
	}
	return builtin[*driver]{
		new: func() *driver { return &driver{} }, group: storagev1.SchemeGroupVersion, kind: "CSIDriver", plural: "csidrivers", cluster: true,
		defaults: func(d *driver) {
			setDefault(&d.Spec.AttachRequired, true)
			setDefault(&d.Spec.PodInfoOnMount, false)
			setDefault(&d.Spec.StorageCapacity, false)
			setDefault(&d.Spec.FSGroupPolicy, storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy)
			setDefault(&d.Spec.RequiresRepublish, false)
			setDefault(&d.Spec.SELinuxMount, false)
			if len(d.Spec.VolumeLifecycleModes) == 0 {
				d.Spec.VolumeLifecycleModes = []storagev1.VolumeLifecycleMode{storagev1.VolumeLifecyclePersistent}
			}
		},
		columns: columnsOf(
			yesNo("AttachRequired", doc["attachRequired"]), yesNo("PodInfoOnMount", doc["podInfoOnMount"]), yesNo("StorageCapacity", doc["storageCapacity"]),
			column("TokenRequests", doc["tokenRequests"]), yesNo("RequiresRepublish", doc["requiresRepublish"]), column("Modes", doc["volumeLifecycleModes"]),
		),
		row: func(d *driver, now time.Time) []any {
			tokens := unset
			var audiences, modes []string
			for _, t := range d.Spec.TokenRequests {
				audiences = append(audiences, t.Audience)
				tokens = strings.Join(audiences, ",")
			}
			for _, mode := range d.Spec.VolumeLifecycleModes {
				modes = append(modes, string(mode))
			}
			return []any{
				d.Name, ptr.Deref(d.Spec.AttachRequired, true), ptr.Deref(d.Spec.PodInfoOnMount, false), ptr.Deref(d.Spec.StorageCapacity, false),
				tokens, ptr.Deref(d.Spec.RequiresRepublish, false), joinOrNone(modes), ageOf(d, now),
			}
		},
	}.build()
}

func csiNodeKind() *api.Kind {
	type node = storagev1.CSINode
	return builtin[*node]{
		new: func() *node { return &node{} }, group: storagev1.SchemeGroupVersion, kind: "CSINode", plural: "csinodes", cluster: true,
		columns: columnsOf(number("Drivers", "Drivers indicates the number of CSI drivers registered on the node")),
		row:     func(n *node, now time.Time) []any { return []any{n.Name, int64(len(n.Spec.Drivers)), ageOf(n, now)} },
	}.build()
}

func csiCapacityKind() *api.Kind {
	type capacity = storagev1.CSIStorageCapacity
	doc := capacity{}.SwaggerDoc()
	return builtin[*capacity]{
		new: func() *capacity { return &capacity{} }, group: storagev1.SchemeGroupVersion, kind: "CSIStorageCapacity", plural: "csistoragecapacities",
		columns: []metav1.TableColumnDefinition{nameColumn(), column("StorageClassName", doc["storageClassName"]), column("Capacity", doc["capacity"])},
		row: func(c *capacity, _ time.Time) []any {
			amount := unset
			if c.Capacity != nil {
				amount = c.Capacity.String()
			}
			return []any{c.Name, c.StorageClassName, amount}
		},
	}.build()
}

func volumeAttachmentKind() *api.Kind {
	type attachment = storagev1.VolumeAttachment
	doc := storagev1.VolumeAttachmentSpec{}.SwaggerDoc()
	return builtin[*attachment]{
		new: func() *attachment { return &attachment{} }, group: storagev1.SchemeGroupVersion,
		kind: "VolumeAttachment", plural: "volumeattachments", cluster: true, status: true,
		columns: columnsOf(
			column("Attacher", doc["attacher"]), column("PV", storagev1.VolumeAttachmentSource{}.SwaggerDoc()["persistentVolumeName"]), column("Node", doc["nodeName"]),
			metav1.TableColumnDefinition{Name: "Attached", Type: "boolean", Description: storagev1.VolumeAttachmentStatus{}.SwaggerDoc()["attached"]},
		),
		row: func(a *attachment, now time.Time) []any {
			return []any{a.Name, a.Spec.Attacher, ptr.Deref(a.Spec.Source.PersistentVolumeName, ""), a.Spec.NodeName, a.Status.Attached, ageOf(a, now)}
		},
	}.build()
}

func volumeAttributesKind() *api.Kind {
	type class = storagev1.VolumeAttributesClass
	return builtin[*class]{
		new: func() *class { return &class{} }, group: storagev1.SchemeGroupVersion,
		kind: "VolumeAttributesClass", plural: "volumeattributesclasses", short: []string{"vac"}, cluster: true,
		columns: columnsOf(column("DriverName", class{}.SwaggerDoc()["driverName"])),
		row:     func(c *class, now time.Time) []any { return []any{c.Name, c.DriverName, ageOf(c, now)} },
	}.build()
}
