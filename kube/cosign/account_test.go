package cosign

import (
	ecrsdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"

	"podsec/kube/sim/aws"
)

// repository makes a repository in an account and returns its name on loopback.
func (s *session) repository(account *aws.Account, name string) string {
	s.t.Helper()
	_, err := ecrsdk.NewFromConfig(account.Config()).CreateRepository(s.t.Context(), &ecrsdk.CreateRepositoryInput{RepositoryName: &name})
	s.check(err)
	return s.host + "/" + name
}

// disable disables the key of an alias.
func (s *session) disable(account *aws.Account, alias string) {
	s.t.Helper()
	client := kmssdk.NewFromConfig(account.Config())
	key, err := client.DescribeKey(s.t.Context(), &kmssdk.DescribeKeyInput{KeyId: &alias})
	s.check(err)
	_, err = client.DisableKey(s.t.Context(), &kmssdk.DisableKeyInput{KeyId: key.KeyMetadata.KeyId})
	s.check(err)
}
