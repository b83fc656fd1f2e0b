package main

import (
	"fmt"
	"math/rand/v2"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// mixer makes workloads that keep and break all kinds of rules, the same ones each time.
type mixer struct{ *rand.Rand }

func (m mixer) yes(percent int) bool { return m.IntN(100) < percent }

// pick returns one of the values.
func pick[T any](m mixer, values ...T) T { return values[m.IntN(len(values))] }

// mixed are n workloads of all kinds, and before them their namespaces.
func mixed(n int) []*unstructured.Unstructured {
	m := mixer{rand.New(rand.NewPCG(1, 2))}
	var out []*unstructured.Unstructured
	const spaces = 10
	for i := range spaces {
		labels := map[string]any{mixedLabel: "yes"}
		if m.yes(50) {
			labels["pod-security.kubernetes.io/warn"] = pick(m, "baseline", "restricted")
		}
		if m.yes(50) {
			labels["team"] = "a"
		}
		out = append(out, mixedObject("v1", "Namespace", "", fmt.Sprintf("mixed-%d", i), labels, nil))
	}
	for i := range n {
		out = append(out, m.workload(fmt.Sprintf("mixed-%d", i%spaces), fmt.Sprintf("w-%d", i)))
	}
	return out
}

func mixedObject(version, kind, namespace, name string, labels, spec map[string]any) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name, "labels": labels},
	}}
	if namespace != "" {
		u.SetNamespace(namespace)
	}
	if spec != nil {
		u.Object["spec"] = spec
	}
	return u
}

// workload is a pod, or a controller of pods.
func (m mixer) workload(namespace, name string) *unstructured.Unstructured {
	labels := map[string]any{"app": name}
	for _, key := range []string{"team", "owner", "CostCenter", "app.kubernetes.io/name"} {
		if m.yes(40) {
			labels[key] = pick[any](m, "a", "platform", "cc-1")
		}
	}
	pod, selector := m.pod(), map[string]any{"matchLabels": map[string]any{"app": name}}
	template := map[string]any{"metadata": map[string]any{"labels": labels}, "spec": pod}
	scaled := map[string]any{"replicas": int64(1), "selector": selector, "template": template}
	switch kind := pick(m, "Pod", "Pod", "Deployment", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "ReplicationController"); kind {
	case "Pod":
		return mixedObject("v1", kind, namespace, name, labels, pod)
	case "DaemonSet":
		delete(scaled, "replicas")
		return mixedObject("apps/v1", kind, namespace, name, labels, scaled)
	case "Job":
		pod["restartPolicy"] = "Never"
		return mixedObject("batch/v1", kind, namespace, name, labels, map[string]any{"template": template})
	case "CronJob":
		pod["restartPolicy"] = "Never"
		return mixedObject("batch/v1", kind, namespace, name, labels, map[string]any{
			"schedule": "0 0 1 1 *", "jobTemplate": map[string]any{"spec": map[string]any{"template": template}},
		})
	case "ReplicationController":
		scaled["selector"] = map[string]any{"app": name}
		return mixedObject("v1", kind, namespace, name, labels, scaled)
	default:
		if kind == "StatefulSet" {
			scaled["serviceName"] = name
		}
		return mixedObject("apps/v1", kind, namespace, name, labels, scaled)
	}
}

// pod is the spec of a pod.
func (m mixer) pod() map[string]any {
	spec := map[string]any{"containers": m.containers("c", 1+m.IntN(2))}
	if m.yes(25) {
		spec["initContainers"] = m.containers("i", 1)
	}
	for _, field := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		if m.yes(8) {
			spec[field] = true
		}
	}
	if m.yes(50) {
		security := m.podSecurity()
		if spec["hostNetwork"] != nil || spec["hostIPC"] != nil { // the sysctls of a namespace need a namespace of the pod's own
			delete(security, "sysctls")
		}
		spec["securityContext"] = security
	}
	if m.yes(30) {
		spec["automountServiceAccountToken"] = m.yes(50)
	}
	var volumes []any
	if m.yes(20) {
		volumes = append(volumes, map[string]any{"name": "host", "hostPath": map[string]any{"path": pick[any](m, "/var/run/docker.sock", "/tmp", "/")}})
	}
	if m.yes(30) {
		volumes = append(volumes, map[string]any{"name": "empty", "emptyDir": map[string]any{}})
	}
	if len(volumes) > 0 {
		spec["volumes"] = volumes
	}
	return spec
}

