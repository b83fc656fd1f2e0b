package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsec/labs"
	"podsec/labs/venue"
	"podsec/tui/workshop"
)

// TestAccountInLabs: the commands of labs use the account that the cluster is in, and a reset takes everything back.
func TestAccountInLabs(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_SESSION_TOKEN", "of somebody")
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
	cluster, stop, err := (&workshop.Places{}).ForRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	shell, repository := venue.Shell(cluster), "111122223333.dkr.ecr.us-east-1.amazonaws.com/supply-chain-security"
	run := func(line, want string) {
		t.Helper()
		var out bytes.Buffer
		exit, err := shell.Run(t.Context(), t.TempDir(), line, nil, &out, &out)
		if err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit %d, %v, got\n%s\nwant %q", line, exit, err, out.String(), want)
		}
	}
	run("aws sts get-caller-identity --query Account", `"111122223333"`)
	run("aws ecr create-repository --repository-name supply-chain-security --query repository.repositoryUri --output text", repository)
	run("aws ecr get-login-password | docker login --username AWS --password-stdin "+strings.Split(repository, "/")[0], "Login Succeeded")
	run("docker pull nginx && docker tag nginx "+repository+":v1 && docker push "+repository+":v1", "v1: digest: sha256:")
	run("aws ecr list-images --repository-name supply-chain-security --filter tagStatus=TAGGED --query 'imageIds[].imageTag' --output text", "v1\n")
	run("echo nginx | xargs docker pull -q", "docker.io/library/nginx:latest") // programs find the stand-in too
	info, err := os.Stat(filepath.Join(filepath.Dir(cluster.Kubeconfig()), "docker", "config.json"))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("who may read the credentials: %v, %v", info.Mode(), err)
	}

	if err := cluster.Reset(t.Context(), labs.Baseline{}); err != nil {
		t.Fatal(err)
	}
	run("aws ecr describe-repositories --query 'length(repositories)'", "0")
	run("docker images --format '{{.Repository}}' | wc -l", "0")
	run("docker pull "+repository+":v1", "no basic auth credentials")
}
