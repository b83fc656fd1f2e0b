package aws_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/kube/sim/aws"
)

func TestCreateRepository(t *testing.T) {
	at := newClock()
	c := connect(aws.New(aws.Options{Clock: at.now}), "us-east-1")
	made := must(c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{
		RepositoryName: sdk.String("team/shop"), ImageTagMutability: types.ImageTagMutabilityImmutable,
		ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true},
	}))(t).Repository
	got := []string{*made.RepositoryArn, *made.RegistryId, *made.RepositoryName, *made.RepositoryUri, string(made.ImageTagMutability), string(made.EncryptionConfiguration.EncryptionType)}
	want := []string{"arn:aws:ecr:us-east-1:111122223333:repository/team/shop", "111122223333", "team/shop", host + "/team/shop", "IMMUTABLE", "AES256"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !made.CreatedAt.Equal(at.at) || !made.ImageScanningConfiguration.ScanOnPush {
		t.Errorf("created at %s, scans %v", made.CreatedAt, made.ImageScanningConfiguration.ScanOnPush)
	}
}

func TestRepositoryErrors(t *testing.T) {
	_, c, option := shop(t, aws.Options{})
	push(t, tag(t, "shop:v1"), option)
	ctx := t.Context()
	absent := "The repository with name 'none' does not exist in the registry with id '111122223333'"
	tests := map[string]struct {
		do            func() error
		code, message string
	}{
		"exists": {func() error {
			_, err := c.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: sdk.String("shop")})
			return err
		}, "RepositoryAlreadyExistsException", "The repository with name 'shop' already exists in the registry with id '111122223333'"},
		"name": {func() error {
			_, err := c.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: sdk.String("Shop")})
			return err
		}, "InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''"},
		"describe": {func() error {
			_, err := c.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{"shop", "none"}})
			return err
		}, "RepositoryNotFoundException", absent},
		"list": {func() error {
			_, err := c.ecr.ListImages(ctx, &ecr.ListImagesInput{RepositoryName: sdk.String("none")})
			return err
		}, "RepositoryNotFoundException", absent},
		"not empty": {func() error {
			_, err := c.ecr.DeleteRepository(ctx, &ecr.DeleteRepositoryInput{RepositoryName: sdk.String("shop")})
			return err
		}, "RepositoryNotEmptyException", "The repository with name 'shop' in registry with id '111122223333' cannot be deleted because it still contains images"},
		"image": {func() error {
			_, err := c.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: sdk.String("shop"), ImageIds: []types.ImageIdentifier{{ImageTag: sdk.String("v9")}}})
			return err
		}, "ImageNotFoundException", "The image with imageId {imageDigest:'null', imageTag:'v9'} does not exist within the repository with name 'shop' in the registry with id '111122223333'"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { wantError(t, test.do(), test.code, test.message) })
	}
}

func TestDescribeImages(t *testing.T) {
	_, c, option := shop(t, aws.Options{})
	index := must(aws.BuildImage("a"))(t)
	if err := remote.WriteIndex(tag(t, "shop:v1"), index, option); err != nil {
		t.Fatal(err)
	}
	all := must(c.ecr.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: sdk.String("shop")}))(t).ImageDetails
	if len(all) != 3 {
		t.Fatalf("an index of two images is %d images", len(all))
	}
	tagged := must(c.ecr.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: sdk.String("shop"), ImageIds: []types.ImageIdentifier{{ImageTag: sdk.String("v1")}}}))(t).ImageDetails
	one := tagged[0]
	if len(tagged) != 1 || *one.ImageDigest != must(index.Digest())(t).String() || one.ImageTags[0] != "v1" || *one.ImageManifestMediaType != "application/vnd.oci.image.index.v1+json" {
		t.Errorf("got %+v", one)
	}
	if biggest := max(*all[0].ImageSizeInBytes, *all[1].ImageSizeInBytes); *one.ImageSizeInBytes != biggest {
		t.Errorf("the index has %d bytes, its largest image %d", *one.ImageSizeInBytes, biggest)
	}
	if *all[0].ArtifactMediaType != "application/vnd.oci.image.config.v1+json" {
		t.Errorf("an image is a %s", *all[0].ArtifactMediaType)
	}
}

func TestBatchDeleteImage(t *testing.T) {
	_, c, option := shop(t, aws.Options{})
	index := must(aws.BuildImage("a"))(t)
	for _, name := range []string{"v1", "v2"} {
		if err := remote.WriteIndex(tag(t, "shop:"+name), index, option); err != nil {
			t.Fatal(err)
		}
	}
	digest := must(index.Digest())(t).String()
	child := must(index.IndexManifest())(t).Manifests[0].Digest.String()
	tests := []struct {
		what    types.ImageIdentifier
		deleted []string
		failure string
	}{
		{types.ImageIdentifier{ImageTag: sdk.String("v9")}, nil, "ImageNotFound: Requested image not found"},
		{types.ImageIdentifier{}, nil, "MissingDigestAndTag: Invalid request parameters: both tag and digest cannot be null"},
		{types.ImageIdentifier{ImageDigest: &child, ImageTag: sdk.String("v1")}, nil, "ImageTagDoesNotMatchDigest: Requested tag does not match the digest"},
		{types.ImageIdentifier{ImageDigest: sdk.String("abc")}, nil, "InvalidImageDigest: Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"},
		{types.ImageIdentifier{ImageDigest: &child}, nil, "ImageReferencedByManifestList: Requested image referenced by manifest list: [" + digest + "]"},
		{types.ImageIdentifier{ImageTag: sdk.String("v1")}, []string{digest + " v1"}, ""},
		{types.ImageIdentifier{ImageTag: sdk.String("v2")}, []string{digest + " v2"}, ""},
		{types.ImageIdentifier{ImageDigest: &child}, []string{child + " <none>"}, ""},
	}
	for _, test := range tests {
		got := must(c.ecr.BatchDeleteImage(t.Context(), &ecr.BatchDeleteImageInput{RepositoryName: sdk.String("shop"), ImageIds: []types.ImageIdentifier{test.what}}))(t)
		failure := ""
		if len(got.Failures) > 0 {
			failure = string(got.Failures[0].FailureCode) + ": " + *got.Failures[0].FailureReason
		}
		if deleted := ids(got.ImageIds); failure != test.failure || len(deleted) != len(test.deleted) || len(deleted) > 0 && deleted[0] != test.deleted[0] {
			t.Errorf("%s %s: deleted %v, %q", sdk.ToString(test.what.ImageDigest), sdk.ToString(test.what.ImageTag), deleted, failure)
		}
	}
}