func (m mixer) podSecurity() map[string]any {
	out := map[string]any{}
	if m.yes(60) {
		out["runAsNonRoot"] = m.yes(80)
	}
	if m.yes(50) {
		out["seccompProfile"] = map[string]any{"type": pick[any](m, "RuntimeDefault", "Unconfined")}
	}
	if m.yes(20) {
		out["runAsUser"] = pick[any](m, int64(0), int64(1000))
	}
	if m.yes(20) {
		out["supplementalGroups"] = []any{pick[any](m, int64(100), int64(700))}
	}
	if m.yes(15) {
		out["sysctls"] = []any{map[string]any{"name": pick[any](m, "kernel.shm_rmid_forced", "net.core.somaxconn"), "value": "1"}}
	}
	return out
}

// containers are some containers, of which each is different.
func (m mixer) containers(prefix string, n int) []any {
	var out []any
	for i := range n {
		c := map[string]any{"name": fmt.Sprintf("%s%d", prefix, i), "image": pick[any](m,
			"nginx", "nginx:latest", "nginx:1.27", "docker.io/library/nginx:1.27", "quay.io/prometheus/node-exporter:v1.8.0",
			"registry.k8s.io/pause:3.10", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1.0", "ghcr.io/tiller/tiller:v2")}
		if m.yes(60) {
			c["securityContext"] = m.security()
		}
		if m.yes(50) {
			c["resources"] = pick[any](m,
				map[string]any{"requests": map[string]any{"cpu": "10m", "memory": "16Mi"}, "limits": map[string]any{"memory": "32Mi"}},
				map[string]any{"limits": map[string]any{"cpu": "1"}})
		}
		if m.yes(30) && prefix == "c" {
			c["livenessProbe"] = map[string]any{"tcpSocket": map[string]any{"port": int64(80)}}
		}
		if m.yes(20) {
			c["env"] = []any{map[string]any{"name": "PASSWORD", "valueFrom": map[string]any{"secretKeyRef": map[string]any{"name": "s", "key": "k"}}}}
		}
		if m.yes(20) {
			port := map[string]any{"containerPort": int64(8080 + i)}
			if m.yes(40) {
				port["hostPort"] = int64(8080 + i)
			}
			c["ports"] = []any{port}
		}
		out = append(out, c)
	}
	return out
}

func (m mixer) security() map[string]any {
	out := map[string]any{}
	if m.yes(15) {
		out["privileged"] = m.yes(60)
	}
	if out["privileged"] != true && m.yes(60) {
		out["allowPrivilegeEscalation"] = m.yes(30)
	}
	if m.yes(40) {
		out["runAsNonRoot"] = m.yes(70)
	}
	if m.yes(40) {
		out["capabilities"] = pick[any](m,
			map[string]any{"drop": []any{"ALL"}}, map[string]any{"drop": []any{"all"}}, map[string]any{"drop": []any{"ALL"}, "add": []any{"NET_BIND_SERVICE"}},
			map[string]any{"add": []any{"SYS_ADMIN"}}, map[string]any{"add": []any{"CHOWN"}})
	}
	if m.yes(30) {
		out["readOnlyRootFilesystem"] = m.yes(60)
	}
	if m.yes(20) {
		out["seccompProfile"] = map[string]any{"type": pick[any](m, "RuntimeDefault", "Unconfined")}
	}
	if m.yes(10) {
		out["seLinuxOptions"] = map[string]any{"type": pick[any](m, "container_t", "spc_t")}
	}
	return out
}
