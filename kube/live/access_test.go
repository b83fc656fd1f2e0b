package live

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
)

// kyvernoWith is an admission controller with arguments, and its service account with a role.
func kyvernoWith(role string, args ...string) []runtime.Object {
	labels := map[string]string{"app.kubernetes.io/part-of": "kyverno", "app.kubernetes.io/component": "admission-controller"}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "policies", Name: "admission"}}
	if role != "" {
		account.Annotations = map[string]string{roleKey: role}
	}
	return []runtime.Object{account, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "policies", Name: "admission", Labels: labels},
		Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			ServiceAccountName: "admission", Containers: []corev1.Container{{Args: args}},
		}}},
	}}
}

// TestExamineAccess: what the cluster shows of how Kyverno gets at an account.
func TestExamineAccess(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/kyverno"
	for name, test := range map[string]struct {
		objects []runtime.Object
		want    []string // level and a part of the text, of each finding
	}{
		"no Kyverno": {want: []string{"note it is not installed"}},
		"a role":     {objects: kyvernoWith(role, "--registryCredentialHelpers=default,amazon"), want: []string{"ok its service account admission has the role " + role}},
		"no role":    {objects: kyvernoWith("", "--registryCredentialHelpers=amazon"), want: []string{"note its service account admission is annotated with no role"}},
		"no helper":  {objects: kyvernoWith(role, "--registryCredentialHelpers=google"), want: []string{"problem it does not log in to ECR", "ok its service account"}},
		"no flag":    {objects: kyvernoWith(role), want: []string{"problem it does not log in to ECR", "ok its service account"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := ExamineAccess(t.Context(), fake.NewClientset(test.objects...))
			if err != nil || len(found) != len(test.want) {
				t.Fatalf("%+v, %v", found, err)
			}
			for i, want := range test.want {
				if got := string(found[i].Level) + " " + found[i].Text; !strings.HasPrefix(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				if found[i].Level == Problem && found[i].Hint == "" {
					t.Errorf("no hint: %+v", found[i])
				}
			}
		})
	}
}
