package aws

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
)

// ecr is Amazon ECR's API (version 2015-09-21), as far as the workshop needs it.
func (a *Account) ecr() service {
	return service{name: "ecr", operations: map[string]operation{
		"CreateRepository":      handle(a.createRepository),
		"DescribeRepositories":  handle(a.describeRepositories),
		"DeleteRepository":      handle(a.deleteRepository),
		"PutImageTagMutability": handle(a.putImageTagMutability),
		"ListImages":            handle(a.listImages),
		"DescribeImages":        handle(a.describeImages),
		"BatchDeleteImage":      handle(a.batchDeleteImage),
		"GetAuthorizationToken": handle(a.getAuthorizationToken),
		"ListTagsForResource":   handle(a.listTagsForResource),
	}}
}

type scanning struct {
	ScanOnPush bool `json:"scanOnPush"`
}

type encryption struct {
	EncryptionType string `json:"encryptionType"`
}

// repositoryInput are the parameters of operations on a repository.
type repositoryInput struct {
	RegistryID                 string   `json:"registryId"`
	RepositoryName             string   `json:"repositoryName"`
	RepositoryNames            []string `json:"repositoryNames"`
	ImageTagMutability         string   `json:"imageTagMutability"`
	ImageScanningConfiguration scanning `json:"imageScanningConfiguration"`
	Force                      bool     `json:"force"`
	Tags                       []tag    `json:"tags"`
}

// repositoryData is a repository as ECR describes it.
type repositoryData struct {
	RepositoryArn              string     `json:"repositoryArn"`
	RegistryID                 string     `json:"registryId"`
	RepositoryName             string     `json:"repositoryName"`
	RepositoryURI              string     `json:"repositoryUri"`
	CreatedAt                  epoch      `json:"createdAt"`
	ImageTagMutability         string     `json:"imageTagMutability"`
	ImageScanningConfiguration scanning   `json:"imageScanningConfiguration"`
	EncryptionConfiguration    encryption `json:"encryptionConfiguration"`
}

type repositoryOutput struct {
	Repository repositoryData `json:"repository"`
}

type repositoriesOutput struct {
	Repositories []repositoryData `json:"repositories"`
}

const namePattern = `(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`

var repositoryName = regexp.MustCompile("^" + namePattern + "$")

// describe is a repository of a registry as ECR describes it.
func (reg *ociRegistry) describe(repo *repository) repositoryData {
	a := reg.account
	return repositoryData{
		RepositoryArn: a.arn("ecr", reg.region, "repository/"+repo.name), RegistryID: a.options.Account,
		RepositoryName: repo.name, RepositoryURI: reg.host + "/" + repo.name, CreatedAt: epoch(repo.created),
		ImageTagMutability: repo.mutability, ImageScanningConfiguration: scanning{repo.scanOnPush},
		EncryptionConfiguration: encryption{"AES256"},
	}
}

// noRepository is the text for a repository that was not created.
func (a *Account) noRepository(name string) string {
	return "The repository with name '" + name + "' does not exist in the registry with id '" + a.options.Account + "'"
}

// open returns the registry of a caller and a repository in it.
func (a *Account) open(c caller, name string) (*ociRegistry, *repository, error) {
	reg := a.ecrRegistry(c.region)
	if !repositoryName.MatchString(name) || len(name) < 2 || len(name) > 256 {
		return nil, nil, refusal("InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '%s''", namePattern)
	}
	return reg, reg.repositories[name], nil
}

// existing is open for a repository that must exist.
func (a *Account) existing(c caller, name string) (*ociRegistry, *repository, error) {
	reg, repo, err := a.open(c, name)
	if err == nil && repo == nil {
		err = refusal("RepositoryNotFoundException", "%s", a.noRepository(name))
	}
	return reg, repo, err
}

func (a *Account) createRepository(c caller, in repositoryInput) (repositoryOutput, error) {
	reg, repo, err := a.open(c, in.RepositoryName)
	mutability := cmp.Or(in.ImageTagMutability, mutable)
	switch {
	case err != nil:
		return repositoryOutput{}, err
	case repo != nil:
		return repositoryOutput{}, refusal("RepositoryAlreadyExistsException", "The repository with name '%s' already exists in the registry with id '%s'", repo.name, a.options.Account)
	case mutability != mutable && mutability != immutable:
		return repositoryOutput{}, refusal("InvalidParameterException", "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [IMMUTABLE, MUTABLE]'")
	}
	repo = &repository{
		name: in.RepositoryName, mutability: mutability, scanOnPush: in.ImageScanningConfiguration.ScanOnPush,
		created: a.now(), images: map[string]*image{}, tags: map[string]string{}, labels: in.Tags,
	}
	reg.repositories[repo.name] = repo
	return repositoryOutput{reg.describe(repo)}, nil
}

func (a *Account) describeRepositories(c caller, in repositoryInput) (repositoriesOutput, error) {
	reg := a.ecrRegistry(c.region)
	names := in.RepositoryNames
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(reg.repositories))
	}
	out := repositoriesOutput{[]repositoryData{}}
	for _, name := range names {
		_, repo, err := a.existing(c, name)
		if err != nil {
			return out, err
		}
		out.Repositories = append(out.Repositories, reg.describe(repo))
	}
	return out, nil
}

func (a *Account) deleteRepository(c caller, in repositoryInput) (repositoryOutput, error) {
	reg, repo, err := a.existing(c, in.RepositoryName)
	switch {
	case err != nil:
		return repositoryOutput{}, err
	case len(repo.images) > 0 && !in.Force:
		return repositoryOutput{}, refusal("RepositoryNotEmptyException", "The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", repo.name, a.options.Account)
	}
	for digest := range repo.images {
		reg.deleteImage(repo, digest)
	}
	delete(reg.repositories, repo.name)
	return repositoryOutput{reg.describe(repo)}, nil
}

type mutabilityOutput struct {
	RegistryID         string `json:"registryId"`
	RepositoryName     string `json:"repositoryName"`
	ImageTagMutability string `json:"imageTagMutability"`
}

func (a *Account) putImageTagMutability(c caller, in repositoryInput) (mutabilityOutput, error) {
	_, repo, err := a.existing(c, in.RepositoryName)
	switch {
	case err != nil:
		return mutabilityOutput{}, err
	case in.ImageTagMutability != mutable && in.ImageTagMutability != immutable:
		return mutabilityOutput{}, refusal("InvalidParameterException", "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [IMMUTABLE, MUTABLE]'")
	}
	repo.mutability = in.ImageTagMutability
	return mutabilityOutput{a.options.Account, repo.name, repo.mutability}, nil
}
