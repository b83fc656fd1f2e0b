package kinds

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"podsec/kube/sim/api"
)

func nodeKind() *api.Kind {
	return builtin[*corev1.Node]{
		new: func() *corev1.Node { return &corev1.Node{} }, group: corev1.SchemeGroupVersion,
		kind: "Node", plural: "nodes", short: []string{"no"}, cluster: true, status: true,
		defaults: defaultNode, validate: validateNode, validateUpdate: validateNodeUpdate, warnings: nodeWarnings, columns: nodeColumns(), row: nodeRow,
	}.build()
}

// defaultNode lets pods have all of a node whose allocatable resources are not given.
func defaultNode(node *corev1.Node) {
	if node.Status.Allocatable == nil && len(node.Status.Capacity) > 0 {
		node.Status.Allocatable = node.Status.Capacity.DeepCopy()
	}
}

func nodeColumns() []metav1.TableColumnDefinition {
	info := corev1.NodeSystemInfo{}.SwaggerDoc()
	cols := columnsOf(
		column("Status", "The status of the node"),
		column("Roles", "The roles of the node"),
	)
	return append(cols,
		column("Version", info["kubeletVersion"]),
		wide(column("Internal-IP", corev1.NodeStatus{}.SwaggerDoc()["addresses"])),
		wide(column("External-IP", corev1.NodeStatus{}.SwaggerDoc()["addresses"])),
		wide(column("OS-Image", info["osImage"])),
		wide(column("Kernel-Version", info["kernelVersion"])),
		wide(column("Container-Runtime", info["containerRuntimeVersion"])),
	)
}

func nodeRow(node *corev1.Node, now time.Time) []any {
	info := node.Status.NodeInfo
	return []any{
		node.Name, nodeStatus(node), nodeRoles(node), ageOf(node, now), info.KubeletVersion,
		nodeAddress(node, corev1.NodeInternalIP), nodeAddress(node, corev1.NodeExternalIP),
		orUnknown(info.OSImage), kernel(info), orUnknown(info.ContainerRuntimeVersion),
	}
}

func kernel(info corev1.NodeSystemInfo) string {
	if info.KernelVersion == "" {
		return unknown
	}
	return info.KernelVersion + " (" + info.Architecture + ")"
}

func orUnknown(s string) string {
	if s == "" {
		return unknown
	}
	return s
}

func nodeStatus(node *corev1.Node) string {
	status := "Unknown"
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			status = "NotReady"
			if c.Status == corev1.ConditionTrue {
				status = "Ready"
			}
		}
	}
	if node.Spec.Unschedulable {
		status += ",SchedulingDisabled"
	}
	return status
}

// nodeRoles reads the roles from the labels node-role.kubernetes.io/ROLE and kubernetes.io/role=ROLE.
func nodeRoles(node *corev1.Node) string {
	roles := sets.New[string]()
	for key, value := range node.Labels {
		if role, ok := strings.CutPrefix(key, "node-role.kubernetes.io/"); ok && role != "" {
			roles.Insert(role)
		} else if key == "kubernetes.io/role" && value != "" {
			roles.Insert(value)
		}
	}
	return joinOrNone(sets.List(roles))
}

func nodeAddress(node *corev1.Node, kind corev1.NodeAddressType) string {
	for _, a := range node.Status.Addresses {
		if a.Type == kind {
			return a.Address
		}
	}
	return none
}
