package aws_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	ocitypes "github.com/google/go-containerregistry/pkg/v1/types"

	"podsec/kube/sim/aws"
)

const host = "111122223333.dkr.ecr.us-east-1.amazonaws.com"

// shop is an account with a repository "shop".
func shop(t *testing.T, options aws.Options) (*aws.Account, clients, remote.Option) {
	t.Helper()
	account := aws.New(options)
	c := connect(account, "us-east-1")
	must(c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: sdk.String("shop")}))(t)
	return account, c, remote.WithTransport(account.Transport())
}

func tag(t *testing.T, text string) name.Tag {
	t.Helper()
	return must(name.NewTag(host + "/" + text))(t)
}

// push pushes an image of random content.
func push(t *testing.T, to name.Tag, option remote.Option) v1.Hash {
	t.Helper()
	img := must(random.Image(64, 2))(t)
	if err := remote.Write(to, img, option); err != nil {
		t.Fatal(err)
	}
	return must(img.Digest())(t)
}

// wantRefusal checks an error of the registry.
func wantRefusal(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var got *transport.Error
	if !errors.As(err, &got) || len(got.Errors) != 1 {
		t.Fatalf("got %v, want %s", err, code)
	}
	if got.StatusCode != status || string(got.Errors[0].Code) != code || got.Errors[0].Message != message {
		t.Errorf("got %d %s: %q\nwant %d %s: %q", got.StatusCode, got.Errors[0].Code, got.Errors[0].Message, status, code, message)
	}
}

