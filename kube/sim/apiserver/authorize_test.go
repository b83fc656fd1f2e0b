package apiserver_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// roles are those of the tests: jane reads pods in shop and may look for work, joe writes roles in shop that give no more
// than jane has, ann may act as others.
const roles = `
- {kind: ClusterRole, metadata: {name: discovery}, rules: [{nonResourceURLs: [/api, /api/*, "/apis*"], verbs: [get]}]}
- {kind: ClusterRoleBinding, metadata: {name: discovery}, roleRef: {kind: ClusterRole, name: discovery}, subjects: [{kind: Group, name: "system:authenticated"}]}
- {kind: ClusterRole, metadata: {name: readers}, rules: [{apiGroups: [""], resources: [pods, "*/status"], verbs: [get, list, watch]}, {apiGroups: [""], resources: [configmaps], resourceNames: [one], verbs: ["*"]}]}
- {kind: RoleBinding, metadata: {name: readers, namespace: shop}, roleRef: {kind: ClusterRole, name: readers}, subjects: [{kind: User, name: jane}, {kind: ServiceAccount, name: robot}]}
- {kind: Role, metadata: {name: grants, namespace: shop}, rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings], verbs: [get, create, update]}, {apiGroups: [""], resources: [pods], verbs: [get]}]}
- {kind: RoleBinding, metadata: {name: grants, namespace: shop}, roleRef: {kind: Role, name: grants}, subjects: [{kind: User, name: joe}]}
- {kind: RoleBinding, metadata: {name: broken, namespace: shop}, roleRef: {kind: ClusterRole, name: lost}, subjects: [{kind: User, name: max}]}
- {kind: ClusterRole, metadata: {name: actors}, rules: [{apiGroups: [""], resources: [users], resourceNames: [jane], verbs: [impersonate]}, {apiGroups: [""], resources: [serviceaccounts], verbs: [impersonate]}]}
- {kind: ClusterRoleBinding, metadata: {name: actors}, roleRef: {kind: ClusterRole, name: actors}, subjects: [{kind: ServiceAccount, name: actor, namespace: shop}]}
`

func newGuarded(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t)
	var all []map[string]any
	if err := yaml.Unmarshal([]byte(roles), &all); err != nil {
		t.Fatal(err)
	}
	for _, content := range all {
		content["apiVersion"] = rbacv1.SchemeGroupVersion.String()
		resource := rbacv1.SchemeGroupVersion.WithResource(strings.ToLower(content["kind"].(string)) + "s")
		if _, err := c.Client().Create(context.Background(), resource, &unstructured.Unstructured{Object: content}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// ask makes one request and returns the answer's code and the message of its Status. headers are names and values.
func (c *cluster) ask(t *testing.T, token, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		r.Header.Set("Content-Type", "application/apply-patch+yaml")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	client, err := rest.HTTPClientFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{Insecure: true}})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var status metav1.Status
	_ = json.NewDecoder(answer.Body).Decode(&status) // what is no Status has no message
	return answer.StatusCode, status.Message
}

