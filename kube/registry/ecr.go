package registry

import (
	"context"
	"encoding/base64"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"

	"podsec/kube/awsenv"
	"podsec/kube/process"
)

// ecrHost is the name of a registry of ECR, with its region.
var ecrHost = regexp.MustCompile(`^[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$`)

// ecrKeychain logs in to registries of ECR by the AWS configuration of an environment, without docker login. Passwords are
// kept in memory only, which is why it is not Amazon's credential helper: that one writes them to the home folder.
type ecrKeychain struct {
	ctx context.Context //nolint:containedctx // of the command that it is made for
	env process.IO

	mu    sync.Mutex
	known map[string]authn.Authenticator // by host
}

// Resolve implements authn.Keychain. Who cannot log in is anonymous: the registry says what that is worth.
func (k *ecrKeychain) Resolve(resource authn.Resource) (authn.Authenticator, error) {
	host := resource.RegistryStr()
	match := ecrHost.FindStringSubmatch(host)
	if match == nil {
		return authn.Anonymous, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known[host] == nil {
		k.known[host] = login(k.ctx, k.env, match[1])
	}
	return k.known[host], nil
}

// login gets a password for the registry of a region.
func login(ctx context.Context, env process.IO, region string) authn.Authenticator {
	loaded, err := awsenv.Load(ctx, env, "ECR", config.WithRegion(region))
	if err != nil {
		return authn.Anonymous
	}
	answer, err := ecr.NewFromConfig(loaded).GetAuthorizationToken(ctx, nil)
	if err != nil || len(answer.AuthorizationData) == 0 {
		return authn.Anonymous
	}
	decoded, err := base64.StdEncoding.DecodeString(aws.ToString(answer.AuthorizationData[0].AuthorizationToken))
	if err != nil {
		return authn.Anonymous
	}
	user, password, _ := strings.Cut(string(decoded), ":")
	return &authn.Basic{Username: user, Password: password}
}
