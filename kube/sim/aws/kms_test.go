package aws_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"podsec/kube/sim/aws"
)

const (
	keyID  = "11111111-2222-4333-8444-555555555555"
	keyARN = "arn:aws:kms:us-east-1:111122223333:key/" + keyID
	other  = "99999999-2222-4333-8444-555555555555"
)

// signing makes an account with one P-256 key under alias/signing.
func signing(t *testing.T) (*aws.Account, clients, *clock) {
	t.Helper()
	at := newClock()
	account := aws.New(aws.Options{Clock: at.now, NewID: func() string { return keyID }})
	c := connect(account, "us-east-1")
	must(c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify}))(t)
	must(c.kms.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: sdk.String("alias/signing"), TargetKeyId: sdk.String(keyID)}))(t)
	return account, c, at
}

func TestDescribeKey(t *testing.T) {
	_, c, at := signing(t)
	for _, name := range []string{keyID, keyARN, "alias/signing", "arn:aws:kms:us-east-1:111122223333:alias/signing"} {
		got := must(c.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &name}))(t)
		want := &types.KeyMetadata{
			AWSAccountId: sdk.String("111122223333"), KeyId: sdk.String(keyID), Arn: sdk.String(keyARN), CreationDate: &at.at,
			Enabled: true, Description: sdk.String(""), KeyUsage: types.KeyUsageTypeSignVerify, KeyState: types.KeyStateEnabled,
			Origin: types.OriginTypeAwsKms, KeyManager: types.KeyManagerTypeCustomer,
			CustomerMasterKeySpec: types.CustomerMasterKeySpecEccNistP256, KeySpec: types.KeySpecEccNistP256,
			SigningAlgorithms: []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEcdsaSha256}, MultiRegion: sdk.Bool(false),
		}
		if diff := cmp.Diff(want, got.KeyMetadata, cmp.AllowUnexported(types.KeyMetadata{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".noSmithyDocumentSerde" }, cmp.Ignore())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestKeyIsNotFound(t *testing.T) {
	_, c, _ := signing(t)
	tests := map[string]struct{ name, message string }{
		"no such key":     {other, "Key 'arn:aws:kms:us-east-1:111122223333:key/" + other + "' does not exist"},
		"no such alias":   {"alias/none", "Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found."},
		"not an id":       {"signing", "Invalid keyId 'signing'"},
		"another region":  {"arn:aws:kms:us-west-2:111122223333:key/" + keyID, "Invalid arn us-west-2"},
		"half an ARN":     {"arn:aws:kms:us-east-1", "Invalid arn arn:aws:kms:us-east-1"},
		"ARN of an alias": {"arn:aws:kms:us-east-1:111122223333:alias/none", "Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &test.name})
			wantError(t, err, "NotFoundException", test.message)
		})
	}
}

// TestWrongRegion: a key is in its region only.
func TestWrongRegion(t *testing.T) {
	account, _, _ := signing(t)
	_, err := connect(account, "us-west-2").kms.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: sdk.String("alias/signing")})
	wantError(t, err, "NotFoundException", "Alias arn:aws:kms:us-west-2:111122223333:alias/signing is not found.")
}

func TestSign(t *testing.T) {
	_, c, _ := signing(t)
	digest := sha256.Sum256([]byte("payload"))
	for kind, message := range map[types.MessageType][]byte{types.MessageTypeDigest: digest[:], types.MessageTypeRaw: []byte("payload")} {
		signed := must(c.kms.Sign(t.Context(), &kms.SignInput{
			KeyId: sdk.String("alias/signing"), Message: message, MessageType: kind, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
		}))(t)
		public := must(c.kms.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: sdk.String("alias/signing")}))(t)
		key, ok := must(x509.ParsePKIXPublicKey(public.PublicKey))(t).(*ecdsa.PublicKey)
		if !ok || !ecdsa.VerifyASN1(key, digest[:], signed.Signature) {
			t.Errorf("%s: the signature is not the public key's", kind)
		}
		if *signed.KeyId != keyARN {
			t.Errorf("%s: signed by %s", kind, *signed.KeyId)
		}
		verified := must(c.kms.Verify(t.Context(), &kms.VerifyInput{
			KeyId: sdk.String(keyID), Message: message, MessageType: kind, Signature: signed.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
		}))(t)
		if !verified.SignatureValid {
			t.Errorf("%s: not valid", kind)
		}
		signed.Signature[len(signed.Signature)-1] ^= 1
		_, err := c.kms.Verify(t.Context(), &kms.VerifyInput{
			KeyId: sdk.String(keyID), Message: message, MessageType: kind, Signature: signed.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
		})
		wantError(t, err, "KMSInvalidSignatureException", "")
	}
}