func TestAuthorization(t *testing.T) {
	c := newGuarded(t)
	const shop, pods = "/api/v1/namespaces/shop", "/api/v1/namespaces/shop/pods"
	const rbacShop = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/"
	role := func(name, rules string) string {
		return `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"` + name + `"},"rules":[` + rules + `]}`
	}
	binding := func(name, kind, role string) string {
		return `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"` + name + `"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"` + kind + `","name":"` + role + `"}}`
	}
	for _, test := range []struct {
		as, method, path, body string
		code                   int
		message                string
	}{
		{"jane", "GET", "/api", "", 200, ""},
		{"jane", "GET", "/apis/apps/v1", "", 200, ""},
		{"jane", "GET", "/version", "", 403, `forbidden: User "jane" cannot get path "/version"`},
		{"jane", "GET", pods, "", 200, ""},
		{"jane", "GET", pods + "/x", "", 404, `pods "x" not found`},
		{"jane", "GET", pods + "/x/status", "", 404, `pods "x" not found`},
		{"jane", "GET", pods + "/x/log", "", 403, `pods "x" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "shop"`},
		{"jane", "DELETE", pods + "/x", "", 403, `pods "x" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "shop"`},
		{"jane", "DELETE", pods, "", 403, `pods is forbidden: User "jane" cannot deletecollection resource "pods" in API group "" in the namespace "shop"`},
		{"jane", "GET", "/api/v1/pods", "", 403, `pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope`},
		{"jane", "GET", "/api/v1/namespaces/default/pods", "", 403, `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"`},
		{"jane", "GET", shop, "", 403, `namespaces "shop" is forbidden: User "jane" cannot get resource "namespaces" in API group "" in the namespace "shop"`},
		{"jane", "GET", "/api/v1/nodes?watch=1", "", 403, `nodes is forbidden: User "jane" cannot watch resource "nodes" in API group "" at the cluster scope`},
		{"jane", "GET", "/apis/nothing.example/v1/namespaces/shop/things", "", 403, `things.nothing.example is forbidden: User "jane" cannot list resource "things" in API group "nothing.example" in the namespace "shop"`},
		{"jane", "GET", shop + "/configmaps?fieldSelector=metadata.name%3Done", "", 200, ""},
		{"jane", "GET", shop + "/configmaps", "", 403, `configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "shop"`},
		{"jane", "PATCH", shop + "/configmaps/one?fieldManager=m", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}", 201, ""},
		{"system:serviceaccount:shop:robot", "GET", pods, "", 200, ""},
		{"system:serviceaccount:default:robot", "GET", pods, "", 403, `pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" in the namespace "shop"`},
		{"max", "GET", pods, "", 403, `pods is forbidden: User "max" cannot list resource "pods" in API group "" in the namespace "shop": RBAC: clusterrole.rbac.authorization.k8s.io "lost" not found`},
		{"<b>", "GET", pods, "", 403, `pods is forbidden: User "&lt;b&gt;" cannot list resource "pods" in API group "" in the namespace "shop"`},
		{"joe", "POST", rbacShop + "roles", role("same", `{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}`), 201, ""},
		{"joe", "POST", rbacShop + "roles", role("more", `{"apiGroups":[""],"resources":["pods","secrets"],"verbs":["get","list"]}`), 403,
			`roles.rbac.authorization.k8s.io "more" is forbidden: user "joe" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:` + "\n" +
				`{APIGroups:[""], Resources:["pods"], Verbs:["list"]}` + "\n" + `{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`},
		{"joe", "PUT", rbacShop + "roles/same", role("same", `{"apiGroups":[""],"resources":["pods"],"verbs":["*"]}`), 403,
			`roles.rbac.authorization.k8s.io "same" is forbidden: user "joe" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:` + "\n" +
				`{APIGroups:[""], Resources:["pods"], Verbs:["*"]}`},
		{"joe", "POST", rbacShop + "rolebindings", binding("same", "Role", "same"), 201, ""},
		{"joe", "POST", rbacShop + "rolebindings", binding("none", "Role", "none"), 404, `rolebindings.rbac.authorization.k8s.io "none" not found`},
		{"joe", "POST", rbacShop + "rolebindings", binding("read", "ClusterRole", "actors"), 403,
			`rolebindings.rbac.authorization.k8s.io "read" is forbidden: user "joe" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:` + "\n" +
				`{APIGroups:[""], Resources:["serviceaccounts"], Verbs:["impersonate"]}` + "\n" + `{APIGroups:[""], Resources:["users"], ResourceNames:["jane"], Verbs:["impersonate"]}`},
	} {
		t.Run(test.as+" "+test.method+" "+test.path, func(t *testing.T) {
			code, message := c.ask(t, "secret", test.method, test.path, test.body, "Impersonate-User", test.as)
			if code != test.code || test.message != "" && message != test.message {
				t.Errorf("got  %d %s\nwant %d %s", code, message, test.code, test.message)
			}
		})
	}
}

// token returns one of a service account in shop, which it makes.
func (c *cluster) token(t *testing.T, name string) string {
	t.Helper()
	account := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": name, "namespace": "shop"}}}
	if _, err := c.Client().Create(context.Background(), corev1.SchemeGroupVersion.WithResource("serviceaccounts"), account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	request, err := kubernetes.NewForConfigOrDie(c.config()).CoreV1().ServiceAccounts("shop").CreateToken(context.Background(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}

func TestImpersonationMustBeAllowed(t *testing.T) {
	c := newGuarded(t)
	actor := c.token(t, "actor")
	const pods, me = "/api/v1/namespaces/shop/pods", `"system:serviceaccount:shop:actor"`
	for _, test := range []struct {
		name    string
		headers []string
		code    int
		message string
	}{
		{"nobody", nil, 403, `pods is forbidden: User ` + me + ` cannot list resource "pods" in API group "" in the namespace "shop"`},
		{"jane", []string{"Impersonate-User", "jane"}, 200, ""},
		{"joe", []string{"Impersonate-User", "joe"}, 403, `users "joe" is forbidden: User ` + me + ` cannot impersonate resource "users" in API group "" at the cluster scope`},
		{"an account", []string{"Impersonate-User", "system:serviceaccount:shop:robot"}, 200, ""},
		{"a group", []string{"Impersonate-User", "jane", "Impersonate-Group", "g"}, 403, `groups "g" is forbidden: User ` + me + ` cannot impersonate resource "groups" in API group "" at the cluster scope`},
		{"a uid", []string{"Impersonate-User", "jane", "Impersonate-Uid", "u"}, 403, `uids.authentication.k8s.io "u" is forbidden: User ` + me + ` cannot impersonate resource "uids" in API group "authentication.k8s.io" at the cluster scope`},
		{"more", []string{"Impersonate-User", "jane", "Impersonate-Extra-a%2fb", "v"}, 403, `userextras.authentication.k8s.io "v" is forbidden: User ` + me + ` cannot impersonate resource "userextras/a/b" in API group "authentication.k8s.io" at the cluster scope`},
		{"a group alone", []string{"Impersonate-Group", "g"}, 400, "requested [groups g] without impersonating a user"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, message := c.ask(t, actor, "GET", pods, "", test.headers...)
			if code != test.code || test.message != "" && message != test.message {
				t.Errorf("got  %d %s\nwant %d %s", code, message, test.code, test.message)
			}
		})
	}
	accounts := corev1.SchemeGroupVersion.WithResource("serviceaccounts")
	if err := c.Client().Delete(context.Background(), accounts, "shop", "actor", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if code, _ := c.ask(t, actor, "GET", pods, ""); code != http.StatusUnauthorized {
		t.Errorf("token of a deleted account: %d, want 401", code)
	}
}
