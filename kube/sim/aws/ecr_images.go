package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// imageID names an image by its digest, one of its tags, or both.
type imageID struct {
	ImageDigest string `json:"imageDigest,omitempty"`
	ImageTag    string `json:"imageTag,omitempty"`
}

// imagesInput are the parameters of operations on images.
type imagesInput struct {
	RepositoryName string    `json:"repositoryName"`
	ImageIDs       []imageID `json:"imageIds"`
	Filter         struct {
		TagStatus string `json:"tagStatus"`
	} `json:"filter"`
}

// wants says whether the filter of a request lets an image with so many tags through.
func (in imagesInput) wants(tags int) bool {
	switch in.Filter.TagStatus {
	case "TAGGED":
		return tags > 0
	case "UNTAGGED":
		return tags == 0
	}
	return true
}

type listImagesOutput struct {
	ImageIDs []imageID `json:"imageIds"`
}

// listImages lists each image once for every tag, or without one.
func (a *Account) listImages(c caller, in imagesInput) (listImagesOutput, error) {
	out := listImagesOutput{[]imageID{}}
	_, repo, err := a.existing(c, in.RepositoryName)
	if err != nil {
		return out, err
	}
	for _, one := range repo.inOrder() {
		tags := repo.tagsOf(one.digest)
		if !in.wants(len(tags)) {
			continue
		}
		if len(tags) == 0 {
			tags = []string{""}
		}
		for _, tag := range tags {
			out.ImageIDs = append(out.ImageIDs, imageID{one.digest, tag})
		}
	}
	return out, nil
}

// imageDetail is an image as ECR describes it.
type imageDetail struct {
	RegistryID            string   `json:"registryId"`
	RepositoryName        string   `json:"repositoryName"`
	ImageDigest           string   `json:"imageDigest"`
	ImageTags             []string `json:"imageTags,omitempty"`
	ImageSizeInBytes      int64    `json:"imageSizeInBytes"`
	ImagePushedAt         epoch    `json:"imagePushedAt"`
	ManifestMediaType     string   `json:"imageManifestMediaType"`
	ArtifactMediaType     string   `json:"artifactMediaType,omitempty"`
	SubjectManifestDigest string   `json:"subjectManifestDigest,omitempty"`
	ImageStatus           string   `json:"imageStatus"`
}

type describeImagesOutput struct {
	ImageDetails []imageDetail `json:"imageDetails"`
}

func (a *Account) describeImages(c caller, in imagesInput) (describeImagesOutput, error) {
	out := describeImagesOutput{[]imageDetail{}}
	_, repo, err := a.existing(c, in.RepositoryName)
	if err != nil {
		return out, err
	}
	images := repo.inOrder()
	if len(in.ImageIDs) > 0 {
		images = nil
	}
	for _, id := range in.ImageIDs {
		one := repo.identified(id)
		if one == nil {
			return out, refusal("ImageNotFoundException", "The image with imageId %s does not exist within the repository with name '%s' in the registry with id '%s'", id, repo.name, a.options.Account)
		}
		if !slices.Contains(images, one) {
			images = append(images, one)
		}
	}
	for _, one := range images {
		if in.wants(len(repo.tagsOf(one.digest))) {
			out.ImageDetails = append(out.ImageDetails, a.detail(repo, one))
		}
	}
	return out, nil
}

// detail describes an image. The type of an artifact is its own or that of its configuration.
func (a *Account) detail(repo *repository, one *image) imageDetail {
	m := one.manifest()
	d := imageDetail{
		RegistryID: a.options.Account, RepositoryName: repo.name, ImageDigest: one.digest, ImageTags: repo.tagsOf(one.digest),
		ImageSizeInBytes: repo.size(one), ImagePushedAt: epoch(one.pushed), ManifestMediaType: one.mediaType,
		ArtifactMediaType: m.ArtifactType, ImageStatus: "ACTIVE",
	}
	if d.ArtifactMediaType == "" {
		d.ArtifactMediaType = string(m.Config.MediaType)
	}
	if m.Subject != nil {
		d.SubjectManifestDigest = m.Subject.Digest.String()
	}
	return d
}

