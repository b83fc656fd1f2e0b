package account_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"podsec/kube/account"
	"podsec/kube/sim/aws"
)

// client is a command of a lab: the SDK with what the gate's environment says.
type client struct {
	kms *kms.Client
	ecr *ecr.Client
	sts *sts.Client
}

// gated opens a gate to a world and returns a client of it and its ledger.
func gated(w *world, change ...func(*sdk.Config)) (client, *account.Ledger) {
	w.Helper()
	ledger := w.ledger()
	gate, err := account.NewGate(w.Context(), w.target(), ledger, account.GateOptions{})
	w.must(err)
	w.Cleanup(func() { _ = gate.Close() })
	w.asked = nil
	return clientOf(gate.Environment(), change...), ledger
}

func clientOf(environment []string, change ...func(*sdk.Config)) client {
	env := map[string]string{}
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	config := sdk.Config{
		Region: env["AWS_REGION"], BaseEndpoint: sdk.String(env["AWS_ENDPOINT_URL_KMS"]), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], ""),
	}
	for _, f := range change {
		f(&config)
	}
	return client{kms.NewFromConfig(config), ecr.NewFromConfig(config), sts.NewFromConfig(config)}
}

// makeKey makes a key for signing.
func (c client) makeKey(ctx context.Context) (string, error) {
	made, err := c.kms.CreateKey(ctx, &kms.CreateKeyInput{
		KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify,
		Tags: []types.Tag{{TagKey: sdk.String("team"), TagValue: sdk.String("a")}},
	})
	if err != nil {
		return "", err
	}
	return *made.KeyMetadata.KeyId, nil
}

func (c client) sign(ctx context.Context, name string) error {
	_, err := c.kms.Sign(ctx, &kms.SignInput{
		KeyId: &name, Message: make([]byte, 32), MessageType: types.MessageTypeDigest, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
	})
	return err
}

// codeOf is the code of an error of a service.
func codeOf(err error) (code, message string) {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return "", fmt.Sprint(err)
	}
	return answer.ErrorCode(), answer.ErrorMessage()
}

// TestGateWritesDownFirst: when AWS is asked to make something, it is in the file already, and its tags say the same.
func TestGateWritesDownFirst(t *testing.T) {
	w := newWorld(t)
	c, ledger := gated(w)
	onDisk := map[string]string{}
	w.before = func(operation string) {
		data, err := os.ReadFile(filepath.Join(w.data, "accounts", "111122223333.us-east-1.jsonl"))
		w.must(err)
		onDisk[operation] = string(data)
	}
	id, err := c.makeKey(t.Context())
	w.must(err)
	_, err = c.kms.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: &names.Aliases[0], TargetKeyId: &id})
	w.must(err)
	made, err := c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: &names.Repositories[0]})
	w.must(err)

	entries := ledger.Entries()
	if len(entries) != 4 {
		t.Fatalf("%d entries: %+v", len(entries), entries)
	}
	key, answered, alias, repository := entries[0], entries[1], entries[2], entries[3]
	if key.Kind != account.KindKey || key.ID != "" || answered.ID != id || answered.Mark != key.Mark || !strings.Contains(onDisk["CreateKey"], key.Mark) {
		t.Errorf("the key: %+v, %+v", key, answered)
	}
	if alias.Kind != account.KindAlias || alias.Name != names.Aliases[0] || alias.ID != id || !strings.Contains(onDisk["CreateAlias"], names.Aliases[0]) {
		t.Errorf("the alias: %+v", alias)
	}
	if repository.Kind != account.KindRepository || repository.Name != names.Repositories[0] || !strings.Contains(onDisk["CreateRepository"], repository.Mark) {
		t.Errorf("the repository: %+v", repository)
	}
	keyTags, err := c.kms.ListResourceTags(t.Context(), &kms.ListResourceTagsInput{KeyId: &id})
	w.must(err)
	if len(keyTags.Tags) != 2 || *keyTags.Tags[0].TagKey != "team" || *keyTags.Tags[1].TagKey != account.Tag || *keyTags.Tags[1].TagValue != key.Mark {
		t.Errorf("the key's tags: %+v", keyTags.Tags)
	}
	tags, err := c.ecr.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: made.Repository.RepositoryArn})
	w.must(err)
	if len(tags.Tags) != 1 || *tags.Tags[0].Key != account.Tag || *tags.Tags[0].Value != repository.Mark {
		t.Errorf("the repository's tags: %+v", tags.Tags)
	}
}

