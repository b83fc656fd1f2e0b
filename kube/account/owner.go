package account

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// owner tells what the workshop made from what it did not. It only asks.
type owner struct {
	kms   *kms.Client
	ecr   *ecr.Client
	known func() entries // what the ledger says
}

func newOwner(config aws.Config, known func() entries) *owner {
	return &owner{kms: kms.NewFromConfig(config), ecr: ecr.NewFromConfig(config), known: known}
}

// key finds the key that an id, an ARN or an alias names, nil for none, and says whether the workshop made it. The id of
// a key is never given again.
func (o *owner) key(ctx context.Context, name string) (found *kmstypes.KeyMetadata, ours bool, err error) {
	answer, err := o.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
	if absent := (*kmstypes.NotFoundException)(nil); errors.As(err, &absent) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, trouble("kms:DescribeKey", err)
	}
	return answer.KeyMetadata, o.known().key(aws.ToString(answer.KeyMetadata.KeyId)), nil
}

// repository finds a repository, nil for none, and says whether the workshop made it. The name alone does not: somebody
// may have made one of the same name after the workshop's was gone, so the tag has to be the ledger's.
func (o *owner) repository(ctx context.Context, name string) (found *ecrtypes.Repository, ours bool, err error) {
	answer, err := o.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	if absent := (*ecrtypes.RepositoryNotFoundException)(nil); errors.As(err, &absent) || err == nil && len(answer.Repositories) == 0 {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, trouble("ecr:DescribeRepositories", err)
	}
	found = &answer.Repositories[0]
	if !o.known().repository(name) {
		return found, false, nil
	}
	tags, err := o.ecr.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: found.RepositoryArn})
	if err != nil {
		return found, false, trouble("ecr:ListTagsForResource", err)
	}
	for _, tag := range tags.Tags {
		if aws.ToString(tag.Key) == Tag && o.known().marked(KindRepository, name, aws.ToString(tag.Value)) {
			return found, true, nil
		}
	}
	return found, false, nil
}

// inTheWay says which of some names is somebody else's, "" when none is.
func (o *owner) inTheWay(ctx context.Context, names Names) (string, error) {
	for _, alias := range names.Aliases {
		found, ours, err := o.key(ctx, alias)
		if err != nil {
			return "", err
		}
		if found != nil && !ours {
			return alias, nil
		}
	}
	for _, name := range names.Repositories {
		found, ours, err := o.repository(ctx, name)
		if err != nil {
			return "", err
		}
		if found != nil && !ours {
			return "the repository " + name, nil
		}
	}
	return "", nil
}
