package aws

import "strings"

// keyTag is a tag of a key, as KMS writes it.
type keyTag struct{ TagKey, TagValue string }

// tag is a tag of a repository, as ECR writes it.
type tag struct{ Key, Value string }

type keyTagsOutput struct {
	Tags      []keyTag
	Truncated bool
}

// listResourceTags lists the tags of a key, which is not named by an alias here.
func (a *Account) listResourceTags(c caller, in keyInput) (keyTagsOutput, error) {
	k, err := a.byID(c, in.KeyId)
	if err != nil {
		return keyTagsOutput{}, err
	}
	return keyTagsOutput{Tags: append([]keyTag{}, k.tags...)}, nil
}

type resourceInput struct {
	ResourceArn string `json:"resourceArn"`
}

type tagsOutput struct {
	Tags []tag `json:"tags"`
}

// listTagsForResource lists the tags of a repository.
func (a *Account) listTagsForResource(c caller, in resourceInput) (tagsOutput, error) {
	name, found := strings.CutPrefix(in.ResourceArn, a.arn("ecr", c.region, "repository/"))
	if !found {
		return tagsOutput{}, refusal("InvalidParameterException", "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'")
	}
	_, repo, err := a.existing(c, name)
	if err != nil {
		return tagsOutput{}, err
	}
	return tagsOutput{append([]tag{}, repo.labels...)}, nil
}
