package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// What leads Kyverno to registries of ECR: a credential helper, and a role.
const (
	helpersFlag = "--registryCredentialHelpers="
	roleKey     = "eks.amazonaws.com/role-arn" // https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
)

// ExamineAccess says how Kyverno on a cluster gets at an AWS account, as far as the cluster shows it.
func ExamineAccess(ctx context.Context, client kubernetes.Interface) ([]Finding, error) {
	list, err := client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{LabelSelector: kyvernoDeployment + ",app.kubernetes.io/component=admission-controller"})
	if err != nil {
		return nil, fmt.Errorf("look for Kyverno: %w", err)
	}
	if len(list.Items) == 0 {
		return []Finding{{Level: Note, About: "Kyverno", Text: "it is not installed: whether it can get at the account shows later"}}, nil
	}
	d := &list.Items[0]
	var found []Finding
	if !asksECR(d) {
		found = append(found, Finding{
			Level: Problem, About: "Kyverno", Text: "it does not log in to ECR: its admission controller runs without the credential helper amazon",
			Hint: "set features.registryClient.credentialHelpers of its chart to one with amazon in it",
		})
	}
	name := d.Spec.Template.Spec.ServiceAccountName
	account, err := client.CoreV1().ServiceAccounts(d.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("look at Kyverno's service account: %w", err)
	}
	if role := account.Annotations[roleKey]; role != "" {
		return append(found, Finding{Level: Fine, About: "Kyverno", Text: "its service account " + name + " has the role " + role}), nil
	}
	return append(found, Finding{
		Level: Note, About: "Kyverno",
		Text: fmt.Sprintf("its service account %s is annotated with no role: it has one by EKS Pod Identity, that of its node, or none", name),
		Hint: "of pods, a node's role can be had only with a hop limit of 2 or more for the metadata service",
	}), nil
}

// asksECR reports whether an admission controller logs in to registries of ECR.
func asksECR(d *appsv1.Deployment) bool {
	for _, container := range d.Spec.Template.Spec.Containers {
		for _, arg := range container.Args {
			if helpers, is := strings.CutPrefix(arg, helpersFlag); is && slices.Contains(strings.Split(helpers, ","), "amazon") {
				return true
			}
		}
	}
	return false
}
