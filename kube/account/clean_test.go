package account_test

import (
	"bytes"
	"context"
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

	"podsec/kube/account"
)

// content is what there is in a world: keys with their states, aliases and repositories.
func (w *world) content() []string {
	w.Helper()
	var all []string
	keys, repositories := kms.NewFromConfig(w.account.Config()), ecr.NewFromConfig(w.account.Config())
	list, err := keys.ListKeys(w.Context(), nil)
	w.must(err)
	for _, key := range list.Keys {
		found, err := keys.DescribeKey(w.Context(), &kms.DescribeKeyInput{KeyId: key.KeyId})
		w.must(err)
		if found.KeyMetadata.KeyState == types.KeyStatePendingDeletion {
			continue // it is as good as gone
		}
		all = append(all, fmt.Sprintf("key %s: %s", *key.KeyId, found.KeyMetadata.KeyState))
	}
	aliases, err := keys.ListAliases(w.Context(), nil)
	w.must(err)
	for _, alias := range aliases.Aliases {
		all = append(all, *alias.AliasName+" of "+*alias.TargetKeyId)
	}
	described, err := repositories.DescribeRepositories(w.Context(), nil)
	w.must(err)
	for _, repository := range described.Repositories {
		all = append(all, "repository "+*repository.RepositoryName)
	}
	return all
}

// theirs makes a key with a name, and a repository, as somebody else has them.
func (w *world) theirs() {
	client := kms.NewFromConfig(w.account.Config())
	made, err := client.CreateKey(w.Context(), &kms.CreateKeyInput{Tags: []types.Tag{{TagKey: sdk.String(account.Tag), TagValue: sdk.String("of another computer")}}})
	w.must(err)
	_, err = client.CreateAlias(w.Context(), &kms.CreateAliasInput{AliasName: sdk.String("alias/theirs"), TargetKeyId: made.KeyMetadata.KeyId})
	w.must(err)
	w.repository("theirs", false)
}

// lab makes what the lab makes, and stops at the first error.
func (c client) lab(ctx context.Context) error {
	id, err := c.makeKey(ctx)
	if err != nil {
		return err
	}
	if _, err := c.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &names.Aliases[0], TargetKeyId: &id}); err != nil {
		return err
	}
	for _, name := range names.Repositories {
		if _, err := c.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &name}); err != nil {
			return err
		}
	}
	return nil
}

// TestClean: what the workshop made goes, in an order and with words, and nothing else does.
func TestClean(t *testing.T) {
	w := newWorld(t)
	w.theirs()
	before := w.content()
	c, ledger := gated(w)
	w.must(c.lab(t.Context()))
	cleaner := account.NewCleaner(w.target(), ledger)
	plan, err := cleaner.Plan(t.Context())
	w.must(err)
	var text bytes.Buffer
	w.must(cleaner.Clean(t.Context(), func(i account.Item) { fmt.Fprintln(&text, i) }))
	id := plan[1].Name
	want := "KMS alias alias/image-signing-cosign\nKMS key " + id + " (KMS deletes it in 7 days, as soon as it ever does)\n" +
		"ECR repository supply-chain-security, with its images\nECR repository payments, with its images\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, w.content()); diff != "" {
		t.Error(diff)
	}
	found, err := kms.NewFromConfig(w.account.Config()).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &id})
	if err != nil || found.KeyMetadata.DeletionDate == nil {
		t.Errorf("the key: %+v, %v", found, err)
	}
	if left := ledger.Entries(); len(left) > 0 {
		t.Errorf("the ledger still has %+v", left)
	}
	w.asked = nil
	w.must(cleaner.Clean(t.Context(), nil))
	if len(w.asked) > 0 {
		t.Errorf("AWS was asked with an empty ledger: %v", w.asked)
	}
}

// TestCleanAfterLosses loses the answer of each call that makes something, as a killed process does: AWS has made it, and
// nobody was told. A clean-up finds it all the same.
func TestCleanAfterLosses(t *testing.T) {
	for _, operation := range []string{"CreateKey", "CreateAlias", "CreateRepository"} {
		t.Run(operation, func(t *testing.T) {
			w := newWorld(t)
			w.theirs()
			before := w.content()
			c, _ := gated(w)
			w.lose = operation
			if err := c.lab(t.Context()); err == nil {
				t.Fatal("no answer was lost")
			}
			w.lose = ""
			if cmp.Equal(before, w.content()) {
				t.Fatal("nothing was made")
			}
			w.must(account.NewCleaner(w.target(), w.ledger()).Clean(t.Context(), nil)) // another process
			if diff := cmp.Diff(before, w.content()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCleanBeforeAnything: a ledger that names what was never made, or is gone, is emptied; what has the same name stays.
func TestCleanBeforeAnything(t *testing.T) {
	w := newWorld(t)
	w.repository("payments", false)
	w.key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, false)
	before := w.content()
	for _, e := range []account.Entry{
		{Kind: account.KindKey, Mark: "never"},
		{Kind: account.KindKey, Mark: "gone", ID: "11111111-2222-3333-4444-555555555555"},
		{Kind: account.KindAlias, Name: names.Aliases[0], ID: "11111111-2222-3333-4444-555555555555"},
		{Kind: account.KindRepository, Name: "payments", Mark: "gone"},
		{Kind: account.KindRepository, Name: "never", Mark: "never"},
	} {
		w.note(e)
	}
	ledger := w.ledger()
	w.must(account.NewCleaner(w.target(), ledger).Clean(t.Context(), nil))
	if diff := cmp.Diff(before, w.content()); diff != "" {
		t.Error(diff)
	}
	if left := ledger.Entries(); len(left) > 0 {
		t.Errorf("the ledger still has %+v", left)
	}
}

// TestCleanWhatAWSRefuses: what may not be removed is named and stays in the ledger, and does not hold up the rest.
func TestCleanWhatAWSRefuses(t *testing.T) {
	for operation, want := range map[string]string{
		"ScheduleKeyDeletion": "you may not call kms:ScheduleKeyDeletion: told so",
		"DeleteAlias":         "you may not call kms:DeleteAlias: told so",
		"DeleteRepository":    "you may not call ecr:DeleteRepository: told so",
		"ListAliases":         "you may not call kms:ListAliases: told so",
	} {
		t.Run(operation, func(t *testing.T) {
			w := newWorld(t)
			before := w.content()
			c, ledger := gated(w)
			w.must(c.lab(t.Context()))
			w.refusing(operation, "AccessDeniedException")
			cleaner := account.NewCleaner(w.target(), ledger)
			if err := cleaner.Clean(t.Context(), nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v", err)
			}
			if len(ledger.Entries()) == 0 {
				t.Error("the ledger is empty")
			}
			delete(w.refuse, operation)
			w.must(cleaner.Clean(t.Context(), nil))
			if diff := cmp.Diff(before, w.content()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPlaces: ledgers that are not empty say where something was made.
func TestPlaces(t *testing.T) {
	w := newWorld(t)
	if found, err := account.Places(w.data); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
	w.note(account.Entry{Kind: account.KindKey, Mark: "M"})
	elsewhere := w.target()
	elsewhere.Region = "eu-west-1"
	empty, err := account.OpenLedger(w.data, elsewhere)
	w.must(err)
	w.must(empty.Close())
	found, err := account.Places(w.data)
	w.must(err)
	if diff := cmp.Diff([]account.Place{{ID: "111122223333", Region: "us-east-1"}}, found); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(filepath.Join(w.data, "accounts", "111122223333.us-east-1.jsonl"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("who may read the ledger: %v, %v", info.Mode(), err)
	}
}