// TestGateKeepsTheCredentials: the lab's commands have keys of their own, AWS sees the user's, and neither the ledger nor
// the environment has a secret in it.
func TestGateKeepsTheCredentials(t *testing.T) {
	w := newWorld(t)
	gate, err := account.NewGate(t.Context(), w.target(), w.ledger(), account.GateOptions{})
	w.must(err)
	t.Cleanup(func() { _ = gate.Close() })
	c := clientOf(gate.Environment())
	_, err = c.makeKey(t.Context())
	w.must(err)
	if !strings.Contains(w.authorization, "Credential="+aws.AccessKeyID+"/") {
		t.Errorf("AWS saw %s", w.authorization)
	}
	data, err := os.ReadFile(filepath.Join(w.data, "accounts", "111122223333.us-east-1.jsonl"))
	w.must(err)
	for _, text := range append(gate.Environment(), string(data)) {
		if strings.Contains(text, aws.SecretAccessKey) || strings.Contains(text, aws.AccessKeyID) {
			t.Errorf("a secret in %s", text)
		}
	}
}

// foreignCalls are all ways to use or to change what is somebody else's.
func foreignCalls(c client, id string) map[string]func(ctx context.Context) error {
	repository := "theirs"
	calls := map[string]func(ctx context.Context) error{
		"Sign": func(ctx context.Context) error { return c.sign(ctx, "alias/theirs") },
		"DisableKey": func(ctx context.Context) error {
			_, err := c.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &id})
			return err
		},
		"EnableKey": func(ctx context.Context) error {
			_, err := c.kms.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &id})
			return err
		},
		"ScheduleKeyDeletion": func(ctx context.Context) error {
			_, err := c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: sdk.String("arn:aws:kms:us-east-1:111122223333:key/" + id)})
			return err
		},
		"CancelKeyDeletion": func(ctx context.Context) error {
			_, err := c.kms.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: &id})
			return err
		},
		"CreateAlias": func(ctx context.Context) error {
			_, err := c.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &names.Aliases[0], TargetKeyId: &id})
			return err
		},
		"DeleteAlias": func(ctx context.Context) error {
			_, err := c.kms.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: sdk.String("alias/theirs")})
			return err
		},
		"UpdateAlias": func(ctx context.Context) error {
			_, err := c.kms.UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: sdk.String("alias/theirs"), TargetKeyId: &id})
			return err
		},
		"PutKeyPolicy": func(ctx context.Context) error {
			_, err := c.kms.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &id, Policy: sdk.String("{}")})
			return err
		},
		"TagResource": func(ctx context.Context) error {
			_, err := c.kms.TagResource(ctx, &kms.TagResourceInput{KeyId: &id, Tags: []types.Tag{{TagKey: sdk.String(account.Tag), TagValue: sdk.String("x")}}})
			return err
		},
		"DeleteRepository": func(ctx context.Context) error {
			_, err := c.ecr.DeleteRepository(ctx, &ecr.DeleteRepositoryInput{RepositoryName: &repository, Force: true})
			return err
		},
		"PutImageTagMutability": func(ctx context.Context) error {
			_, err := c.ecr.PutImageTagMutability(ctx, &ecr.PutImageTagMutabilityInput{RepositoryName: &repository, ImageTagMutability: ecrtypes.ImageTagMutabilityImmutable})
			return err
		},
		"BatchDeleteImage": func(ctx context.Context) error {
			_, err := c.ecr.BatchDeleteImage(ctx, &ecr.BatchDeleteImageInput{RepositoryName: &repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: sdk.String("v1")}}})
			return err
		},
		"CreateRepository": func(ctx context.Context) error {
			_, err := c.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &repository, RegistryId: sdk.String("999999999999")})
			return err
		},
		"DeleteRegistryPolicy": func(ctx context.Context) error {
			_, err := c.ecr.DeleteRegistryPolicy(ctx, &ecr.DeleteRegistryPolicyInput{})
			return err
		},
		"AssumeRole": func(ctx context.Context) error {
			_, err := c.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: sdk.String("arn:aws:iam::111122223333:role/admin"), RoleSessionName: sdk.String("x")})
			return err
		},
	}
	return calls
}

