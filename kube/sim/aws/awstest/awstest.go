// Package awstest lets tests use a simulated account exactly as people use a real one: through the AWS configuration of a
// home folder.
package awstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsec/kube/registry"
	"podsec/kube/sim/aws"
)

// Nobody takes everything about AWS out of the process's environment, and makes an empty home folder, which it returns:
// nothing leads to an account, and the metadata service of a machine is not asked.
func Nobody(t testing.TB) (home string) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || name == registry.MirrorVariable {
			t.Setenv(name, "") // which restores it in the end
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for variable, name := range map[string]string{"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"} {
		t.Setenv(variable, filepath.Join(home, ".aws", name)) // the SDK looked for the home folder when the process began
	}
	return home
}

// Files of the home folder, as the AWS CLI writes them.
const (
	configFile = `[default]
region = %[1]s
services = here

[services here]
kms =
  endpoint_url = %[2]s
ecr =
  endpoint_url = %[2]s
sts =
  endpoint_url = %[2]s
`
	credentialsFile = `[default]
aws_access_key_id = %s
aws_secret_access_key = %s
`
)

// Home makes the process's environment that of the user of an account which is served on loopback: the endpoints are in
// ~/.aws/config and the keys in ~/.aws/credentials.
func Home(t testing.TB, account *aws.Account, served aws.Endpoints) (home string) {
	t.Helper()
	home = Nobody(t)
	write(t, home, "config", fmt.Sprintf(configFile, account.Region(), served.URL))
	write(t, home, "credentials", fmt.Sprintf(credentialsFile, aws.AccessKeyID, aws.SecretAccessKey))
	for _, entry := range served.Environment {
		if value, found := strings.CutPrefix(entry, registry.MirrorVariable+"="); found {
			t.Setenv(registry.MirrorVariable, value)
		}
	}
	return home
}

func write(t testing.TB, home, name, content string) {
	t.Helper()
	path := filepath.Join(home, ".aws", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