func TestPushAndPull(t *testing.T) {
	_, _, option := shop(t, aws.Options{})
	digest := push(t, tag(t, "shop:v1"), option)
	got := must(remote.Get(tag(t, "shop:v1"), option))(t)
	if got.Digest != digest {
		t.Errorf("pushed %s, got %s", digest, got.Digest)
	}
	img := must(got.Image())(t)
	for _, layer := range must(img.Layers())(t) {
		reader := must(layer.Compressed())(t)
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
	tags := must(remote.List(tag(t, "shop").Context(), option))(t)
	if !slices.Equal(tags, []string{"v1"}) {
		t.Errorf("tags are %v", tags)
	}
	repositories := must(remote.Catalog(t.Context(), tag(t, "shop").Registry, option))(t)
	if !slices.Equal(repositories, []string{"shop"}) {
		t.Errorf("repositories are %v", repositories)
	}
}

func TestRepositoryMustExist(t *testing.T) {
	_, _, option := shop(t, aws.Options{})
	message := "The repository with name 'none' does not exist in the registry with id '111122223333'"
	err := remote.Write(tag(t, "none:v1"), empty.Image, option)
	wantRefusal(t, err, http.StatusNotFound, "NAME_UNKNOWN", message)
	_, err = remote.Get(tag(t, "none:v1"), option)
	wantRefusal(t, err, http.StatusNotFound, "NAME_UNKNOWN", message)
	_, err = remote.Get(tag(t, "shop:none"), option)
	wantRefusal(t, err, http.StatusNotFound, "MANIFEST_UNKNOWN", "Requested image not found")
	if tags := must(remote.List(tag(t, "shop").Context(), option))(t); len(tags) != 0 {
		t.Errorf("an empty repository has tags %v", tags)
	}
}

// TestRegionsHaveRegistries: what is in one region's registry is not in another's.
func TestRegionsHaveRegistries(t *testing.T) {
	_, _, option := shop(t, aws.Options{})
	push(t, tag(t, "shop:v1"), option)
	elsewhere := must(name.NewTag("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:v1"))(t)
	_, err := remote.Get(elsewhere, option)
	wantRefusal(t, err, http.StatusNotFound, "NAME_UNKNOWN", "The repository with name 'shop' does not exist in the registry with id '111122223333'")
}

func TestTagMoves(t *testing.T) {
	_, c, option := shop(t, aws.Options{})
	first, second := push(t, tag(t, "shop:v1"), option), push(t, tag(t, "shop:v1"), option)
	if got := must(remote.Head(tag(t, "shop:v1"), option))(t).Digest; got != second {
		t.Errorf("the tag is at %s", got)
	}
	listed := must(c.ecr.ListImages(t.Context(), &ecr.ListImagesInput{RepositoryName: sdk.String("shop")}))(t)
	want := []string{first.String() + " <none>", second.String() + " v1"}
	if diff := cmp.Diff(want, ids(listed.ImageIds)); diff != "" {
		t.Error(diff)
	}
}

func ids(list []types.ImageIdentifier) []string {
	texts := make([]string, len(list))
	for i, id := range list {
		texts[i] = sdk.ToString(id.ImageDigest) + " <none>"
		if id.ImageTag != nil {
			texts[i] = sdk.ToString(id.ImageDigest) + " " + *id.ImageTag
		}
	}
	return texts
}

func TestImmutableTags(t *testing.T) {
	_, c, option := shop(t, aws.Options{})
	must(c.ecr.PutImageTagMutability(t.Context(), &ecr.PutImageTagMutabilityInput{RepositoryName: sdk.String("shop"), ImageTagMutability: types.ImageTagMutabilityImmutable}))(t)
	digest := push(t, tag(t, "shop:v1"), option)
	err := remote.Write(tag(t, "shop:v1"), empty.Image, option)
	wantRefusal(t, err, http.StatusBadRequest, "TAG_INVALID", "The image tag 'v1' already exists in the 'shop' repository and cannot be overwritten because the tag is immutable.")
	img := must(remote.Image(tag(t, "shop:v1"), option))(t)
	if err := remote.Tag(tag(t, "shop:v1"), img, option); err != nil {
		t.Errorf("the same image again: %v", err)
	}
	if got := must(remote.Head(tag(t, "shop:v1"), option))(t).Digest; got != digest {
		t.Errorf("the tag moved to %s", got)
	}
}

func TestDelete(t *testing.T) {
	_, _, option := shop(t, aws.Options{})
	digest := push(t, tag(t, "shop:v1"), option)
	img := must(remote.Image(tag(t, "shop:v1"), option))(t)
	if err := errors.Join(remote.Tag(tag(t, "shop:v2"), img, option), remote.Delete(tag(t, "shop:v1"), option)); err != nil {
		t.Fatal(err)
	}
	if tags := must(remote.List(tag(t, "shop").Context(), option))(t); !slices.Equal(tags, []string{"v2"}) {
		t.Errorf("tags are %v", tags)
	}
	if err := remote.Delete(tag(t, "shop").Context().Digest(digest.String()), option); err != nil {
		t.Fatal(err)
	}
	_, err := remote.Get(tag(t, "shop:v2"), option)
	wantRefusal(t, err, http.StatusNotFound, "MANIFEST_UNKNOWN", "Requested image not found")
	err = remote.Delete(tag(t, "shop:v2"), option)
	wantRefusal(t, err, http.StatusNotFound, "MANIFEST_UNKNOWN", "Requested image not found")
}

// TestReferrers: the type of what refers to an image is its own artifactType, or that of its configuration.
func TestReferrers(t *testing.T) {
	_, c, option := shop(t, aws.Options{})
	digest := push(t, tag(t, "shop:v1"), option)
	subject := v1.Descriptor{MediaType: ocitypes.DockerManifestSchema2, Digest: digest, Size: 1}
	base := mutate.MediaType(empty.Image, ocitypes.OCIManifestSchema1)
	plain := must(attach(mutate.ConfigMediaType(base, "application/vnd.example.config"), subject, ""))(t)
	bundle := must(attach(mutate.ConfigMediaType(base, "application/vnd.oci.empty.v1+json"), subject, "application/vnd.dev.sigstore.bundle.v0.3+json"))(t)
	repo := tag(t, "shop").Context()
	for _, one := range []remote.Taggable{plain, bundle} {
		raw := must(one.RawManifest())(t)
		hash, _, _ := v1.SHA256(strings.NewReader(string(raw)))
		if err := remote.Put(repo.Digest(hash.String()), one, option); err != nil {
			t.Fatal(err)
		}
	}
	index := must(remote.Referrers(repo.Digest(digest.String()), option))(t)
	var got []string
	for _, one := range must(index.IndexManifest())(t).Manifests {
		got = append(got, one.ArtifactType)
	}
	if diff := cmp.Diff([]string{"application/vnd.example.config", "application/vnd.dev.sigstore.bundle.v0.3+json"}, got); diff != "" {
		t.Error(diff)
	}
	described := must(c.ecr.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: sdk.String("shop"), Filter: &types.DescribeImagesFilter{TagStatus: types.TagStatusUntagged}}))(t)
	for _, one := range described.ImageDetails {
		if sdk.ToString(one.SubjectManifestDigest) != digest.String() {
			t.Errorf("%s refers to %s", *one.ImageDigest, sdk.ToString(one.SubjectManifestDigest))
		}
	}
}

