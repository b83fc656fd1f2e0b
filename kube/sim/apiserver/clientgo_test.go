package apiserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

func (c *cluster) config() *rest.Config {
	return &rest.Config{Host: c.url, BearerToken: "secret", TLSClientConfig: rest.TLSClientConfig{Insecure: true}, QPS: -1}
}

// within gives a test's requests a deadline that only a hang reaches.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}, Data: data}
}

// TestTypedClient uses the generated clients, which send protobuf.
func TestTypedClient(t *testing.T) {
	ctx := within(t)
	client := kubernetes.NewForConfigOrDie(newCluster(t).config())
	maps := client.CoreV1().ConfigMaps("default")
	made, err := maps.Create(ctx, configMap("a", map[string]string{"x": "1"}), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stale := made.DeepCopy()
	made.Data["x"] = "2"
	if made, err = maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil || made.Data["x"] != "2" {
		t.Fatalf("update: %v, %v", made, err)
	}
	if _, err := maps.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		t.Errorf("stale update: %v", err)
	}
	applied, err := maps.Apply(ctx, corev1apply.ConfigMap("a", "default").WithData(map[string]string{"y": "3"}), metav1.ApplyOptions{FieldManager: "tester"})
	if err != nil || !cmp.Equal(applied.Data, map[string]string{"x": "2", "y": "3"}) {
		t.Errorf("apply: %v, %v", applied.Data, err)
	}
	wrong := types.UID("another")
	err = maps.Delete(ctx, "a", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &wrong}})
	if !apierrors.IsConflict(err) {
		t.Errorf("delete with another UID: %v", err)
	}
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "no=thing"}); err != nil {
		t.Error(err)
	}
	list, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("list: %d, %v", len(list.Items), err)
	}
	if err := maps.Delete(ctx, "a", metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	token, err := client.CoreV1().ServiceAccounts("default").CreateToken(ctx, "default", tokenRequest(), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "ask"}, Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"create"}, APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"selfsubjectreviews"}},
	}}
	if _, err := client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "ask"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "ask"},
		Subjects: []rbacv1.Subject{{Kind: "Group", APIGroup: rbacv1.GroupName, Name: "system:serviceaccounts:default"}},
	}
	if _, err := client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	whoami(t, client, token.Status.Token)
}

func TestGeneratedNamesAndMetadataOnly(t *testing.T) {
	ctx := within(t)
	c := newCluster(t)
	maps := kubernetes.NewForConfigOrDie(c.config()).CoreV1().ConfigMaps("default")
	var names []string
	for range 3 {
		object := configMap("", nil)
		object.GenerateName = "job-"
		made, err := maps.Create(ctx, object, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, made.Name)
	}
	resource := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	list, err := metadata.NewForConfigOrDie(c.config()).Resource(resource).Namespace("default").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range list.Items {
		got = append(got, item.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, got); diff != "" {
		t.Error(diff)
	}
}

// seen collects what an informer tells, as "added a=1".
type seen struct {
	mu    sync.Mutex
	told  []string
	fresh chan struct{}
}

func newSeen() *seen { return &seen{fresh: make(chan struct{}, 1)} }

func (s *seen) add(what string) {
	s.mu.Lock()
	s.told = append(s.told, what)
	s.mu.Unlock()
	select {
	case s.fresh <- struct{}{}:
	default:
	}
}

// waitFor returns when all of want was told.
func (s *seen) waitFor(ctx context.Context, t *testing.T, want ...string) {
	t.Helper()
	for {
		s.mu.Lock()
		missing := slices.DeleteFunc(slices.Clone(want), func(w string) bool { return slices.Contains(s.told, w) })
		told := slices.Clone(s.told)
		s.mu.Unlock()
		if len(missing) == 0 {
			return
		}
		select {
		case <-s.fresh:
		case <-ctx.Done():
			t.Fatalf("missing %q of %q", missing, told)
		}
	}
}

func (s *seen) handler(show func(any) string) cache.ResourceEventHandlerFuncs {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { s.add("added " + show(obj)) },
		UpdateFunc: func(_, obj any) { s.add("updated " + show(obj)) },
		DeleteFunc: func(obj any) { s.add("deleted " + show(obj)) },
	}
}

