package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsec/assets"
	"podsec/kube/sim/aws"
	"podsec/labs"
	"podsec/labs/venue"
)

// TestSecretsStayPrivate works through the lab about signatures and looks everywhere it may have left something: secrets
// are in no transcript, on disk in private folders only, private keys encrypted, and nothing is left in the end.
func TestSecretsStayPrivate(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole lab takes a while")
	}
	disk := t.TempDir()
	for _, variable := range []string{"HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "PODSEC_DATA_DIR"} {
		folder := filepath.Join(disk, variable)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, folder)
	}
	all, err := labs.Load(assets.Labs())
	if err != nil {
		t.Fatal(err)
	}
	lab, err := labs.Find(all, "07-signed-images")
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := venue.Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	session, err := labs.Open(t.Context(), lab, cluster, venue.Shell(cluster))
	if err != nil {
		t.Fatal(err)
	}
	var transcript bytes.Buffer
	for i, step := range lab.Steps {
		if outcome, err := session.Solve(t.Context(), i, &transcript); err != nil || !outcome.Passed {
			t.Errorf("%s: %+v, %v", step.ID, outcome, err)
		}
	}
	private := filepath.Dir(cluster.Kubeconfig())
	secrets := []string{aws.SecretAccessKey, "PRIVATE KEY-----", tokenOf(t, filepath.Join(private, "docker", "config.json"))}
	for _, secret := range secrets {
		if strings.Contains(transcript.String(), secret) {
			t.Errorf("the transcript has a secret: %.20s…", secret)
		}
	}
	for _, file := range holding(t, disk, secrets) {
		if !within(file, private) && !within(file, filepath.Dir(session.Dir())) {
			t.Errorf("%s has a secret", file)
		}
		content, _ := os.ReadFile(file) // was read before
		if bytes.Contains(content, []byte("PRIVATE KEY-----")) && !bytes.Contains(content, []byte("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----")) &&
			filepath.Base(file) != filepath.Base(cluster.Kubeconfig()) {
			t.Errorf("%s has a private key that is not encrypted", file)
		}
	}
	for _, folder := range []string{private, filepath.Dir(session.Dir())} {
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("who may look into %s: %v, %v", folder, info.Mode(), err)
		}
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	if err := cluster.Close(); err != nil {
		t.Error(err)
	}
	if left := holding(t, disk, secrets); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// tokenOf is a password of docker's configuration.
func tokenOf(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Auths map[string]struct{ Auth string }
	}
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	for _, entry := range config.Auths {
		decoded, err := base64.StdEncoding.DecodeString(entry.Auth)
		_, password, found := strings.Cut(string(decoded), ":")
		if err == nil && found && len(password) > 20 {
			return password
		}
	}
	t.Fatalf("no login in %s", data)
	return ""
}

// holding lists the files below a folder that hold one of some texts, or one of them in base64.
func holding(t *testing.T, folder string, texts []string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, text := range texts {
			if bytes.Contains(content, []byte(text)) || bytes.Contains(content, []byte(base64.StdEncoding.EncodeToString([]byte("AWS:"+text)))) {
				found = append(found, path)
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