// TestGateRefusesWhatIsForeign tries every way to change what is not the workshop's: AWS is not even asked.
func TestGateRefusesWhatIsForeign(t *testing.T) {
	w := newWorld(t)
	theirs := kms.NewFromConfig(w.account.Config())
	made, err := theirs.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
	w.must(err)
	_, err = theirs.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: sdk.String("alias/theirs"), TargetKeyId: made.KeyMetadata.KeyId})
	w.must(err)
	w.repository("theirs", false)
	w.note(account.Entry{Kind: account.KindRepository, Name: "theirs", Mark: "of one that is gone"})
	c, _ := gated(w)
	for operation, call := range foreignCalls(c, *made.KeyMetadata.KeyId) {
		code, message := codeOf(call(t.Context()))
		if code != "AccessDeniedException" || !strings.HasSuffix(message, "AWS was not asked") {
			t.Errorf("%s: %s: %s", operation, code, message)
		}
		if slices.Contains(w.asked, operation) {
			t.Errorf("%s was asked", operation)
		}
	}
}

// TestGateLetsTheWorkshopWork: what the workshop made may be used, changed and removed.
func TestGateLetsTheWorkshopWork(t *testing.T) {
	w := newWorld(t)
	c, _ := gated(w)
	id, err := c.makeKey(t.Context())
	w.must(err)
	repository := names.Repositories[0]
	for name, call := range []func() error{
		func() error {
			_, err := c.kms.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: &names.Aliases[0], TargetKeyId: &id})
			return err
		},
		func() error { return c.sign(t.Context(), names.Aliases[0]) },
		func() error { _, err := c.kms.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &id}); return err },
		func() error { _, err := c.kms.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: &id}); return err },
		func() error {
			_, err := c.kms.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &id})
			return err
		},
		func() error {
			_, err := c.kms.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: &id})
			return err
		},
		func() error {
			_, err := c.kms.DeleteAlias(t.Context(), &kms.DeleteAliasInput{AliasName: &names.Aliases[0]})
			return err
		},
		func() error {
			_, err := c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: &repository})
			return err
		},
		func() error {
			_, err := c.ecr.PutImageTagMutability(t.Context(), &ecr.PutImageTagMutabilityInput{RepositoryName: &repository, ImageTagMutability: ecrtypes.ImageTagMutabilityImmutable})
			return err
		},
		func() error {
			_, err := c.ecr.GetAuthorizationToken(t.Context(), nil)
			return err
		},
		func() error {
			_, err := c.ecr.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: &repository, Force: true})
			return err
		},
	} {
		if err := call(); err != nil {
			t.Errorf("call %d: %v", name, err)
		}
	}
	answer, err := c.sts.GetCallerIdentity(t.Context(), nil)
	if err != nil || *answer.Account != "111122223333" {
		t.Errorf("%+v, %v", answer, err)
	}
}

