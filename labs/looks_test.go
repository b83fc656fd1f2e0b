package labs

import "testing"

func TestLooks(t *testing.T) {
	for line, want := range map[string]bool{
		"kubectl get pods": true,
		"kubectl -n ui get deployment ui -o json | jq .spec": true,
		"kubectl get pods; kubectl delete pod a":             false,
		"kubectl delete pod get":                             false,
		"kubectl apply -f get.yaml":                          false,
		"kubectl get pods -o name | xargs kubectl delete":    false,
		"echo $(kubectl run nginx --image=nginx)":            false,
		"for p in a b; do kubectl describe pod $p; done":     true,
		"helm list -A":           true,
		"helm uninstall kyverno": false,
		"kyverno apply policy.yaml --resource pod.yaml": true,
		"aws ecr create-repository --repository-name a": false,
		"aws sts get-caller-identity":                   true,
		"kubectl --namespace=ui -v 6 get pods":          true,
		"aws":                                           true,
		"kubectl":                                       false,
		"frobnicate":                                    false,
		"ls; cat a.yaml":                                true,
		"kubectl 'get":                                  false,
		"":                                              true,
	} {
		if got := looks(line); got != want {
			t.Errorf("looks(%q) = %t", line, got)
		}
	}
}
