package account

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
)

// rule says whether a question may be sent on. The function that it returns is given AWS's answer, if that is a good one.
type rule func(ctx context.Context, q *question) (after func(answer []byte) error, err error)

// allRules are the rules of all operations that may be sent on at all, by "service:Operation".
func (g *Gate) allRules() map[string]rule {
	rules := map[string]rule{
		"sts:GetCallerIdentity": reads,
		"kms:CreateKey":         g.makesKey,
		"kms:CreateAlias":       g.makesAlias,
		"kms:DeleteAlias":       g.usesAlias,
		"ecr:CreateRepository":  g.makesRepository,
	}
	for _, name := range []string{"DescribeKey", "GetPublicKey", "ListAliases", "ListKeys", "ListResourceTags", "Verify"} {
		rules["kms:"+name] = reads
	}
	for _, name := range []string{"Sign", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"} {
		rules["kms:"+name] = g.usesKey
	}
	for _, name := range []string{"BatchGetImage", "DescribeImages", "DescribeRepositories", "GetAuthorizationToken", "ListImages", "ListTagsForResource"} {
		rules["ecr:"+name] = reads
	}
	for _, name := range []string{"BatchDeleteImage", "DeleteRepository", "PutImageTagMutability"} {
		rules["ecr:"+name] = g.usesRepository
	}
	return rules
}

func reads(context.Context, *question) (func([]byte) error, error) { return nil, nil }

// makesKey writes the mark of the key that is to be made into the ledger and into the key's tags, and then its id. KMS
// chooses the id, so the mark is what a killed process leaves to find the key by.
func (g *Gate) makesKey(_ context.Context, q *question) (func([]byte) error, error) {
	mark := rand.Text()
	if err := q.tag("Tags", map[string]string{"TagKey": Tag, "TagValue": mark}); err != nil {
		return nil, err
	}
	if err := g.ledger.Write(Entry{Kind: KindKey, Mark: mark}); err != nil {
		return nil, err
	}
	return func(answer []byte) error {
		var made struct{ KeyMetadata struct{ KeyID string } }
		if json.Unmarshal(answer, &made) != nil || made.KeyMetadata.KeyID == "" {
			return nil // it can be found by its mark
		}
		return g.ledger.Write(Entry{Kind: KindKey, Mark: mark, ID: made.KeyMetadata.KeyID})
	}, nil
}

// makesAlias lets the workshop's keys be named.
func (g *Gate) makesAlias(ctx context.Context, q *question) (func([]byte) error, error) {
	found, ours, err := g.owner.key(ctx, q.input.text("TargetKeyId"))
	switch {
	case err != nil || found == nil: // AWS says that there is no such key
		return nil, err
	case !ours:
		return nil, forbidden("podsec gives names only to keys that the workshop made, and %s is not one", q.input.text("TargetKeyId"))
	}
	return nil, g.ledger.Write(Entry{Kind: KindAlias, Name: q.input.text("AliasName"), ID: *found.KeyId})
}

// usesKey lets the workshop's keys be used and changed.
func (g *Gate) usesKey(ctx context.Context, q *question) (func([]byte) error, error) {
	return nil, g.needKey(ctx, q, q.input.text("KeyId"))
}

// usesAlias lets the names of the workshop's keys be taken away.
func (g *Gate) usesAlias(ctx context.Context, q *question) (func([]byte) error, error) {
	if !strings.HasPrefix(q.input.text("AliasName"), "alias/") { // it would be taken for the id of a key
		return nil, nil
	}
	return nil, g.needKey(ctx, q, q.input.text("AliasName"))
}

func (g *Gate) needKey(ctx context.Context, q *question, name string) error {
	found, ours, err := g.owner.key(ctx, name)
	if err == nil && found != nil && !ours {
		err = forbidden("podsec does not call %s for %s, which the workshop did not make", q.operation, name)
	}
	return err
}

// makesRepository writes a repository and its mark into the ledger, and the mark into its tags.
func (g *Gate) makesRepository(_ context.Context, q *question) (func([]byte) error, error) {
	mark := rand.Text()
	if err := g.needRegistry(q); err != nil {
		return nil, err
	}
	if err := q.tag("tags", map[string]string{"Key": Tag, "Value": mark}); err != nil {
		return nil, err
	}
	return nil, g.ledger.Write(Entry{Kind: KindRepository, Name: q.input.text("repositoryName"), Mark: mark})
}

// usesRepository lets the workshop's repositories be changed.
func (g *Gate) usesRepository(ctx context.Context, q *question) (func([]byte) error, error) {
	name := q.input.text("repositoryName")
	if err := g.needRegistry(q); err != nil {
		return nil, err
	}
	found, ours, err := g.owner.repository(ctx, name)
	if err == nil && found != nil && !ours {
		err = forbidden("podsec does not call %s for the repository %s, which the workshop did not make", q.operation, name)
	}
	g.pushable.Delete(name) // it may be gone
	return nil, err
}

// needRegistry refuses to change what is in another account, though the credentials may allow it.
func (g *Gate) needRegistry(q *question) error {
	if id := q.input.text("registryId"); id != "" && id != g.target.ID {
		return forbidden("podsec changes nothing in the registry %s: you agreed to %s", id, g.target.ID)
	}
	return nil
}
