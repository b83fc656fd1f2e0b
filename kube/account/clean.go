package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// window is how many days a key waits for its deletion: as few as KMS allows.
const window = 7

// Item is something that is to be removed.
type Item struct {
	Kind Kind
	Name string // of an alias or a repository, else the key's id
}

// String says what happens to the item.
func (i Item) String() string {
	switch i.Kind {
	case KindKey:
		return fmt.Sprintf("KMS key %s (KMS deletes it in %d days, as soon as it ever does)", i.Name, window)
	case KindRepository:
		return "ECR repository " + i.Name + ", with its images"
	}
	return "KMS " + string(i.Kind) + " " + i.Name
}

// Cleaner removes from an account what the ledger says that the workshop made there, and nothing else.
type Cleaner struct {
	owner  *owner
	ledger *Ledger
}

// NewCleaner makes a Cleaner.
func NewCleaner(t *Target, ledger *Ledger) *Cleaner {
	return &Cleaner{owner: newOwner(t.Config, ledger.known), ledger: ledger}
}

// Plan finds what the workshop made and is still there, in the order in which it is to go. AWS is not asked when the
// ledger is empty.
func (c *Cleaner) Plan(ctx context.Context) ([]Item, error) {
	if err := c.findLost(ctx); err != nil {
		return nil, err
	}
	var items []Item
	for _, e := range c.ledger.Entries() {
		found, err := c.plan(ctx, e)
		if err != nil {
			return nil, err
		}
		for _, item := range found {
			if !slices.Contains(items, item) {
				items = append(items, item)
			}
		}
	}
	return items, nil
}

// plan is what there is of an entry. The names of a key go before it: KMS would let them lead to nothing.
func (c *Cleaner) plan(ctx context.Context, e Entry) ([]Item, error) {
	switch {
	case e.Kind == KindKey && e.ID != "":
		return c.planKey(ctx, e.ID)
	case e.Kind == KindRepository:
		found, ours, err := c.owner.repository(ctx, e.Name)
		if err != nil || found == nil || !ours {
			return nil, err
		}
		return []Item{{KindRepository, e.Name}}, nil
	}
	return nil, nil
}

func (c *Cleaner) planKey(ctx context.Context, id string) ([]Item, error) {
	key, _, err := c.owner.key(ctx, id)
	if err != nil || key == nil {
		return nil, err
	}
	var items []Item
	pages := kms.NewListAliasesPaginator(c.owner.kms, &kms.ListAliasesInput{KeyId: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, trouble("kms:ListAliases", err)
		}
		for _, alias := range page.Aliases {
			items = append(items, Item{KindAlias, aws.ToString(alias.AliasName)})
		}
	}
	if !leaving(key) {
		items = append(items, Item{KindKey, id})
	}
	return items, nil
}

// leaving reports whether a key waits for its deletion already.
func leaving(key *kmstypes.KeyMetadata) bool {
	return key.KeyState == kmstypes.KeyStatePendingDeletion || key.KeyState == kmstypes.KeyStatePendingReplicaDeletion
}

// findLost looks for keys whose making was not answered, by their tags, and notes their ids.
func (c *Cleaner) findLost(ctx context.Context) error {
	lost := c.ledger.known().lost()
	if len(lost) == 0 {
		return nil
	}
	pages := kms.NewListKeysPaginator(c.owner.kms, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return trouble("kms:ListKeys", err)
		}
		for _, key := range page.Keys {
			if err := c.recognise(ctx, aws.ToString(key.KeyId), lost); err != nil {
				return err
			}
		}
	}
	return nil
}

// recognise notes a key that has one of some marks. A key whose tags may not be seen is somebody else's.
func (c *Cleaner) recognise(ctx context.Context, id string, marks []string) error {
	answer, err := c.owner.kms.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: &id})
	if denied(err) {
		return nil
	}
	if err != nil {
		return trouble("kms:ListResourceTags", err)
	}
	for _, tag := range answer.Tags {
		if mark := aws.ToString(tag.TagValue); aws.ToString(tag.TagKey) == Tag && slices.Contains(marks, mark) {
			return c.ledger.Write(Entry{Kind: KindKey, Mark: mark, ID: id})
		}
	}
	return nil
}

// Clean removes what Plan finds and empties the ledger once nothing is left. What AWS refuses to remove does not hold up
// the rest. report is told of everything that was removed, nil for nobody.
func (c *Cleaner) Clean(ctx context.Context, report func(Item)) error {
	if len(c.ledger.Entries()) == 0 {
		return nil
	}
	items, err := c.Plan(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, item := range items {
		if err := c.remove(ctx, item); err != nil {
			errs = append(errs, fmt.Errorf("remove %s %s: %w", item.Kind, item.Name, err))
		} else if report != nil {
			report(item)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.prove(ctx)
}

// remove asks for the deletion of an item.
func (c *Cleaner) remove(ctx context.Context, item Item) error {
	switch item.Kind {
	case KindAlias:
		_, err := c.owner.kms.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: &item.Name})
		return explained("kms:DeleteAlias", err)
	case KindKey:
		_, err := c.owner.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &item.Name, PendingWindowInDays: aws.Int32(window)})
		return explained("kms:ScheduleKeyDeletion", err)
	}
	_, err := c.owner.ecr.DeleteRepository(ctx, &ecr.DeleteRepositoryInput{RepositoryName: &item.Name, Force: true})
	return explained("ecr:DeleteRepository", err)
}

func explained(action string, err error) error {
	if err == nil {
		return nil
	}
	return trouble(action, err)
}

// pause is how long a clean-up waits before it looks again: AWS's answers may be a moment behind.
const pause = 500 * time.Millisecond

// prove looks until nothing is left, and empties the ledger then.
func (c *Cleaner) prove(ctx context.Context) error {
	for {
		items, err := c.Plan(ctx)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return c.ledger.Clear()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("clean up: still there: %s %s: %w", items[0].Kind, items[0].Name, ctx.Err())
		case <-time.After(pause):
		}
	}
}
