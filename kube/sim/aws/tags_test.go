package aws_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"podsec/kube/sim/aws"
)

// TestTags: a key and a repository keep the tags that they were made with, and who lists them names neither by an alias
// nor by a name.
func TestTags(t *testing.T) {
	c := connect(aws.New(aws.Options{}), "us-east-1")
	key := must(c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{Tags: []types.Tag{{TagKey: sdk.String("team"), TagValue: sdk.String("a")}}}))(t)
	tags := must(c.kms.ListResourceTags(t.Context(), &kms.ListResourceTagsInput{KeyId: key.KeyMetadata.Arn}))(t)
	if len(tags.Tags) != 1 || *tags.Tags[0].TagKey != "team" || *tags.Tags[0].TagValue != "a" || tags.Truncated {
		t.Errorf("the key has %+v", tags)
	}
	must(c.kms.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: sdk.String("alias/x"), TargetKeyId: key.KeyMetadata.KeyId}))(t)
	_, err := c.kms.ListResourceTags(t.Context(), &kms.ListResourceTagsInput{KeyId: sdk.String("alias/x")})
	wantError(t, err, "NotFoundException", "Invalid keyId 'alias/x'")

	made := must(c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{
		RepositoryName: sdk.String("shop"), Tags: []ecrtypes.Tag{{Key: sdk.String("team"), Value: sdk.String("b")}},
	}))(t)
	arn := made.Repository.RepositoryArn
	labels := must(c.ecr.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: arn}))(t)
	if len(labels.Tags) != 1 || *labels.Tags[0].Key != "team" || *labels.Tags[0].Value != "b" {
		t.Errorf("the repository has %+v", labels)
	}
	_, err = c.ecr.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: sdk.String(*arn + "s")})
	wantError(t, err, "RepositoryNotFoundException", "The repository with name 'shops' does not exist in the registry with id '111122223333'")
	_, err = c.ecr.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: sdk.String("arn:aws:s3:::x")})
	wantError(t, err, "InvalidParameterException", "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'")
}
