package cosign

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"podsec/kube/sim/aws"
)

// realCosign returns the path of the real cosign (v3), from $COSIGN or PATH; without one the test is skipped.
func realCosign(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("COSIGN"); path != "" {
		return path
	}
	path, err := exec.LookPath("cosign")
	if err != nil {
		t.Skip("the real cosign is not installed: set $COSIGN to run this test")
	}
	return path
}

// real runs the real cosign in the session's folder and returns what it printed.
func (s *session) real(path string, args ...string) (string, error) {
	command := exec.CommandContext(s.t.Context(), path, args...)
	command.Env = append(os.Environ(), "COSIGN_PASSWORD="+s.env[passwordVariable])
	out, err := command.CombinedOutput()
	return string(out), err
}

// execute runs the real cosign as a transcript's command.
func (s *session) execute(args []string, stdout, stderr *bytes.Buffer) int {
	command := exec.CommandContext(s.t.Context(), s.path, args...)
	command.Env = append(os.Environ(), "COSIGN_PASSWORD="+s.env[passwordVariable])
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(s.stdin), stdout, stderr
	s.stdin = ""
	err := command.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		return ended.ExitCode()
	}
	s.check(err)
	return 0
}

// mustReal is real for what has to succeed.
func (s *session) mustReal(path string, args ...string) {
	s.t.Helper()
	if out, err := s.real(path, args...); err != nil {
		s.t.Errorf("cosign %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// must runs our cosign, which has to succeed.
func (s *session) must(args ...string) {
	s.t.Helper()
	if out := s.cosign(args); strings.Contains(out, "[exit ") {
		s.t.Errorf("cosign %s:\n%s", strings.Join(args, " "), out)
	}
}

var (
	offline = []string{"--use-signing-config=false", "--tlog-upload=false"}
	ignored = []string{"--key", "cosign.pub", "--insecure-ignore-tlog"}
)

func with(verb string, flags []string, more ...string) []string {
	return append(append([]string{verb}, flags...), more...)
}

// TestCosignAcceptsOurs: what is signed and attested here is accepted by the real cosign, in both forms.
func TestCosignAcceptsOurs(t *testing.T) {
	path := realCosign(t)
	s := newSession(t)
	image := s.host + "/app:v1"
	s.run("push " + image)
	s.must("generate-key-pair")
	s.must(with("sign", offline, "--key", "cosign.key", image)...)
	s.check(os.WriteFile("sbom.json", []byte(`{"bomFormat":"CycloneDX"}`), 0o600))
	s.must(with("attest", offline, "--key", "cosign.key", "--type", "cyclonedx", "--predicate", "sbom.json", image)...)
	for _, form := range []string{"--new-bundle-format=true", "--new-bundle-format=false"} {
		s.mustReal(path, with("verify", ignored, form, image)...)
		s.mustReal(path, with("verify-attestation", ignored, form, "--type", "cyclonedx", image)...)
	}
	s.must("generate-key-pair", "--output-key-prefix", "other")
	if out, err := s.real(path, "verify", "--key", "other.pub", "--insecure-ignore-tlog", image); err == nil {
		t.Errorf("accepted with another key:\n%s", out)
	}
}

// TestCosignIsAccepted: what the real cosign signs and attests is accepted here, in both forms.
func TestCosignIsAccepted(t *testing.T) {
	path := realCosign(t)
	for _, form := range []string{"--new-bundle-format=true", "--new-bundle-format=false"} {
		s := newSession(t)
		image := s.host + "/app:v1"
		s.run("push " + image)
		s.mustReal(path, "generate-key-pair")
		s.mustReal(path, with("sign", offline, "--key", "cosign.key", form, "--yes", image)...)
		s.check(os.WriteFile("sbom.json", []byte(`{"bomFormat":"CycloneDX"}`), 0o600))
		s.mustReal(path, with("attest", offline, "--key", "cosign.key", form, "--yes", "--type", "cyclonedx", "--predicate", "sbom.json", image)...)
		s.must(with("verify", ignored, form, image)...)
		s.must(with("verify-attestation", ignored, form, "--type", "cyclonedx", image)...)
		s.must(with("sign", offline, "--key", "cosign.key", image)...) // with the real one's key file
	}
}

// TestCosignPrintsTheSame plays transcripts with the real cosign: what they hold of ours is what it prints too, but for
// the order in which it copies.
func TestCosignPrintsTheSame(t *testing.T) {
	path := realCosign(t)
	for _, file := range []string{"copy", "lab"} {
		archive, err := txtar.ParseFile("testdata/" + file + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(file, func(t *testing.T) {
			s := newSession(t)
			s.path = path
			want := string(archive.Files[0].Data)
			if diff := cmp.Diff(comparable(want), comparable(s.play(want))); diff != "" {
				t.Errorf("the real cosign prints (-ours +real):\n%s", diff)
			}
		})
	}
}

// comparable leaves out what is known to differ: the real cosign says that it looked into a log that it was told to
// ignore, says at any time that it signs, and copies in any order.
func comparable(transcript string) []string {
	var lines []string
	from := 0 // where lines about copies begin
	for line := range strings.Lines(transcript) {
		switch line {
		case "!   - Existence of the claims in the transparency log was verified offline\n", "! " + signingNote + "\n":
			continue
		}
		if lines = append(lines, line); strings.HasPrefix(line, "! Copying ") {
			slices.Sort(lines[from:])
		} else {
			from = len(lines)
		}
	}
	return lines
}

// TestCosignWithKMS: the real cosign makes a key in a simulated account, signs and attests with it in both forms, and is
// believed here; a key that is disabled it cannot use.
func TestCosignWithKMS(t *testing.T) {
	path := realCosign(t)
	account := aws.New(aws.Options{Anonymous: true})
	endpoints, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range endpoints.Environment {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	s := newSession(t)
	s.host, s.inAccount = endpoints.Registry, true
	const key = "awskms:///alias/real"
	s.mustReal(path, "generate-key-pair", "--kms", key)
	for _, form := range []string{"--new-bundle-format=true", "--new-bundle-format=false"} {
		image := s.repository(account, strings.Trim(form, "-")[len("new-bundle-format="):]) + ":v1"
		s.run("push " + image)
		s.mustReal(path, with("sign", offline, "--key", key, form, "--yes", image)...)
		s.check(os.WriteFile("sbom.json", []byte(`{"bomFormat":"CycloneDX"}`), 0o600))
		s.mustReal(path, with("attest", offline, "--key", key, form, "--yes", "--type", "cyclonedx", "--predicate", "sbom.json", image)...)
		for _, reference := range []string{"cosign.pub", key} {
			s.must("verify", "--key", reference, "--insecure-ignore-tlog", form, image)
			s.must("verify-attestation", "--key", reference, "--insecure-ignore-tlog", form, "--type", "cyclonedx", image)
		}
		s.must(with("sign", offline, "--key", key, form, "-a", "by=us", image)...)
		s.mustReal(path, with("verify", ignored, form, "-a", "by=us", image)...)
		s.mustReal(path, "verify", "--key", key, "--insecure-ignore-tlog", form, "-a", "by=us", image)
	}
	s.disable(account, "alias/real")
	out, err := s.real(path, with("sign", offline, "--key", key, "--new-bundle-format=false", "--yes", endpoints.Registry+"/true:v1")...)
	if err == nil || !strings.Contains(out, "DisabledException") {
		t.Errorf("signed with a disabled key: %v\n%s", err, out)
	}
}
