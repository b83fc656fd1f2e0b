package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"podsec/kube/live"
)

// Names are the names of what is going to be made.
type Names struct {
	Alias      string // of the key: "alias/image-signing-cosign"
	Repository string // of the images: "supply-chain-security"
}

// patience is how long an account may take to answer one question.
const patience = 15 * time.Second

// Examine says what works in the account that a configuration leads to, and what is missing. What depends on something
// that is missing is not asked.
func Examine(ctx context.Context, config aws.Config, names Names) []live.Finding {
	e := &examination{config: config, names: names}
	for _, look := range []func(context.Context) bool{e.region, e.credentials, e.identity} {
		if !e.within(ctx, look) {
			return e.found
		}
	}
	if e.within(ctx, e.keys) {
		e.within(ctx, e.key)
	}
	if e.within(ctx, e.repositories) {
		e.within(ctx, e.repository)
	}
	e.within(ctx, e.login)
	return e.found
}

// examination collects what is found.
type examination struct {
	config aws.Config
	names  Names
	found  []live.Finding
}

func (e *examination) within(ctx context.Context, look func(context.Context) bool) bool {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return look(limited)
}

func (e *examination) say(level live.Level, about, hint, format string, args ...any) bool {
	e.found = append(e.found, live.Finding{Level: level, About: about, Hint: hint, Text: fmt.Sprintf(format, args...)})
	return level != live.Problem
}

func (e *examination) region(context.Context) bool {
	if e.config.Region == "" {
		return e.say(live.Problem, "region", "export AWS_REGION=us-east-1, or aws configure", "no region is set")
	}
	return e.say(live.Fine, "region", "", "%s", e.config.Region)
}

func (e *examination) credentials(ctx context.Context) bool {
	const hint = "aws sso login, or aws configure, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	if e.config.Credentials == nil {
		return e.say(live.Problem, "credentials", hint, "there are none")
	}
	found, err := e.config.Credentials.Retrieve(ctx)
	switch {
	case err != nil:
		return e.say(live.Problem, "credentials", hint, "there are none: %s", first(err))
	case found.CanExpire && found.Expires.Before(time.Now()):
		return e.say(live.Problem, "credentials", hint, "they have expired")
	}
	return e.say(live.Fine, "credentials", "", "from %s", found.Source)
}

func (e *examination) identity(ctx context.Context) bool {
	answer, err := sts.NewFromConfig(e.config).GetCallerIdentity(ctx, nil)
	if err != nil {
		return e.refused("identity", "sts:GetCallerIdentity", err)
	}
	return e.say(live.Fine, "identity", "", "account %s as %s", aws.ToString(answer.Account), aws.ToString(answer.Arn))
}

// keys asks whether keys may be looked at.
func (e *examination) keys(ctx context.Context) bool {
	if _, err := kms.NewFromConfig(e.config).ListAliases(ctx, &kms.ListAliasesInput{Limit: aws.Int32(1)}); err != nil {
		return e.refused("KMS", "kms:ListAliases", err)
	}
	return e.say(live.Fine, "KMS", "", "aliases can be listed")
}

// key asks for the key's alias, and if there is one, whether it can sign: a dry run of Sign signs nothing.
func (e *examination) key(ctx context.Context) bool {
	client := kms.NewFromConfig(e.config)
	answer, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &e.names.Alias})
	if absent := (*kmstypes.NotFoundException)(nil); errors.As(err, &absent) {
		return e.say(live.Fine, "key", "", "%s is free; making it needs kms:CreateKey and kms:CreateAlias, which cannot be tried out", e.names.Alias)
	}
	if err != nil {
		return e.refused("key", "kms:DescribeKey", err)
	}
	if key := answer.KeyMetadata; key.KeyState != kmstypes.KeyStateEnabled || key.KeyUsage != kmstypes.KeyUsageTypeSignVerify {
		return e.say(live.Problem, "key", "give the alias to another key, or take it away: aws kms delete-alias --alias-name "+e.names.Alias,
			"%s exists, but its key cannot sign: it is for %s and %s", e.names.Alias, key.KeyUsage, key.KeyState)
	}
	if _, err := client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &e.names.Alias}); err != nil {
		return e.refused("key", "kms:GetPublicKey", err)
	}
	_, err = client.Sign(ctx, &kms.SignInput{
		KeyId: &e.names.Alias, Message: make([]byte, 32), MessageType: kmstypes.MessageTypeDigest,
		SigningAlgorithm: kmstypes.SigningAlgorithmSpecEcdsaSha256, DryRun: aws.Bool(true),
	})
	if would := (*kmstypes.DryRunOperationException)(nil); err != nil && !errors.As(err, &would) {
		return e.refused("key", "kms:Sign", err)
	}
	return e.say(live.Note, "key", "", "%s exists already and can sign; it will be used as it is", e.names.Alias)
}

// repositories asks whether repositories may be looked at.
func (e *examination) repositories(ctx context.Context) bool {
	if _, err := ecr.NewFromConfig(e.config).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(1)}); err != nil {
		return e.refused("ECR", "ecr:DescribeRepositories", err)
	}
	return e.say(live.Fine, "ECR", "", "repositories can be listed")
}

func (e *examination) repository(ctx context.Context) bool {
	answer, err := ecr.NewFromConfig(e.config).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{e.names.Repository}})
	if absent := (*ecrtypes.RepositoryNotFoundException)(nil); errors.As(err, &absent) {
		return e.say(live.Fine, "repository", "", "%s is free; making it needs ecr:CreateRepository, which cannot be tried out", e.names.Repository)
	}
	if err != nil {
		return e.refused("repository", "ecr:DescribeRepositories", err)
	}
	if len(answer.Repositories) > 0 && answer.Repositories[0].ImageTagMutability == ecrtypes.ImageTagMutabilityImmutable {
		return e.say(live.Warning, "repository", "aws ecr put-image-tag-mutability --image-tag-mutability MUTABLE --repository-name "+e.names.Repository,
			"%s exists, and its tags are immutable: an image can be signed only once", e.names.Repository)
	}
	return e.say(live.Warning, "repository", "work with another name if its images are needed: the lab deletes the repository at its end",
		"%s exists already", e.names.Repository)
}

// login asks for a password of the registry, and forgets it.
func (e *examination) login(ctx context.Context) bool {
	answer, err := ecr.NewFromConfig(e.config).GetAuthorizationToken(ctx, nil)
	if err != nil {
		return e.refused("login", "ecr:GetAuthorizationToken", err)
	}
	if len(answer.AuthorizationData) == 0 {
		return e.say(live.Problem, "login", "", "the registry gives no password")
	}
	return e.say(live.Fine, "login", "", "%s gives passwords", aws.ToString(answer.AuthorizationData[0].ProxyEndpoint))
}
