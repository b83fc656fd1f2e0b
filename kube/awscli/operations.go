package awscli

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// operations are the commands that this stand-in knows.
func operations() []*operation {
	return slices.Concat(of("ecr", ecrOperations()), of("kms", kmsOperations()), of("sts", stsOperations()))
}

// of says which service operations belong to.
func of(service string, list []*operation) []*operation {
	for _, op := range list {
		op.service = service
	}
	return list
}

func kmsOperations() []*operation {
	client := func(c aws.Config) *kms.Client { return kms.NewFromConfig(c) }
	key := required(text("KeyId"))
	message := []parameter{key, required(blob("Message")), text("MessageType"), required(text("SigningAlgorithm")), flag("DryRun")}
	return []*operation{
		{name: "create-key", api: "CreateKey", about: "make a key", call: invoke(client, (*kms.Client).CreateKey),
			parameters: []parameter{text("Description"), text("KeyUsage"), text("CustomerMasterKeySpec"), text("KeySpec"), text("Origin"), flag("MultiRegion")}},
		{name: "describe-key", api: "DescribeKey", about: "show a key", call: invoke(client, (*kms.Client).DescribeKey), parameters: []parameter{key}},
		{name: "list-keys", api: "ListKeys", about: "list the keys", call: invoke(client, (*kms.Client).ListKeys), aggregate: "Keys",
			parameters: []parameter{integer("Limit"), text("Marker")}},
		{name: "get-public-key", api: "GetPublicKey", about: "show the public half of a key", call: invoke(client, (*kms.Client).GetPublicKey), parameters: []parameter{key}},
		{name: "sign", api: "Sign", about: "sign a message", call: invoke(client, (*kms.Client).Sign), parameters: message},
		{name: "verify", api: "Verify", about: "verify a signature", call: invoke(client, (*kms.Client).Verify), parameters: append(message[:len(message):len(message)], required(blob("Signature")))},
		{name: "enable-key", api: "EnableKey", about: "let a key be used again", call: invoke(client, (*kms.Client).EnableKey), parameters: []parameter{key}},
		{name: "disable-key", api: "DisableKey", about: "keep a key from being used", call: invoke(client, (*kms.Client).DisableKey), parameters: []parameter{key}},
		{name: "schedule-key-deletion", api: "ScheduleKeyDeletion", about: "have a key deleted in 7 to 30 days", call: invoke(client, (*kms.Client).ScheduleKeyDeletion),
			parameters: []parameter{key, integer("PendingWindowInDays")}},
		{name: "cancel-key-deletion", api: "CancelKeyDeletion", about: "keep a key that was to be deleted", call: invoke(client, (*kms.Client).CancelKeyDeletion), parameters: []parameter{key}},
		{name: "create-alias", api: "CreateAlias", about: "give a key a name", call: invoke(client, (*kms.Client).CreateAlias),
			parameters: []parameter{required(text("AliasName")), required(text("TargetKeyId"))}},
		{name: "delete-alias", api: "DeleteAlias", about: "take a name away; the key stays", call: invoke(client, (*kms.Client).DeleteAlias), parameters: []parameter{required(text("AliasName"))}},
		{name: "list-aliases", api: "ListAliases", about: "list the names of keys", call: invoke(client, (*kms.Client).ListAliases), aggregate: "Aliases",
			parameters: []parameter{text("KeyId"), integer("Limit"), text("Marker")}},
	}
}

func ecrOperations() []*operation {
	client := func(c aws.Config) *ecr.Client { return ecr.NewFromConfig(c) }
	registry, repository := text("registryId"), required(text("repositoryName"))
	images := structures("imageIds", text("imageDigest"), text("imageTag"))
	filter := structure("filter", text("tagStatus"))
	return []*operation{
		{name: "create-repository", api: "CreateRepository", about: "make a repository", call: invoke(client, (*ecr.Client).CreateRepository),
			parameters: []parameter{registry, repository, text("imageTagMutability"), structure("imageScanningConfiguration", flag("scanOnPush"))}},
		{name: "describe-repositories", api: "DescribeRepositories", about: "show repositories", call: invoke(client, (*ecr.Client).DescribeRepositories), aggregate: "repositories",
			parameters: []parameter{registry, texts("repositoryNames")}},
		{name: "put-image-tag-mutability", api: "PutImageTagMutability", about: "say whether tags may move", call: invoke(client, (*ecr.Client).PutImageTagMutability),
			parameters: []parameter{registry, repository, required(text("imageTagMutability"))}},
		{name: "delete-repository", api: "DeleteRepository", about: "delete a repository", call: invoke(client, (*ecr.Client).DeleteRepository),
			parameters: []parameter{registry, repository, flag("force")}},
		{name: "list-images", api: "ListImages", about: "list digests and tags", call: invoke(client, (*ecr.Client).ListImages), aggregate: "imageIds",
			parameters: []parameter{registry, repository, filter}},
		{name: "describe-images", api: "DescribeImages", about: "show images", call: invoke(client, (*ecr.Client).DescribeImages), aggregate: "imageDetails",
			parameters: []parameter{registry, repository, images, filter}},
		{name: "batch-delete-image", api: "BatchDeleteImage", about: "delete images and tags", call: invoke(client, (*ecr.Client).BatchDeleteImage),
			parameters: []parameter{registry, repository, required(images)}},
		{name: "get-authorization-token", api: "GetAuthorizationToken", about: "get a password for the registry, encoded", call: invoke(client, (*ecr.Client).GetAuthorizationToken)},
		{name: "get-login-password", api: "GetAuthorizationToken", about: "print a password for the registry", call: invoke(client, (*ecr.Client).GetAuthorizationToken), print: printPassword},
	}
}

func stsOperations() []*operation {
	client := func(c aws.Config) *sts.Client { return sts.NewFromConfig(c) }
	return []*operation{
		{name: "get-caller-identity", api: "GetCallerIdentity", about: "say whose credentials these are", call: invoke(client, (*sts.Client).GetCallerIdentity)},
	}
}

// printPassword prints the password of a registry token: what comes after the user's name.
func printPassword(out any, to io.Writer) error {
	answer, ok := out.(*ecr.GetAuthorizationTokenOutput)
	if !ok || len(answer.AuthorizationData) == 0 {
		return errors.New("read token: there is none")
	}
	decoded, err := base64.StdEncoding.DecodeString(aws.ToString(answer.AuthorizationData[0].AuthorizationToken))
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	_, password, _ := strings.Cut(string(decoded), ":")
	fmt.Fprintln(to, password)
	return nil
}