// identified returns the image that an id names, nil if there is none or its tag is another's.
func (r *repository) identified(id imageID) *image {
	if id.ImageTag == "" {
		return r.images[id.ImageDigest]
	}
	one := r.images[r.tags[id.ImageTag]]
	if one == nil || id.ImageDigest != "" && id.ImageDigest != one.digest {
		return nil
	}
	return one
}

// String is an id as ECR's errors show it.
func (id imageID) String() string {
	quoted := func(text string) string {
		if text == "" {
			return "'null'"
		}
		return "'" + text + "'"
	}
	return fmt.Sprintf("{imageDigest:%s, imageTag:%s}", quoted(id.ImageDigest), quoted(id.ImageTag))
}

type imageFailure struct {
	ImageID       imageID `json:"imageId"`
	FailureCode   string  `json:"failureCode"`
	FailureReason string  `json:"failureReason"`
}

type batchDeleteOutput struct {
	ImageIDs []imageID      `json:"imageIds"`
	Failures []imageFailure `json:"failures"`
}

// batchDeleteImage deletes images. By a tag, an image that has others only loses this one.
func (a *Account) batchDeleteImage(c caller, in imagesInput) (batchDeleteOutput, error) {
	out := batchDeleteOutput{[]imageID{}, []imageFailure{}}
	reg, repo, err := a.existing(c, in.RepositoryName)
	switch {
	case err != nil:
		return out, err
	case len(in.ImageIDs) == 0 || len(in.ImageIDs) > 100:
		return out, refusal("InvalidParameterException", "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length between 1 and 100'")
	}
	for _, id := range in.ImageIDs {
		deleted, failure := reg.deleteIdentified(repo, id)
		out.ImageIDs = append(out.ImageIDs, deleted...)
		if failure != nil {
			out.Failures = append(out.Failures, *failure)
		}
	}
	return out, nil
}

// deleteIdentified deletes an image or a tag of it, and returns the ids that are gone.
func (reg *ociRegistry) deleteIdentified(repo *repository, id imageID) ([]imageID, *imageFailure) {
	one := repo.identified(id)
	if one == nil {
		return nil, failureOf(repo, id)
	}
	tags := repo.tagsOf(one.digest)
	if id.ImageTag != "" && len(tags) > 1 {
		reg.untag(repo, id.ImageTag)
		return []imageID{{one.digest, id.ImageTag}}, nil
	}
	if holders := repo.holders(one.digest); len(holders) > 0 {
		return nil, &imageFailure{id, "ImageReferencedByManifestList", "Requested image referenced by manifest list: [" + strings.Join(holders, ", ") + "]"}
	}
	reg.deleteImage(repo, one.digest)
	if len(tags) == 0 {
		return []imageID{{one.digest, ""}}, nil
	}
	var gone []imageID
	for _, tag := range tags {
		gone = append(gone, imageID{one.digest, tag})
	}
	return gone, nil
}

// failureOf says why an id names no image.
func failureOf(repo *repository, id imageID) *imageFailure {
	switch {
	case id == imageID{}:
		return &imageFailure{id, "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"}
	case id.ImageDigest != "" && id.ImageTag != "" && repo.images[repo.tags[id.ImageTag]] != nil:
		return &imageFailure{id, "ImageTagDoesNotMatchDigest", "Requested tag does not match the digest"}
	case id.ImageDigest != "" && !strings.HasPrefix(id.ImageDigest, "sha256:"):
		return &imageFailure{id, "InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"}
	}
	return &imageFailure{id, "ImageNotFound", "Requested image not found"}
}

// manifest decodes the image's manifest. One that is not JSON was refused when it was pushed.
func (i *image) manifest() manifest {
	var m manifest
	_ = json.Unmarshal(i.raw, &m) // see above
	return m
}
