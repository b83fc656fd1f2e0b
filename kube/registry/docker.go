package registry

import (
	"cmp"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"podsec/kube/process"
)

// configVariable names the folder of docker's credentials.
const configVariable = "DOCKER_CONFIG"

// Credentials reads the file in which docker login keeps credentials; one that is not there is empty.
func Credentials(env process.IO) (*configfile.ConfigFile, error) {
	folder := env.Getenv(configVariable)
	if folder != "" {
		folder = env.Path(folder)
	}
	return config.Load(folder)
}

// Store is where the credentials for a server are kept: the file itself, or the helper that the file names. plain says
// which; of a plain one that is written to, docker warns.
func Store(file *configfile.ConfigFile, server string) (store credentials.Store, plain bool) {
	if file.CredentialsStore != "" || file.CredentialHelpers[credentials.ConvertToHostname(server)] != "" {
		return file.GetCredentialsStore(server), false
	}
	return credentials.NewFileStore(file), true
}

// Inside says whether an environment that is not the process's own says all that registries need: who one is, and where
// they answer.
func Inside(env process.IO) bool {
	return env.Getenv(configVariable) != "" && env.Getenv(MirrorVariable) != ""
}

// dockerKeychain is whoever docker login made it in an environment.
type dockerKeychain struct{ env process.IO }

// Resolve implements authn.Keychain.
func (k dockerKeychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	file, err := Credentials(k.env)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{target.String(), target.RegistryStr()} {
		if key == name.DefaultRegistry {
			key = authn.DefaultAuthKey
		}
		store, _ := Store(file, key)
		found, err := store.Get(key)
		if err != nil {
			return nil, err
		}
		if cmp.Or(found.Username, found.Password, found.Auth, found.IdentityToken, found.RegistryToken) != "" {
			return authn.FromConfig(asAuth(found)), nil
		}
	}
	return authn.Anonymous, nil
}

func asAuth(c types.AuthConfig) authn.AuthConfig {
	return authn.AuthConfig{
		Username: c.Username, Password: c.Password, Auth: c.Auth, IdentityToken: c.IdentityToken, RegistryToken: c.RegistryToken,
	}
}
