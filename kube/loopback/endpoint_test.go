package loopback

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// echo answers with the Authorization header, so that a test sees what the client sent.
func echo(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, r.Header.Get("Authorization"))
}

func start(t *testing.T) *Endpoint {
	t.Helper()
	e, err := Listen(context.Background(), "127.0.0.1:0", http.HandlerFunc(echo), NewToken())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// get sends one request as a client with config does.
func get(t *testing.T, config *rest.Config) string {
	t.Helper()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Get(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestEndpointServesTLSToItsOwnConfig(t *testing.T) {
	e := start(t)
	if got, want := get(t, e.Config()), "Bearer "+e.token; got != want {
		t.Errorf("server saw %q, want %q", got, want)
	}
}

func TestEndpointRefusesUntrustingClient(t *testing.T) {
	e := start(t)
	if _, err := http.Get(e.url); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a client without the authority got %v, want a certificate error", err)
	}
}

func TestPortInUse(t *testing.T) {
	e := start(t)
	_, err := Listen(context.Background(), strings.TrimPrefix(e.url, "https://"), http.HandlerFunc(echo), "")
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("second listener got %v, want an address in use", err)
	}
}

func TestKubeconfigIsPrivateAndWorks(t *testing.T) {
	e := start(t)
	path := filepath.Join(t.TempDir(), "new", "kubeconfig")
	for _, before := range []fs.FileMode{0, 0o644} { // absent, and left behind readable for all
		if before != 0 {
			if err := os.Chmod(path, before); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.WriteKubeconfig(path); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode is %v, want 0600", info.Mode().Perm())
		}
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, config); got != "Bearer "+e.token {
		t.Errorf("client of the kubeconfig sent %q", got)
	}
}
