package venue

import (
	"strings"
	"testing"

	"podsec/kube/process"
)

// TestKeep: a command shares a process when it does one thing, wherever its namespace stands.
func TestKeep(t *testing.T) {
	for line, want := range map[string]bool{
		"kubectl get pods": true, "kubectl -n kyverno create secret generic x": true, "kubectl -nkyverno get pods": true,
		"kubectl --namespace kyverno get pods": true, "kubectl --namespace=kyverno get pods": true, "kubectl run web --image=nginx --timeout=1s": true,
		"kubectl apply -f x.yaml --validate=false": true, "kubectl wait --for=condition=Ready clusterpolicy/x": true,
		"kubectl": false, "kubectl -n": false, "kubectl --context other get pods": false, "kubectl exec web -- sh": false, "kubectl edit pod web": false,
		"kubectl run web -it --image=nginx": false, "kubectl run web --rm --attach": false, "kubectl get pods -v=6": false, "kubectl get pods --v 6": false,
		"kubectl get pods --v=6": false, "kubectl create deployment web --edit": false, "kubectl port-forward web 80": false, "kubectl proxy": false,
		"kubectl diff -f x.yaml": false, "kubectl plugin list": false, "kubectl neat": false, "helm list": false, "kyverno version": false,
	} {
		args := strings.Fields(line)
		if got := keep(args[0], args[1:]); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}

// TestInside: in the environment of the simulated account the stand-ins run inside, and in none that says less.
func TestInside(t *testing.T) {
	v, err := Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	account, ok := v.(interface{ Environment() []string })
	if !ok {
		t.Fatal("the simulated cluster has no account")
	}
	whole := process.IO{Env: append(account.Environment(), "KUBECONFIG="+v.Kubeconfig())}
	for line, want := range map[string]bool{
		"aws kms list-keys": true, "aws --profile x kms list-keys": false, "docker images": true, "cosign version": true,
		"kubectl get pods": false, "helm list": false,
	} {
		args := strings.Fields(line)
		if main := inside(args[0], args[1:], whole); (main != nil) != want {
			t.Errorf("%s runs inside: %t", line, main != nil)
		}
		if main := inside(args[0], args[1:], process.IO{Env: append(whole.Env, "AWS_PROFILE=x", "DOCKER_CONFIG=")}); main != nil {
			t.Errorf("%s runs inside of an environment that is not complete", line)
		}
	}
}
