package policies_test

import (
	"context"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// TestPolicyAfterRestore gives a policy, after everything was put back, the name, UID and generation of one before.
func TestPolicyAfterRestore(t *testing.T) {
	for name, between := range map[string]func(*cluster){
		"at once":         func(*cluster) {},
		"after a request": func(c *cluster) { c.apply(configMap("free", "{v: '1'}")) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			before := c.server.Objects()
			c.apply(policy("p", "validations: [{expression: 'false', message: before}]"))
			_, err := c.create(configMap("c", "{v: '1'}"))
			refusedFor(t, err, "before")
			if err := c.server.Restore(context.Background(), before); err != nil {
				t.Fatal(err)
			}
			between(c)
			c.apply(policy("p", "validations: [{expression: 'false', message: after}]"))
			_, err = c.create(configMap("c", "{v: '1'}"))
			refusedFor(t, err, "after")
		})
	}
}

func refusedFor(t *testing.T, err error, message string) {
	t.Helper()
	if err == nil || !strings.HasSuffix(err.Error(), "denied request: "+message) {
		t.Errorf("error is %v, want %s", err, message)
	}
}

// renaming is a mutation of every object by one JSON patch operation.
func renaming(field, value string) string {
	return strings.Replace(mutation("m", `reinvocationPolicy: Never
  mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/metadata/`+field+`', value: '`+value+`'}]"}}]`),
		`apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]`,
		`apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: ["*"]`, 1)
}

// TestMutatedName stores a new object under the name that a mutation gave it, and lets no stored one change its own.
func TestMutatedName(t *testing.T) {
	ctx, c := context.Background(), newCluster(t)
	c.apply(configMap("old", "{v: '1'}"))
	c.apply(renaming("name", "other"))
	c.apply(configMap("c", "{v: '1'}"))
	stored, err := c.client.Get(ctx, configMaps, "shop", "other")
	if err != nil || stored.GetName() != "other" {
		t.Errorf("under the new name is %v, %v", stored, err)
	}
	if _, err := c.client.Get(ctx, configMaps, "shop", "c"); !apierrors.IsNotFound(err) {
		t.Errorf("under the name that was asked for: %v", err)
	}
	if _, err := c.create(configMap("d", "{v: '1'}")); !apierrors.IsAlreadyExists(err) {
		t.Errorf("a second object of the new name: %v", err)
	}
	_, err = c.client.Update(ctx, configMaps, parse(t, configMap("old", "{v: '2'}")), "")
	if want := `metadata.name: Invalid value: "other": field is immutable`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("update says %v, want %s", err, want)
	}
}

// TestMutatedNamespace refuses what a mutation puts into another namespace; what has no namespace gets none.
func TestMutatedNamespace(t *testing.T) {
	ctx, c := context.Background(), newCluster(t)
	c.apply(configMap("old", "{v: '1'}"))
	c.apply(renaming("namespace", "other"))
	_, created := c.create(configMap("c", "{v: '1'}"))
	_, updated := c.client.Update(ctx, configMaps, parse(t, configMap("old", "{v: '2'}")), "")
	for _, err := range []error{created, updated} {
		if want := "the namespace of the provided object does not match the namespace sent on the request"; !apierrors.IsBadRequest(err) || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
	own, err := c.create("{apiVersion: v1, kind: Namespace, metadata: {name: s}}")
	if err != nil || own.GetNamespace() != "" {
		t.Errorf("a cluster's own object is %v, %v", own, err)
	}
}
