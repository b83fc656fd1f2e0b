package admission

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// What kubelets and the API server agree on for the token of a pod's service account
// (k8s.io/kubernetes/plugin/pkg/admission/serviceaccount).
const (
	tokenMountPath    = "/var/run/secrets/kubernetes.io/serviceaccount"
	tokenVolumePrefix = "kube-api-access-"
	tokenSeconds      = 3607
	mirrorAnnotation  = "kubernetes.io/config.mirror"
	controllers       = "system:serviceaccount:kube-system:" // starts their user names
)

// NewServiceAccount gives new pods a service account and mounts its token, as the ServiceAccount plugin does.
func NewServiceAccount(reader Reader, names Names) api.Admission {
	s := serviceAccount{reader: reader, names: names}
	return mutating(s.mutate)
}

type serviceAccount struct {
	reader Reader
	names  Names
}

func (s serviceAccount) mutate(ctx context.Context, a *api.Attributes) error {
	if !isPod(a) || a.Operation != api.Create {
		return nil
	}
	if _, mirror := a.Object.GetAnnotations()[mirrorAnnotation]; mirror {
		return nil
	}
	pod := a.Object.DeepCopy()
	spec, ok := pod.Object["spec"].(map[string]any)
	if !ok {
		return nil
	}
	name, _ := spec["serviceAccountName"].(string)
	if name == "" {
		name = "default"
	}
	spec["serviceAccountName"], spec["serviceAccount"] = name, name
	account, err := s.find(ctx, a, name)
	if err != nil {
		return forbidden(a, fmt.Errorf("error looking up service account %s/%s: %w", a.Namespace, name, err))
	}
	if automounts(spec, account) {
		s.mount(a, spec)
	}
	if _, ok := spec["imagePullSecrets"]; !ok {
		if secrets, _, _ := unstructured.NestedSlice(account.Object, "imagePullSecrets"); len(secrets) > 0 {
			spec["imagePullSecrets"] = secrets
		}
	}
	a.Object = pod
	return nil
}

// How long the default account of a new namespace is waited for. The real plugin tries for a second or two; here who makes
// the account shares a machine with whoever sends requests, and that machine may be busy.
const (
	accountAttempts = 500
	accountInterval = 20 * time.Millisecond
)

// find reads the service account of a pod. A namespace gets its default one a moment after it was made, so that one is
// waited for. The cluster's own controllers do not wait: it is they who make it, and they try again.
func (s serviceAccount) find(ctx context.Context, a *api.Attributes, name string) (*unstructured.Unstructured, error) {
	attempts := 1
	if name == "default" && !strings.HasPrefix(a.User.Username, controllers) {
		attempts = accountAttempts
	}
	for {
		account, err := s.reader.Get(ctx, core("serviceaccounts"), a.Namespace, name)
		if attempts--; !apierrors.IsNotFound(err) {
			return account, err
		}
		if attempts == 0 {
			return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "serviceaccount"}, name)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(accountInterval):
		}
	}
}

// automounts says whether the pod wants its token: it decides itself, else its account, else yes.
func automounts(spec map[string]any, account *unstructured.Unstructured) bool {
	if wants, ok := spec["automountServiceAccountToken"].(bool); ok {
		return wants
	}
	if wants, ok := account.Object["automountServiceAccountToken"].(bool); ok {
		return wants
	}
	return true
}

// mount adds the token's volume and mounts it in every container that has nothing there yet.
func (s serviceAccount) mount(a *api.Attributes, spec map[string]any) {
	volume, exists := tokenVolume(spec)
	if !exists {
		volume = tokenVolumePrefix + s.names.Suffix("Volume", a.Namespace, a.Name)
	}
	mounted := false
	for _, field := range []string{"initContainers", "containers"} {
		containers, _ := spec[field].([]any)
		for _, c := range containers {
			if container, ok := c.(map[string]any); ok && mountInto(container, volume) {
				mounted = true
			}
		}
	}
	if mounted && !exists {
		volumes, _ := spec["volumes"].([]any)
		spec["volumes"] = append(volumes, map[string]any{"name": volume, "projected": tokenSources()})
	}
}

// tokenVolume finds the volume of an earlier mount, in a pod that was read from a server.
func tokenVolume(spec map[string]any) (string, bool) {
	volumes, _ := spec["volumes"].([]any)
	for _, v := range volumes {
		volume, _ := v.(map[string]any)
		if name, _ := volume["name"].(string); strings.HasPrefix(name, tokenVolumePrefix) {
			return name, true
		}
	}
	return "", false
}

func mountInto(container map[string]any, volume string) bool {
	mounts, _ := container["volumeMounts"].([]any)
	for _, m := range mounts {
		if mount, _ := m.(map[string]any); mount["mountPath"] == tokenMountPath {
			return false
		}
	}
	container["volumeMounts"] = append(mounts, map[string]any{"name": volume, "readOnly": true, "mountPath": tokenMountPath})
	return true
}

func tokenSources() map[string]any {
	field := map[string]any{"apiVersion": "v1", "fieldPath": "metadata.namespace"}
	return map[string]any{
		"defaultMode": int64(0o644),
		"sources": []any{
			map[string]any{"serviceAccountToken": map[string]any{"expirationSeconds": int64(tokenSeconds), "path": "token"}},
			map[string]any{"configMap": map[string]any{"name": "kube-root-ca.crt", "items": []any{map[string]any{"key": "ca.crt", "path": "ca.crt"}}}},
			map[string]any{"downwardAPI": map[string]any{"items": []any{map[string]any{"path": "namespace", "fieldRef": field}}}},
		},
	}
}
