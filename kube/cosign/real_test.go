package cosign

import (
	"os"
	"os/exec"
	"strings"
	"testing"
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