// artifact is a manifest with an artifactType, which mutate cannot set.
type artifact struct {
	raw       []byte
	mediaType ocitypes.MediaType
}

func (a artifact) RawManifest() ([]byte, error)           { return a.raw, nil }
func (a artifact) MediaType() (ocitypes.MediaType, error) { return a.mediaType, nil }

func attach(img v1.Image, subject v1.Descriptor, artifactType string) (artifact, error) {
	with, ok := mutate.Subject(img, subject).(v1.Image)
	if !ok {
		return artifact{}, errors.New("not an image")
	}
	raw, err := with.RawManifest()
	if artifactType != "" {
		raw = []byte(strings.Replace(string(raw), `{`, fmt.Sprintf(`{"artifactType":%q,`, artifactType), 1))
	}
	return artifact{raw, ocitypes.OCIManifestSchema1}, err
}

// TestLogin: the registry wants the password that the API hands out, for twelve hours.
func TestLogin(t *testing.T) {
	at := newClock()
	account, c, _ := shop(t, aws.Options{Clock: at.now})
	server := httptest.NewServer(account)
	t.Cleanup(server.Close)
	image := must(name.NewTag(strings.TrimPrefix(server.URL, "http://") + "/shop:v1"))(t)

	_, err := remote.Get(image)
	wantRefusal(t, err, http.StatusUnauthorized, "UNAUTHORIZED", "Not Authorized")

	given := must(c.ecr.GetAuthorizationToken(t.Context(), nil))(t).AuthorizationData[0]
	if *given.ProxyEndpoint != "https://"+host || !given.ExpiresAt.Equal(at.at.Add(12*time.Hour)) {
		t.Errorf("got a token for %s until %s", *given.ProxyEndpoint, given.ExpiresAt)
	}
	decoded := must(base64.StdEncoding.DecodeString(*given.AuthorizationToken))(t)
	user, password, _ := strings.Cut(string(decoded), ":")
	login := func(user, password string) remote.Option {
		return remote.WithAuth(&authn.Basic{Username: user, Password: password})
	}
	if err := remote.Write(image, empty.Image, login(user, password)); err != nil {
		t.Errorf("logged in: %v", err)
	}
	_, err = remote.Get(image, login("AWS", "guess"))
	wantRefusal(t, err, http.StatusBadRequest, "DENIED", "Your Authorization Token is invalid.")
	at.at = at.at.Add(12 * time.Hour)
	_, err = remote.Get(image, login(user, password))
	wantRefusal(t, err, http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
}

func TestAnonymousRegistry(t *testing.T) {
	account, _, _ := shop(t, aws.Options{Anonymous: true})
	endpoints := must(account.Serve(t.Context(), "127.0.0.1:0"))(t)
	image := must(name.NewTag(endpoints.Registry + "/shop:v1"))(t)
	if err := remote.Write(image, empty.Image); err != nil {
		t.Error(err)
	}
}

func TestSeed(t *testing.T) {
	account := aws.New(aws.Options{})
	images := must(aws.LabImages())(t)
	if err := account.Seed(images...); err != nil {
		t.Fatal(err)
	}
	option := remote.WithTransport(account.Transport())
	for _, seeded := range images {
		ref := must(name.NewTag(seeded.Name))(t)
		for _, architecture := range []string{"amd64", "arm64"} {
			img, err := remote.Image(ref, option, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: architecture}))
			if err != nil {
				t.Fatal(err)
			}
			if file := must(img.ConfigFile())(t); file.Architecture != architecture {
				t.Errorf("%s: got %s for %s", ref, file.Architecture, architecture)
			}
		}
	}
	again := must(aws.BuildImage(images[0].Name))(t)
	if must(again.Digest())(t) != must(images[0].Index.Digest())(t) {
		t.Error("the same image has another digest the second time")
	}
	public := must(name.NewTag(images[0].Name))(t)
	err := remote.Tag(public.Context().Tag("mine"), images[0].Index, option)
	wantRefusal(t, err, http.StatusForbidden, "DENIED", "requested access to the resource is denied")
}

