package main

import (
	"context"
	"slices"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"podsec/kube"
	"podsec/kube/live"
)

// visitor is who comes to the cluster with a token of its own.
const visitor = "podsec-test-visitor"

// TestRealRevoked: on a real cluster too, who follows it learns that a token is not accepted any more when a command does.
func TestRealRevoked(t *testing.T) {
	target := realCluster(t)
	admin := kubernetes.NewForConfigOrDie(target.Config)
	target.Config = visiting(t, admin, target.Config)
	c, err := live.Open(t.Context(), target, live.OpenOptions{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	states := kube.Watch(t.Context(), c.Config())
	await(t, states, func(s kube.State) bool {
		return s.Err == nil && slices.ContainsFunc(s.Namespaces, func(n kube.Namespace) bool { return n.Name == visitor })
	})
	if err := admin.CoreV1().ServiceAccounts(visitor).Delete(t.Context(), visitor, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	asking := kubernetes.NewForConfigOrDie(c.Config())
	if err := wait.PollUntilContextTimeout(t.Context(), time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := asking.CoreV1().Namespaces().Get(ctx, visitor, metav1.GetOptions{}) // a server remembers tokens for a while
		return apierrors.IsUnauthorized(err), nil
	}); err != nil {
		t.Fatal(err)
	}
	await(t, states, func(s kube.State) bool { return apierrors.IsUnauthorized(s.Lost()) && len(s.Namespaces) > 0 })
	if err := c.Prepare(t.Context(), live.Baseline{}); !apierrors.IsUnauthorized(err) {
		t.Errorf("a lab is prepared: %v", err)
	}
}

// visiting is how somebody connects who may do everything until their ServiceAccount is gone.
func visiting(t *testing.T, admin kubernetes.Interface, config *rest.Config) *rest.Config {
	t.Helper()
	named := metav1.ObjectMeta{Name: visitor}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, err := range []error{
			admin.CoreV1().Namespaces().Delete(ctx, visitor, metav1.DeleteOptions{}),
			admin.RbacV1().ClusterRoleBindings().Delete(ctx, visitor, metav1.DeleteOptions{}),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if err := wait.PollUntilContextTimeout(ctx, time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
			_, err := admin.CoreV1().Namespaces().Get(ctx, visitor, metav1.GetOptions{})
			return apierrors.IsNotFound(err), nil
		}); err != nil {
			t.Errorf("the namespace %s is still there: %v", visitor, err)
		}
	})
	_, noSpace := admin.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: named}, metav1.CreateOptions{})
	_, noAccount := admin.CoreV1().ServiceAccounts(visitor).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: named}, metav1.CreateOptions{})
	_, noRights := admin.RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: named, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: visitor, Name: visitor}},
	}, metav1.CreateOptions{})
	token, noToken := admin.CoreV1().ServiceAccounts(visitor).CreateToken(t.Context(), visitor, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	for _, err := range []error{noSpace, noAccount, noRights, noToken} {
		if err != nil {
			t.Fatal(err)
		}
	}
	own := rest.AnonymousClientConfig(config)
	own.BearerToken = token.Status.Token
	return own
}

// await reads states until one is as wanted.
func await(t *testing.T, states <-chan kube.State, holds func(kube.State) bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case s := <-states:
			if holds(s) {
				return
			}
		case <-deadline:
			t.Fatal("no state is as it should be")
		}
	}
}
