package cli

import (
	"bytes"
	"crypto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/engine/image"
	"podsec/kube/kms"
	"podsec/kube/sim/aws"
)

const signedPolicy = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec:
  webhookConfiguration: {failurePolicy: Fail}
  rules:
  - name: by-key
    match: {any: [{resources: {kinds: [Pod]}}]}
    verifyImages:
    - imageReferences: ["*"]
      failureAction: Enforce
      attestors: [{entries: [{keys: {KEY, rekor: {url: "https://rekor.sigstore.dev", ignoreTlog: true}, ctlog: {ignoreSCT: true}}}]}]
`

// TestWhySignatures: with --signatures the registry is asked, and KMS for the key; without it nothing is.
func TestWhySignatures(t *testing.T) {
	account := aws.New(aws.Options{Anonymous: true})
	endpoints, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accountEnvironment(t, endpoints.Environment)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	digest := signedImage(t, account)
	folder := t.TempDir()
	write := func(file, text string) string {
		path := filepath.Join(folder, file)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pod := write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default}\nspec: {containers: [{name: web, image: \""+account.RegistryHost()+"/shop:v1\"}]}\n")
	byKMS := write("kms.yaml", strings.Replace(signedPolicy, "KEY", `kms: "awskms:///alias/shop"`, 1))
	byNoKey := write("none.yaml", strings.Replace(signedPolicy, "KEY", `kms: "awskms:///alias/none"`, 1))
	bySecret := write("secret.yaml", strings.Replace(signedPolicy, "KEY", "secret: {name: cosign, namespace: kyverno}", 1))
	for _, test := range []struct {
		policy string
		args   []string
		status int
		want   string
	}{
		{byKMS, nil, whyAdmitted, ": needs the signatures in the image's registry"},
		{byKMS, []string{"--signatures"}, whyAdmitted, "        yes: signed: " + digest.DigestStr()},
		{byNoKey, []string{"--signatures"}, whyBlocked, "NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found."},
		{bySecret, []string{"--signatures"}, whyBlocked, "no cluster is asked for Secrets"},
	} {
		var out bytes.Buffer
		status := -1
		command := Why(func(s int) { status = s })
		command.SetOut(&out)
		command.SetErr(&out)
		command.SetArgs(append([]string{"-f", pod, "-p", test.policy}, test.args...))
		if err := command.ExecuteContext(t.Context()); err != nil {
			t.Error(err)
		}
		if status != test.status || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s %v: status %d, want %d and %q in\n%s", filepath.Base(test.policy), test.args, status, test.status, test.want, out.String())
		}
	}
}

// signedImage makes an image "shop:v1" in an account, signed with its key alias/shop.
func signedImage(t *testing.T, account *aws.Account) name.Digest {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	repository := "shop"
	_, err := ecr.NewFromConfig(account.Config()).CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: &repository})
	must(err)
	tag, err := name.NewTag(account.RegistryHost() + "/shop:v1")
	must(err)
	index, err := aws.BuildImage("shop")
	must(err)
	through := remote.WithTransport(account.Transport())
	must(remote.WriteIndex(tag, index, through))
	hash, err := index.Digest()
	must(err)
	keys := kms.New(account.Config())
	_, err = keys.Create(t.Context(), "awskms:///alias/shop")
	must(err)
	key, err := keys.Key(t.Context(), "awskms:///alias/shop", crypto.SHA256)
	must(err)
	digest := tag.Context().Digest(hash.String())
	must((&image.Signer{Registry: image.Registry{Remote: []remote.Option{through}}, Key: key}).Sign(t.Context(), digest, nil))
	return digest
}