// TestSnapshot: a snapshot keeps everything, untouched by what comes after it.
func TestSnapshot(t *testing.T) {
	account, c, _ := signing(t)
	option := remote.WithTransport(account.Transport())
	must(c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: sdk.String("shop")}))(t)
	index := must(aws.BuildImage("a"))(t)
	if err := remote.WriteIndex(tag(t, "shop:v1"), index, option); err != nil {
		t.Fatal(err)
	}
	taken := account.Snapshot()
	for range 2 {
		push(t, tag(t, "shop:v1"), option)
		push(t, tag(t, "shop:v2"), option)
		must(c.ecr.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: sdk.String("shop"), Force: true}))(t)
		account.Restore(taken)
		if got := must(remote.Head(tag(t, "shop:v1"), option))(t).Digest; got != must(index.Digest())(t) {
			t.Errorf("the tag is at %s", got)
		}
		if tags := must(remote.List(tag(t, "shop").Context(), option))(t); !slices.Equal(tags, []string{"v1"}) {
			t.Errorf("tags are %v", tags)
		}
		must(remote.Image(tag(t, "shop:v1"), option))(t)
		if listed := must(c.kms.ListAliases(t.Context(), nil))(t).Aliases; len(listed) != 1 {
			t.Errorf("aliases are %v", listed)
		}
	}
	account.Reset()
	_, err := remote.Head(tag(t, "shop:v1"), option)
	if err == nil {
		t.Error("a reset account still has the image")
	}
	if keys := must(c.kms.ListKeys(t.Context(), nil))(t).Keys; len(keys) != 0 {
		t.Errorf("a reset account still has keys %v", keys)
	}
}

// TestConcurrentUse is for the race detector: everything at the same time.
func TestConcurrentUse(t *testing.T) {
	account, c, option := shop(t, aws.Options{})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			repo := fmt.Sprintf("shop-%d", i)
			if _, err := c.ecr.CreateRepository(context.Background(), &ecr.CreateRepositoryInput{RepositoryName: &repo}); err != nil {
				t.Error(err)
			}
			if err := remote.Write(must(name.NewTag(host+"/"+repo+":v1"))(t), empty.Image, option); err != nil {
				t.Error(err)
			}
			account.Snapshot()
			if _, err := c.ecr.DescribeImages(context.Background(), &ecr.DescribeImagesInput{RepositoryName: &repo}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := must(c.ecr.DescribeRepositories(t.Context(), nil))(t).Repositories; len(got) != 9 {
		t.Errorf("there are %d repositories", len(got))
	}
}
