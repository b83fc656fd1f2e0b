package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"podsec/kube/live"
)

// kyvernoActions are what Kyverno does in an account: it reads signatures from the registry, and the public half of a key
// whose address is in a policy.
func kyvernoActions() []string {
	return []string{"ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "kms:DescribeKey", "kms:GetPublicKey"}
}

// patience is how long an account may take to answer one question.
const patience = 15 * time.Second

// Examine says what works in the account that a configuration leads to, and what is missing. What depends on something
// that is missing is not asked.
//
// data is the folder of the learner's data, with the ledgers of earlier runs.
func Examine(ctx context.Context, config aws.Config, names Names, data string) []live.Finding {
	e := &examination{config: config, names: names, data: data}
	e.owner = newOwner(config, func() entries { return e.known })
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
	e.say(live.Note, "Kyverno", "a role for its service account (IRSA or EKS Pod Identity), or that of the nodes",
		"in a cluster it needs %s in this account", strings.Join(kyvernoActions(), ", "))
	return e.found
}

// examination collects what is found.
type examination struct {
	config aws.Config
	names  Names
	data   string
	owner  *owner
	known  entries // of the account's ledger
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
		trouble := noRegion()
		return e.say(live.Problem, "region", trouble.Hint, "%s", trouble.Problem)
	}
	return e.say(live.Fine, "region", "", "%s", e.config.Region)
}

func (e *examination) credentials(ctx context.Context) bool {
	found, without := credentialsOf(ctx, e.config)
	if without != nil {
		return e.say(live.Problem, "credentials", without.Hint, "%s", without.Problem)
	}
	return e.say(live.Fine, "credentials", "", "from %s", found.Source)
}

func (e *examination) identity(ctx context.Context) bool {
	target, err := identify(ctx, e.config)
	if err != nil {
		return e.refused("identity", "sts:GetCallerIdentity", err)
	}
	if e.known, err = readLedger(e.data, target); err != nil {
		return e.say(live.Problem, "ledger", "", "%v", err)
	}
	return e.say(live.Fine, "identity", "", "account %s as %s", target.ID, target.ARN)
}

// keys asks whether keys may be looked at.
func (e *examination) keys(ctx context.Context) bool {
	if _, err := e.owner.kms.ListAliases(ctx, &kms.ListAliasesInput{Limit: aws.Int32(1)}); err != nil {
		return e.refused("KMS", "kms:ListAliases", err)
	}
	return e.say(live.Fine, "KMS", "", "aliases can be listed")
}

// key asks for the names of the lab's keys.
func (e *examination) key(ctx context.Context) bool {
	free := true
	for _, alias := range e.names.Aliases {
		found, ours, err := e.owner.key(ctx, alias)
		switch {
		case err != nil:
			return e.refused("key", "kms:DescribeKey", err)
		case found != nil && !ours:
			return e.foreign("key", alias)
		case found != nil:
			free = false
			if !e.leftKey(ctx, alias, found.KeyState) {
				return false
			}
		}
	}
	if free {
		e.say(live.Fine, "key", "", "%s are free; making keys needs kms:CreateKey, kms:TagResource and kms:CreateAlias, which cannot be tried out", strings.Join(e.names.Aliases, " and "))
	}
	return true
}

// leftKey says that a key is left of an earlier run, and finds out whether it can sign: a dry run of Sign signs nothing.
func (e *examination) leftKey(ctx context.Context, alias string, state kmstypes.KeyState) bool {
	if state != kmstypes.KeyStateEnabled {
		return e.left("key", alias)
	}
	if _, err := e.owner.kms.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &alias}); err != nil {
		return e.refused("key", "kms:GetPublicKey", err)
	}
	_, err := e.owner.kms.Sign(ctx, &kms.SignInput{
		KeyId: &alias, Message: make([]byte, 32), MessageType: kmstypes.MessageTypeDigest,
		SigningAlgorithm: kmstypes.SigningAlgorithmSpecEcdsaSha256, DryRun: aws.Bool(true),
	})
	if would := (*kmstypes.DryRunOperationException)(nil); err != nil && !errors.As(err, &would) {
		return e.refused("key", "kms:Sign", err)
	}
	return e.left("key", alias)
}

// foreign says that a name of the lab's is taken.
func (e *examination) foreign(about, name string) bool {
	return e.say(live.Problem, about, "choose another region, or an account that is for trying things out",
		"%s exists and the workshop did not make it: it stays as it is, and the lab is skipped", name)
}

// left says that an earlier run did not clean up.
func (e *examination) left(about, name string) bool {
	return e.say(live.Note, about, "podsec clean --aws", "%s is left of an earlier run; the lab begins with removing it", name)
}

// repositories asks whether repositories may be looked at.
func (e *examination) repositories(ctx context.Context) bool {
	if _, err := e.owner.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(1)}); err != nil {
		return e.refused("ECR", "ecr:DescribeRepositories", err)
	}
	return e.say(live.Fine, "ECR", "", "repositories can be listed")
}

// repository asks for the names of the lab's repositories.
func (e *examination) repository(ctx context.Context) bool {
	free := true
	for _, name := range e.names.Repositories {
		found, ours, err := e.owner.repository(ctx, name)
		switch {
		case err != nil:
			return e.refused("repository", "ecr:DescribeRepositories", err)
		case found != nil && !ours:
			return e.foreign("repository", name)
		case found != nil:
			e.left("repository", name)
			free = false
		}
	}
	if free {
		e.say(live.Fine, "repository", "", "%s are free; making them needs ecr:CreateRepository and ecr:TagResource, which cannot be tried out", strings.Join(e.names.Repositories, " and "))
	}
	return true
}

// login asks for a password of the registry, and forgets it.
func (e *examination) login(ctx context.Context) bool {
	answer, err := e.owner.ecr.GetAuthorizationToken(ctx, nil)
	if err != nil {
		return e.refused("login", "ecr:GetAuthorizationToken", err)
	}
	if len(answer.AuthorizationData) == 0 {
		return e.say(live.Problem, "login", "", "the registry gives no password")
	}
	return e.say(live.Fine, "login", "", "%s gives passwords", aws.ToString(answer.AuthorizationData[0].ProxyEndpoint))
}
