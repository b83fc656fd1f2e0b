package apply_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsec/engine/cli/apply"
)

// controls are what the benchmark's policies want of a container's security context; each is a policy of its own.
var controls = []string{
	"=(privileged): \"false\"", "allowPrivilegeEscalation: false", "runAsNonRoot: true", "=(procMount): Default", "=(runAsUser): \">0\"",
	"=(seLinuxOptions): {=(type): \"container_t | container_init_t\"}", "=(windowsOptions): {=(hostProcess): \"false\"}",
	"=(seccompProfile): {=(type): \"RuntimeDefault | Localhost\"}", "capabilities: {drop: [ALL]}", "=(readOnlyRootFilesystem): true",
}

// pods are what they want of the pod.
var pods = []string{
	"=(hostNetwork): \"false\"", "=(hostPID): \"false\"", "=(hostIPC): \"false\"", "=(volumes): [{X(hostPath): \"null\"}]",
	"=(securityContext): {=(sysctls): [{=(name): \"kernel.shm_rmid_forced | net.ipv4.ip_local_port_range\"}]}",
	"containers: [{=(ports): [{=(hostPort): 0}]}]",
}

const rulePattern = `---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p%d}
spec:
  rules:
  - name: r%[1]d
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {message: "Not allowed.", %s}
`

// policySet writes nineteen policies like those of the Pod Security Standards.
func policySet() string {
	var out strings.Builder
	write := func(i int, demand string) { fmt.Fprintf(&out, rulePattern, i, demand) }
	for i, field := range controls {
		write(i, "pattern: {spec: {=(ephemeralContainers): [{securityContext: {"+field+"}}], containers: [{securityContext: {"+field+"}}]}}")
	}
	for i, field := range pods {
		write(len(controls)+i, "pattern: {spec: {"+field+"}}")
	}
	write(16, `deny: {conditions: {all: [{key: "{{ request.object.spec.containers[].securityContext.capabilities.add[] || `+"`[]`"+` }}", operator: AnyNotIn, value: [NET_BIND_SERVICE, CHOWN]}]}}`)
	write(17, `foreach: [{list: "request.object.spec.containers", deny: {conditions: {any: [{key: ALL, operator: AnyNotIn, value: "{{ element.securityContext.capabilities.drop || `+"`[]`"+` }}"}]}}}]`)
	write(18, "podSecurity: {level: restricted, version: latest}")
	return out.String()
}

const deployment = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-%d, namespace: ns-%[2]d, labels: {app: web-%[1]d}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web-%[1]d}}
  template:
    metadata: {labels: {app: web-%[1]d}}
    spec:
      containers:
      - name: web
        image: nginx:1.%[2]d
        ports: [{containerPort: 80}]
        securityContext: {allowPrivilegeEscalation: %[3]t, runAsNonRoot: true, capabilities: {drop: [ALL]}}
      - name: side
        image: busybox
        env: [{name: A, value: b}]
`

// BenchmarkApply applies nineteen policies to a thousand Deployments, from the files to the output.
func BenchmarkApply(b *testing.B) {
	var deployments strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&deployments, deployment, i, i%20, i%2 == 0)
	}
	for _, how := range []struct {
		name string
		args []string
	}{{"text", nil}, {"table", []string{"--table"}}, {"report", []string{"--policy-report"}}} {
		b.Run(how.name, func(b *testing.B) {
			args := append(benchFiles(b, policySet(), deployments.String()), how.args...)
			b.ReportAllocs()
			for b.Loop() {
				benchApply(b, args)
			}
		})
	}
}

// BenchmarkApplyOne applies one policy to one resource.
func BenchmarkApplyOne(b *testing.B) {
	args := benchFiles(b, fmt.Sprintf(rulePattern, 0, "pattern: {spec: {"+pods[0]+"}}"), fmt.Sprintf(deployment, 0, 0, true))
	b.ReportAllocs()
	for b.Loop() {
		benchApply(b, args)
	}
}

// benchFiles writes the files and returns the arguments that name them.
func benchFiles(b *testing.B, policies, resources string) []string {
	b.Helper()
	folder := b.TempDir()
	args := []string{filepath.Join(folder, "policies.yaml"), "--resource", filepath.Join(folder, "resources.yaml")}
	for name, text := range map[string]string{args[0]: policies, args[2]: resources} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return args
}

func benchApply(b *testing.B, args []string) {
	b.Helper()
	command := apply.New(apply.Options{})
	command.SilenceErrors = true
	command.SetArgs(args)
	command.SetOut(io.Discard)
	command.SetErr(io.Discard)
	if err := command.Execute(); err != nil && !strings.Contains(err.Error(), "violations") {
		b.Fatal(err)
	}
}