func TestSignWithOtherSpecs(t *testing.T) {
	for spec, algorithm := range map[types.KeySpec]types.SigningAlgorithmSpec{
		types.KeySpecEccNistP384: types.SigningAlgorithmSpecEcdsaSha384,
		types.KeySpecEccNistP521: types.SigningAlgorithmSpecEcdsaSha512,
		types.KeySpecRsa2048:     types.SigningAlgorithmSpecRsassaPssSha256,
	} {
		c := connect(aws.New(aws.Options{}), "us-east-1")
		id := must(c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: types.KeyUsageTypeSignVerify}))(t).KeyMetadata.KeyId
		signed := must(c.kms.Sign(t.Context(), &kms.SignInput{KeyId: id, Message: []byte("m"), SigningAlgorithm: algorithm}))(t)
		must(c.kms.Verify(t.Context(), &kms.VerifyInput{KeyId: id, Message: []byte("m"), Signature: signed.Signature, SigningAlgorithm: algorithm}))(t)
	}
}

func TestSignIsRefused(t *testing.T) {
	_, c, _ := signing(t)
	in := func(change func(*kms.SignInput)) *kms.SignInput {
		i := &kms.SignInput{KeyId: sdk.String(keyID), Message: make([]byte, 32), MessageType: types.MessageTypeDigest, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256}
		change(i)
		return i
	}
	tests := map[string]struct {
		in            *kms.SignInput
		code, message string
	}{
		"algorithm of another spec": {in(func(i *kms.SignInput) { i.SigningAlgorithm = types.SigningAlgorithmSpecRsassaPssSha256 }), "InvalidKeyUsageException", "Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec ECC_NIST_P256."},
		"short digest":              {in(func(i *kms.SignInput) { i.Message = []byte("x") }), "ValidationException", "Digest is invalid length for algorithm ECDSA_SHA_256."},
		"dry run":                   {in(func(i *kms.SignInput) { i.DryRun = sdk.Bool(true) }), "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.kms.Sign(t.Context(), test.in)
			wantError(t, err, test.code, test.message)
		})
	}
}

// TestSymmetricKey: the key that CreateKey makes by default signs nothing.
func TestSymmetricKey(t *testing.T) {
	account := aws.New(aws.Options{NewID: func() string { return keyID }})
	c := connect(account, "us-east-1")
	made := must(c.kms.CreateKey(t.Context(), nil))(t)
	if made.KeyMetadata.KeyUsage != types.KeyUsageTypeEncryptDecrypt || made.KeyMetadata.KeySpec != types.KeySpecSymmetricDefault {
		t.Errorf("made %s, %s", made.KeyMetadata.KeyUsage, made.KeyMetadata.KeySpec)
	}
	_, err := c.kms.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: sdk.String(keyID)})
	wantError(t, err, "UnsupportedOperationException", keyARN+" key spec is SYMMETRIC_DEFAULT which is not valid for GetPublicKey.")
	_, err = c.kms.Sign(t.Context(), &kms.SignInput{KeyId: sdk.String(keyID), Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
	wantError(t, err, "InvalidKeyUsageException", keyARN+" key usage is ENCRYPT_DECRYPT which is not valid for Sign.")
}

func TestCreateKeyIsRefused(t *testing.T) {
	c := connect(aws.New(aws.Options{}), "us-east-1")
	_, err := c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256})
	wantError(t, err, "ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	_, err = c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeEncryptDecrypt})
	wantError(t, err, "ValidationException", "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256")
}

// TestDisabledKey: a key that is disabled signs nothing and hides its public half, until it is enabled again.
func TestDisabledKey(t *testing.T) {
	_, c, _ := signing(t)
	must(c.kms.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: sdk.String(keyID)}))(t)
	_, err := c.kms.Sign(t.Context(), &kms.SignInput{KeyId: sdk.String("alias/signing"), Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
	wantError(t, err, "DisabledException", keyARN+" is disabled.")
	_, err = c.kms.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: sdk.String("alias/signing")})
	wantError(t, err, "DisabledException", keyARN+" is disabled.")
	if state := must(c.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: sdk.String(keyID)}))(t).KeyMetadata.KeyState; state != types.KeyStateDisabled {
		t.Errorf("the state is %s", state)
	}
	_, err = c.kms.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: sdk.String("alias/signing")})
	wantError(t, err, "NotFoundException", "Invalid keyId 'alias/signing'")
	must(c.kms.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: sdk.String(keyID)}))(t)
	must(c.kms.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: sdk.String("alias/signing")}))(t)
}

