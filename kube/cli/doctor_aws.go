package cli

import (
	"context"
	"strings"

	"k8s.io/client-go/kubernetes"

	"podsec/kube/account"
	"podsec/kube/live"
)

// examineAccount looks at the AWS account that the environment leads to, as the lab's commands would, and at the Kyverno
// of the cluster, if one is named.
func examineAccount(ctx context.Context, connection *Connection, data string) ([]live.Finding, error) {
	loaded, err := account.Configuration(ctx)
	if err != nil {
		return nil, WithHint(err)
	}
	findings := account.Examine(ctx, loaded, account.WorkshopNames(), data)
	if !connection.Live() {
		return findings, nil
	}
	target, err := connection.Target()
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(target.Config)
	if err != nil {
		return nil, err
	}
	access, err := live.ExamineAccess(ctx, client)
	if err != nil { // what was found out of the account stays worth knowing
		trouble := live.Explain(err)
		access = append(access, live.Finding{Level: live.Problem, About: "Kyverno", Text: trouble.Problem, Hint: trouble.Hint})
	}
	return append(findings, append(access, elsewhere(target, loaded.Region)...)...), nil
}

// elsewhere says that the cluster is in another region than the account's registry will be, as far as its name tells.
func elsewhere(target *live.Target, region string) []live.Finding {
	host, found := strings.CutSuffix(strings.SplitN(strings.TrimPrefix(target.Server, "https://"), ":", 2)[0], ".eks.amazonaws.com")
	if region == "" || !found || strings.HasSuffix(host, "."+region) {
		return nil
	}
	in := host[strings.LastIndexByte(host, '.')+1:]
	return []live.Finding{{
		Level: live.Warning, About: "region", Hint: "export AWS_REGION=" + in,
		Text: "the cluster is in " + in + ", and images would be in " + region,
	}}
}
