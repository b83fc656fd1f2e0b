package aws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"podsec/kube/sim/aws"
)

// BenchmarkSign signs a digest through the SDK, in process.
func BenchmarkSign(b *testing.B) {
	c := connect(aws.New(aws.Options{}), "us-east-1")
	made, err := c.kms.CreateKey(b.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
	if err != nil {
		b.Fatal(err)
	}
	in := &kms.SignInput{KeyId: made.KeyMetadata.KeyId, Message: make([]byte, 32), MessageType: types.MessageTypeDigest, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256}
	for b.Loop() {
		if _, err := c.kms.Sign(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart makes an account with the images of the labs, as every cluster has one.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		images, err := aws.LabImages()
		if err != nil {
			b.Fatal(err)
		}
		if err := aws.New(aws.Options{}).Seed(images...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReset takes an account back to what it was seeded with.
func BenchmarkReset(b *testing.B) {
	images, err := aws.LabImages()
	if err != nil {
		b.Fatal(err)
	}
	account := aws.New(aws.Options{})
	if err := account.Seed(append(images, aws.LabImage{Name: account.RegistryHost() + "/shop:v1", Index: images[0].Index})...); err != nil {
		b.Fatal(err)
	}
	if _, err := connect(account, account.Region()).kms.CreateKey(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		account.Reset()
	}
}