// TestKeyDeletion: deleting takes at least a week, in which the key is of no use and can be kept.
func TestKeyDeletion(t *testing.T) {
	_, c, at := signing(t)
	ctx, id := t.Context(), sdk.String(keyID)
	_, err := c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: sdk.Int32(3)})
	wantError(t, err, "ValidationException", "1 validation error detected: Value '3' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than or equal to 7")
	_, err = c.kms.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: id})
	wantError(t, err, "KMSInvalidStateException", keyARN+" is not pending deletion.")

	scheduled := must(c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: sdk.Int32(7)}))(t)
	if want := at.at.AddDate(0, 0, 7); !scheduled.DeletionDate.Equal(want) || *scheduled.KeyId != keyARN {
		t.Errorf("%s is to be deleted at %s", *scheduled.KeyId, scheduled.DeletionDate)
	}
	pending := keyARN + " is pending deletion."
	_, err = c.kms.Sign(ctx, &kms.SignInput{KeyId: id, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
	wantError(t, err, "KMSInvalidStateException", pending)
	_, err = c.kms.EnableKey(ctx, &kms.EnableKeyInput{KeyId: id})
	wantError(t, err, "KMSInvalidStateException", pending)
	_, err = c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id})
	wantError(t, err, "KMSInvalidStateException", pending)

	must(c.kms.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: id}))(t)
	if state := must(c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id}))(t).KeyMetadata.KeyState; state != types.KeyStateDisabled {
		t.Errorf("a key that was kept is %s", state)
	}
	must(c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id}))(t)
	at.at = at.at.Add(30 * 24 * time.Hour)
	_, err = c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
	wantError(t, err, "NotFoundException", "Key '"+keyARN+"' does not exist")
	if left := must(c.kms.ListAliases(ctx, nil))(t).Aliases; len(left) > 0 {
		t.Errorf("aliases are left: %v", left)
	}
}

func TestAliases(t *testing.T) {
	_, c, _ := signing(t)
	ctx := t.Context()
	listed := must(c.kms.ListAliases(ctx, &kms.ListAliasesInput{KeyId: sdk.String(keyID)}))(t).Aliases
	if len(listed) != 1 || *listed[0].AliasArn != "arn:aws:kms:us-east-1:111122223333:alias/signing" || *listed[0].TargetKeyId != keyID {
		t.Errorf("got %v", listed)
	}
	refused := map[string]struct{ alias, target, code, message string }{
		"taken":    {"alias/signing", keyID, "AlreadyExistsException", "An alias with the name arn:aws:kms:us-east-1:111122223333:alias/signing already exists"},
		"prefix":   {"signing", keyID, "ValidationException", `Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`},
		"letters":  {"alias/signing key", keyID, "ValidationException", "1 validation error detected: Value 'alias/signing key' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"},
		"AWS's":    {"alias/aws/mine", keyID, "NotAuthorizedException", "UnknownError"},
		"no key":   {"alias/x", other, "NotFoundException", "Key 'arn:aws:kms:us-east-1:111122223333:key/" + other + "' does not exist"},
		"of alias": {"alias/x", "alias/signing", "ValidationException", "Aliases must refer to keys. Not aliases"},
	}
	for name, test := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := c.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &test.alias, TargetKeyId: &test.target})
			wantError(t, err, test.code, test.message)
		})
	}
	must(c.kms.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: sdk.String("alias/signing")}))(t)
	_, err := c.kms.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: sdk.String("alias/signing")})
	wantError(t, err, "NotFoundException", "Alias arn:aws:kms:us-east-1:111122223333:alias/signing is not found.")
	must(c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: sdk.String(keyID)}))(t) // the key stays
}

func TestKeysComeInPages(t *testing.T) {
	at := newClock()
	c := connect(aws.New(aws.Options{Clock: func() time.Time { at.at = at.at.Add(time.Second); return at.at }}), "us-east-1")
	var made, listed []string
	for range 5 {
		made = append(made, *must(c.kms.CreateKey(t.Context(), nil))(t).KeyMetadata.KeyId)
	}
	pages := kms.NewListKeysPaginator(c.kms, &kms.ListKeysInput{Limit: sdk.Int32(2)})
	for pages.HasMorePages() {
		for _, key := range must(pages.NextPage(t.Context()))(t).Keys {
			listed = append(listed, *key.KeyId)
		}
	}
	if diff := cmp.Diff(made, listed); diff != "" {
		t.Error(diff)
	}
	_, err := c.kms.ListKeys(t.Context(), &kms.ListKeysInput{Marker: sdk.String("nowhere")})
	wantError(t, err, "InvalidMarkerException", "Could not deserialize marker 'nowhere'")
}
