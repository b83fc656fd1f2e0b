package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"podsec/assets"
	kubecli "podsec/kube/cli"
	"podsec/kube/sim"
	"podsec/kube/sim/aws"
	"podsec/kube/sim/aws/awstest"
	"podsec/kube/sim/cloud"
	"podsec/labs"
	"podsec/labs/venue"
	"podsec/tui/workshop"
)

// ownAccount is the cluster and the account of somebody, with things of theirs; the process's user is theirs.
func ownAccount(t *testing.T, base sim.Baseline) *cloud.Cloud {
	t.Helper()
	theirs, err := cloud.Start(t.Context(), cloud.Options{
		Cluster: sim.Options{Start: base},
		Account: aws.Options{Account: "444455556666", Region: "eu-west-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = theirs.Close() })
	awstest.Home(t, theirs.Account, theirs.Endpoints)
	t.Setenv("PODSEC_DATA_DIR", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	keys, images := kms.NewFromConfig(theirs.Account.Config()), ecr.NewFromConfig(theirs.Account.Config())
	made, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: sdk.String("alias/theirs"), TargetKeyId: made.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	if _, err := images.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: sdk.String("theirs")}); err != nil {
		t.Fatal(err)
	}
	return theirs
}

// inAccount lists what there is in an account, but for keys that wait for their deletion.
func inAccount(t *testing.T, account *aws.Account) []string {
	t.Helper()
	keys, images := kms.NewFromConfig(account.Config()), ecr.NewFromConfig(account.Config())
	var all []string
	list, err := keys.ListKeys(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range list.Keys {
		found, err := keys.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: key.KeyId})
		if err != nil {
			t.Fatal(err)
		}
		if found.KeyMetadata.KeyState != types.KeyStatePendingDeletion {
			all = append(all, fmt.Sprintf("key %s, %s", *key.KeyId, found.KeyMetadata.KeyState))
		}
	}
	aliases, err := keys.ListAliases(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, alias := range aliases.Aliases {
		all = append(all, *alias.AliasName)
	}
	repositories, err := images.DescribeRepositories(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, repository := range repositories.Repositories {
		all = append(all, "repository "+*repository.RepositoryName)
	}
	return all
}

// TestLabInOwnAccount works through the lab about signatures on a cluster and in an account that are not the process's own,
// reached as real ones are: by a kubeconfig, and by the AWS configuration of a home folder. Every step passes and none is
// skipped; a run that is broken off leaves what the next one, or a clean-up, removes; what is somebody else's stays; and
// no secret is anywhere.
func TestLabInOwnAccount(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole lab takes a while")
	}
	theirs := ownAccount(t, sim.Baseline{Kyverno: true})
	before := inAccount(t, theirs.Account)
	places := &workshop.Places{Connection: kubecli.Connection{Context: "podsec", Kubeconfig: theirs.Kubeconfig(), Yes: true, AWS: true}}
	all, err := labs.Load(assets.Labs())
	if err != nil {
		t.Fatal(err)
	}
	lab, err := labs.Find(all, "07-signed-images")
	if err != nil {
		t.Fatal(err)
	}
	var transcript bytes.Buffer
	work := func(until string) {
		t.Helper()
		cluster, stop, err := places.ForRun(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer stop() //nolint:errcheck // it is a broken-off run, too
		session, err := labs.Open(t.Context(), lab, cluster, venue.Shell(cluster))
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close() //nolint:errcheck // the same
		if begins := inAccount(t, theirs.Account); !cmp.Equal(before, begins) {
			t.Errorf("the lab begins with %v", begins)
		}
		for i, step := range lab.Steps {
			outcome, err := session.Solve(t.Context(), i, &transcript)
			if err != nil || !outcome.Passed || outcome.Skipped != "" {
				t.Errorf("%s: %+v, %v", step.ID, outcome, err)
			}
			if step.ID == until {
				return
			}
		}
	}
	work("push")
	if made := inAccount(t, theirs.Account); len(made) != len(before)+3 {
		t.Errorf("the lab made %v", made)
	}
	if status := run(t.Context(), []string{"clean", "--context", "podsec", "--kubeconfig", theirs.Kubeconfig(), "--aws", "--yes"}); status != 0 {
		t.Errorf("podsec clean ended with %d", status)
	}
	if diff := cmp.Diff(before, inAccount(t, theirs.Account)); diff != "" {
		t.Errorf("after a clean-up: %s", diff)
	}
	work("push")
	work("") // it begins with removing what the other run left
	if diff := cmp.Diff(before, inAccount(t, theirs.Account)); diff != "" {
		t.Errorf("after the lab: %s", diff)
	}
	if !strings.Contains(transcript.String(), "444455556666.dkr.ecr.eu-west-1.amazonaws.com") || strings.Contains(transcript.String(), "111122223333") {
		t.Error("the lab worked in another account")
	}
	if strings.Contains(transcript.String(), aws.SecretAccessKey) {
		t.Error("the transcript has a secret")
	}
	for _, variable := range []string{"PODSEC_DATA_DIR", "TMPDIR"} {
		for _, file := range holding(t, os.Getenv(variable), []string{aws.SecretAccessKey, aws.AccessKeyID}) {
			if !strings.HasPrefix(file, filepath.Dir(theirs.Kubeconfig())) {
				t.Errorf("%s has a secret", file)
			}
		}
	}
}

// TestLabWithoutAccount: without --aws the lab's steps are skipped, and commands of the learner's own reach no account.
func TestLabWithoutAccount(t *testing.T) {
	theirs := ownAccount(t, sim.Baseline{})
	places := &workshop.Places{Connection: kubecli.Connection{Context: "podsec", Kubeconfig: theirs.Kubeconfig(), Yes: true}}
	cluster, stop, err := places.ForRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop() //nolint:errcheck // the test is over
	limited, ok := cluster.(labs.Limited)
	if !ok || limited.Lacks(labs.NeedAccount) != "it needs an AWS account: with --aws it uses yours" {
		t.Error("it has an account")
	}
	var out bytes.Buffer
	if status, err := venue.Shell(cluster).Run(t.Context(), t.TempDir(), "aws kms list-aliases", nil, &out, &out); err != nil || status == 0 || strings.Contains(out.String(), "theirs") {
		t.Errorf("status %d, %v:\n%s", status, err, out.String())
	}
}

// TestAccountNobodyAgreedTo: an account is worked in once the user agreed, and on a real cluster only.
func TestAccountNobodyAgreedTo(t *testing.T) {
	theirs := ownAccount(t, sim.Baseline{})
	before := inAccount(t, theirs.Account)
	stdin := os.Stdin
	t.Cleanup(func() { os.Stdin = stdin })
	for name, test := range map[string]struct {
		typed string
		args  []string
	}{
		"the cluster alone": {typed: "podsec\n", args: []string{"--context", "podsec", "--kubeconfig", theirs.Kubeconfig(), "--aws"}},
		"something else":    {typed: "podsec\nyes\n", args: []string{"--context", "podsec", "--kubeconfig", theirs.Kubeconfig(), "--aws"}},
		"no cluster":        {args: []string{"--aws"}},
	} {
		path := filepath.Join(t.TempDir(), "typed")
		if err := os.WriteFile(path, []byte(test.typed), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		os.Stdin = file
		if status := run(t.Context(), append([]string{"run", "7"}, test.args...)); status != 1 {
			t.Errorf("%s: podsec run ended with %d", name, status)
		}
		_ = file.Close()
		if diff := cmp.Diff(before, inAccount(t, theirs.Account)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