func TestInformer(t *testing.T) {
	ctx := within(t)
	c := newCluster(t)
	client := kubernetes.NewForConfigOrDie(c.config())
	maps := client.CoreV1().ConfigMaps("default")
	if _, err := maps.Create(ctx, configMap("a", map[string]string{"x": "1"}), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := factory.Core().V1().ConfigMaps().Informer()
	told := newSeen()
	show := func(obj any) string { return obj.(*corev1.ConfigMap).Name + "=" + obj.(*corev1.ConfigMap).Data["x"] }
	if _, err := informer.AddEventHandler(told.handler(show)); err != nil {
		t.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	told.waitFor(ctx, t, "added a=1")
	before := c.Objects()
	if _, err := maps.Create(ctx, configMap("b", map[string]string{"x": "1"}), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Update(ctx, configMap("a", map[string]string{"x": "2"}), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	told.waitFor(ctx, t, "added b=1", "updated a=2")
	// A reset of the cluster reaches clients as changes like any other.
	if err := c.Restore(ctx, before); err != nil {
		t.Fatal(err)
	}
	told.waitFor(ctx, t, "deleted b=1", "updated a=1")
}

func TestDynamicInformerOfADefinedKind(t *testing.T) {
	ctx := within(t)
	c := newCluster(t)
	client := dynamic.NewForConfigOrDie(c.config())
	crds := client.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	if _, err := crds.Create(ctx, definition("gadgets", "Gadget"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	gadgets := schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "gadgets"}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	told := newSeen()
	show := func(obj any) string { return obj.(*unstructured.Unstructured).GetName() }
	if _, err := factory.ForResource(gadgets).Informer().AddEventHandler(told.handler(show)); err != nil {
		t.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	gadget := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": map[string]any{"name": "one"}}}
	if _, err := client.Resource(gadgets).Namespace("default").Create(ctx, gadget, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	told.waitFor(ctx, t, "added one")
	if err := crds.Delete(ctx, "gadgets.example.com", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	told.waitFor(ctx, t, "deleted one")
	if _, err := client.Resource(gadgets).List(ctx, metav1.ListOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("list without a definition: %v", err)
	}
}

// TestWatchEndsWithItsDefinition: a client learns that the last object has gone, and then that there is no more to come.
func TestWatchEndsWithItsDefinition(t *testing.T) {
	ctx := within(t)
	c := newCluster(t)
	client := dynamic.NewForConfigOrDie(c.config())
	crds := client.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	for _, plural := range []string{"gadgets", "others"} {
		if _, err := crds.Create(ctx, definition(plural, strings.ToUpper(plural[:1])+plural[1:]), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	gadgets := schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "gadgets"}
	gadget := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "example.com/v1", "kind": "Gadgets", "metadata": map[string]any{"name": "one"}}}
	if _, err := client.Resource(gadgets).Namespace("default").Create(ctx, gadget, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	w, err := client.Resource(gadgets).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	for _, plural := range []string{"others", "gadgets"} { // the first one is no business of the watch
		if err := crds.Delete(ctx, plural+".example.com", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	var told []watch.EventType
	for e := range w.ResultChan() {
		told = append(told, e.Type)
	}
	if ctx.Err() != nil || !slices.Equal(told, []watch.EventType{watch.Added, watch.Deleted}) {
		t.Errorf("the watch told of %v, %v", told, ctx.Err())
	}
}

func definition(plural, kind string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": plural + ".example.com"},
		"spec": map[string]any{
			"group": "example.com", "scope": "Namespaced", "names": map[string]any{"plural": plural, "kind": kind},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			}},
		},
	}}
}

// TestWatchSeesThroughItsSelector follows an object that begins and ceases to match.
func TestWatchSeesThroughItsSelector(t *testing.T) {
	ctx := within(t)
	maps := kubernetes.NewForConfigOrDie(newCluster(t).config()).CoreV1().ConfigMaps("default")
	w, err := maps.Watch(ctx, metav1.ListOptions{LabelSelector: "on=yes"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	object := configMap("a", nil)
	for _, label := range []string{"no", "yes", "yes", "no"} {
		object.Labels = map[string]string{"on": label}
		object.Data = map[string]string{"n": object.Data["n"] + "x"}
		if len(object.Data["n"]) == 1 {
			_, err = maps.Create(ctx, object, metav1.CreateOptions{})
		} else {
			_, err = maps.Update(ctx, object, metav1.UpdateOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []watch.EventType{watch.Added, watch.Modified, watch.Deleted} {
		if e := <-w.ResultChan(); e.Type != want {
			t.Errorf("event %s, want %s", e.Type, want)
		}
	}
}

// TestOldWatchExpires begins a watch before the history.
func TestOldWatchExpires(t *testing.T) {
	ctx := within(t)
	c := newCluster(t)
	maps := kubernetes.NewForConfigOrDie(c.config()).CoreV1().ConfigMaps("default")
	made, err := maps.Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	inside := c.Client()
	resource := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	for i := range 2300 {
		object, err := inside.Get(ctx, resource, "default", "a")
		if err != nil {
			t.Fatal(err)
		}
		next := object.DeepCopy()
		next.SetAnnotations(map[string]string{"n": fmt.Sprint(i)})
		if _, err := inside.Update(ctx, resource, next, ""); err != nil {
			t.Fatal(err)
		}
	}
	w, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: made.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	e := <-w.ResultChan()
	if err := apierrors.FromObject(e.Object); e.Type != watch.Error || !apierrors.IsResourceExpired(err) {
		t.Errorf("event %s %v, want an error that says Expired", e.Type, err)
	}
}

func TestDiscoveryInBothForms(t *testing.T) {
	client := kubernetes.NewForConfigOrDie(newCluster(t).config())
	aggregated, err := names(client.Discovery().ServerPreferredResources())
	if err != nil {
		t.Fatal(err)
	}
	legacy := client.DiscoveryClient
	legacy.UseLegacyDiscovery = true
	old, err := names(legacy.ServerPreferredResources())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(old, aggregated); diff != "" || len(old) < 40 {
		t.Errorf("%d resources: %s", len(old), diff)
	}
}

func names(lists []*metav1.APIResourceList, err error) ([]string, error) {
	var out []string
	for _, list := range lists {
		for _, r := range list.APIResources {
			out = append(out, fmt.Sprint(list.GroupVersion, "/", r.Name, " ", r.Kind, r.ShortNames, r.Categories, r.Namespaced, r.Verbs))
		}
	}
	slices.Sort(out)
	return out, err
}

func tokenRequest() *authenticationv1.TokenRequest { return &authenticationv1.TokenRequest{} }

func whoami(t *testing.T, client *kubernetes.Clientset, token string) {
	t.Helper()
	body, err := client.RESTClient().Post().AbsPath("/apis/authentication.k8s.io/v1/selfsubjectreviews").
		SetHeader("Authorization", "Bearer "+token).SetHeader("Content-Type", "application/json").Body([]byte("{}")).DoRaw(within(t))
	if err != nil {
		t.Fatal(err)
	}
	var review struct {
		Status struct{ UserInfo struct{ Username string } }
	}
	if err := json.Unmarshal(body, &review); err != nil || review.Status.UserInfo.Username != "system:serviceaccount:default:default" {
		t.Errorf("the token is that of %q, %v", review.Status.UserInfo.Username, err)
	}
	_, err = client.RESTClient().Get().AbsPath("/version").SetHeader("Authorization", "Bearer "+token+"x").DoRaw(within(t))
	if status, ok := err.(apierrors.APIStatus); !ok || status.Status().Code != http.StatusUnauthorized {
		t.Errorf("a forged token: %v", err)
	}
}
