package kms_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	service "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"podsec/kube/kms"
	"podsec/kube/sim/aws"
)

// TestSign makes a key as cosign does, signs with it, and verifies with nothing but the public half.
func TestSign(t *testing.T) {
	account := aws.New(aws.Options{})
	keys := kms.New(account.Config())
	public, err := keys.Create(t.Context(), "awskms:///alias/signing")
	if err != nil {
		t.Fatal(err)
	}
	again, err := keys.Create(t.Context(), "awskms:///alias/signing")
	if err != nil || !bytes.Equal(public, again) {
		t.Errorf("a second key was made: %v", err)
	}
	parsed, err := cryptoutils.UnmarshalPEMToPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := parsed.(*ecdsa.PublicKey); !ok || key.Curve.Params().Name != "P-256" {
		t.Errorf("the key is a %T", parsed)
	}
	key, err := keys.Key(t.Context(), "awskms:///alias/signing", crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.SignMessage(strings.NewReader("message"))
	if err != nil {
		t.Fatal(err)
	}
	if err := key.VerifySignature(bytes.NewReader(signature), strings.NewReader("message")); err != nil {
		t.Error(err)
	}
	if err := key.VerifySignature(bytes.NewReader(signature), strings.NewReader("other")); err == nil {
		t.Error("the signature of another message was accepted")
	}
}

func TestKeyIsNotFound(t *testing.T) {
	keys := kms.New(aws.New(aws.Options{}).Config())
	for uri, want := range map[string]string{
		"gcpkms://projects/x":               "no KMS provider found for key reference: gcpkms://projects/x",
		"awskms:///nothing":                 "kms specification should be in the format awskms://",
		"awskms://127.0.0.1:1/alias/absent": "no such host",
		"awskms:///alias/absent":            "Alias arn:aws:kms:us-east-1:111122223333:alias/absent is not found.",
	} {
		key, err := keys.Key(t.Context(), uri, crypto.SHA256)
		if err == nil {
			_, err = key.PublicKey()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", uri, err)
		}
	}
}

// TestDisabledKey: nothing is remembered of a key, so a disabled one is of no use at once.
func TestDisabledKey(t *testing.T) {
	account := aws.New(aws.Options{})
	keys := kms.New(account.Config())
	if _, err := keys.Create(t.Context(), "awskms:///alias/signing"); err != nil {
		t.Fatal(err)
	}
	key, err := keys.Key(t.Context(), "awskms:///alias/signing", crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	client := service.NewFromConfig(account.Config())
	described, err := client.DescribeKey(t.Context(), &service.DescribeKeyInput{KeyId: sdk.String("alias/signing")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.DisableKey(t.Context(), &service.DisableKeyInput{KeyId: described.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	if _, err := key.SignMessage(strings.NewReader("message")); err == nil || !strings.Contains(err.Error(), "is disabled.") {
		t.Errorf("got %v", err)
	}
}

// TestRSA signs with a key that was not made by cosign.
func TestRSA(t *testing.T) {
	account := aws.New(aws.Options{})
	made, err := service.NewFromConfig(account.Config()).CreateKey(t.Context(), &service.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify})
	if err != nil {
		t.Fatal(err)
	}
	key, err := kms.New(account.Config()).Key(t.Context(), "awskms:///"+*made.KeyMetadata.Arn, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.SignMessage(strings.NewReader("message"))
	if err != nil {
		t.Fatal(err)
	}
	if err := key.VerifySignature(bytes.NewReader(signature), strings.NewReader("message")); err != nil {
		t.Error(err)
	}
}

// TestEnvironmentIsIgnored: a user's own AWS configuration does not lead to another account.
func TestEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_REGION", "ap-southeast-2")
	t.Setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIASOMEBODY")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	t.Setenv("AWS_SESSION_TOKEN", "x")
	if _, err := kms.New(aws.New(aws.Options{}).Config()).Create(t.Context(), "awskms:///alias/signing"); err != nil {
		t.Error(err)
	}
}