// TestGateHandsErrorsOn: what AWS says reaches the command as AWS said it; what keeps AWS from being asked says what to do.
func TestGateHandsErrorsOn(t *testing.T) {
	for _, test := range []struct {
		name          string
		given         func(w *world)
		change        func(*sdk.Config) // of the client
		code, message string
	}{
		{name: "denied", given: func(w *world) { w.refusing("CreateKey", "AccessDeniedException") }, code: "AccessDeniedException", message: "told so"},
		{name: "expired by AWS", given: func(w *world) { w.refusing("CreateKey", "ExpiredTokenException") }, code: "ExpiredTokenException", message: "told so"},
		{name: "throttled", given: func(w *world) { w.account.Throttle("CreateKey", 1) }, code: "ThrottlingException", message: "You have exceeded the rate"},
		{name: "expired here", given: func(w *world) { w.config.Credentials = expired{} }, code: "ExpiredTokenException",
			message: "credentials: they have expired (log in again: aws sso login"},
		{name: "gone", given: func(w *world) { w.config.Credentials = failing{} }, code: "ExpiredTokenException", message: "credentials: there are none: no file (aws sso login"},
		{name: "no network", given: func(w *world) { w.refusing("CreateKey", "no such host") }, code: "ServiceUnavailableException", message: "reach AWS: "},
		{name: "another region", change: func(c *sdk.Config) { c.Region = "eu-west-1" }, code: "AccessDeniedException",
			message: "podsec works in 111122223333 in us-east-1 only, and not in eu-west-1; AWS was not asked"},
		{name: "a stranger", change: func(c *sdk.Config) {
			c.Credentials = credentials.NewStaticCredentialsProvider("AKIANOBODY", "podsec", "")
		}, code: "UnrecognizedClientException", message: "The security token included in the request is invalid."},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			target, ledger := w.target(), w.ledger()
			if test.given != nil {
				test.given(w)
			}
			target.Config = w.config
			gate, err := account.NewGate(t.Context(), target, ledger, account.GateOptions{})
			w.must(err)
			t.Cleanup(func() { _ = gate.Close() })
			change := test.change
			if change == nil {
				change = func(*sdk.Config) {}
			}
			_, err = clientOf(gate.Environment(), change).makeKey(t.Context())
			if code, message := codeOf(err); code != test.code || !strings.HasPrefix(message, test.message) {
				t.Errorf("%s: %s", code, message)
			}
		})
	}
}

// TestGateAtOnce: many commands at once each find what they made in the ledger.
func TestGateAtOnce(t *testing.T) {
	w := newWorld(t)
	c, ledger := gated(w)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			id, err := c.makeKey(t.Context())
			if err == nil {
				err = c.sign(t.Context(), id)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	marks := map[string]string{}
	for _, e := range ledger.Entries() {
		marks[e.Mark] = e.ID
	}
	if len(marks) != 20 || slices.Contains(slices.Collect(maps.Values(marks)), "") {
		t.Errorf("the ledger has %d keys: %v", len(marks), marks)
	}
}

// TestGateWithStrangeRequests: what is no request of AWS is refused, and AWS is not asked.
func TestGateWithStrangeRequests(t *testing.T) {
	w := newWorld(t)
	gate, err := account.NewGate(t.Context(), w.target(), w.ledger(), account.GateOptions{})
	w.must(err)
	t.Cleanup(func() { _ = gate.Close() })
	env := map[string]string{}
	for _, entry := range gate.Environment() {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	w.asked = nil
	signed := "AWS4-HMAC-SHA256 Credential=" + env["AWS_ACCESS_KEY_ID"] + "/20260101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0"
	for name, test := range map[string]struct {
		target, authorization, body string
		status                      int
	}{
		"nothing":          {status: 400},
		"no credential":    {target: "TrentService.ListKeys", authorization: "Bearer x", body: "{}", status: 400},
		"no service":       {authorization: signed, status: 400},
		"another service":  {target: "DynamoDB_20120810.DeleteTable", authorization: signed, body: "{}", status: 400},
		"no JSON":          {target: "TrentService.CreateKey", authorization: signed, body: "key", status: 400},
		"tags of no list":  {target: "TrentService.CreateKey", authorization: signed, body: `{"Tags":1}`, status: 400},
		"names of no text": {target: "TrentService.UpdateAlias", authorization: signed, body: `{"AliasName":1}`, status: 400},
		"too long":         {target: "TrentService.CreateKey", authorization: signed, body: strings.Repeat(" ", 2<<20), status: http.StatusRequestEntityTooLarge},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, env["AWS_ENDPOINT_URL_KMS"], strings.NewReader(test.body))
		request.Header.Set("X-Amz-Target", test.target)
		request.Header.Set("Authorization", test.authorization)
		answer := httptest.NewRecorder()
		gate.ServeHTTP(answer, request)
		if answer.Code != test.status {
			t.Errorf("%s: status %d, want %d", name, answer.Code, test.status)
		}
	}
	if len(w.asked) > 0 {
		t.Errorf("AWS was asked: %v", w.asked)
	}
}
