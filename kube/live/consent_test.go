package live

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

func TestConsents(t *testing.T) {
	for context, want := range map[string][]string{
		"lab": {"lab"}, "prod-eu": {"prod-eu", "nobody"}, "eu-payments": {"eu-payments", "nobody"},
	} {
		var typed []string
		for _, c := range (&Target{Context: context}).Consents() {
			typed = append(typed, c.Want)
		}
		if strings.Join(typed, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %q has to be typed, want %q", context, typed, want)
		}
	}
}

func TestVersion(t *testing.T) {
	for answer, want := range map[string]string{`{"gitVersion":"v1.36.3"}`: "v1.36.3", `<html>`: ""} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/version" {
				http.NotFound(w, r)
			}
			_, _ = w.Write([]byte(answer))
		}))
		got, err := (&Target{Config: &rest.Config{Host: server.URL}}).Version(t.Context())
		server.Close()
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: version %q, error %v", answer, got, err)
		}
	}
}

// TestDetach: what gets credentials is not given the terminal, and the kubeconfig's own settings stay as they are.
func TestDetach(t *testing.T) {
	own := &clientcmdapi.ExecConfig{Command: "aws", InteractiveMode: clientcmdapi.IfAvailableExecInteractiveMode}
	target := &Target{Config: &rest.Config{ExecProvider: own}}
	target.Detach()
	if got := target.Config.ExecProvider; !got.StdinUnavailable || got.StdinUnavailableMessage == "" || got.Command != "aws" {
		t.Errorf("it is run as %+v", got)
	}
	if own.StdinUnavailable {
		t.Error("another user of the kubeconfig is detached, too")
	}
	(&Target{Config: &rest.Config{}}).Detach() // there may be no such program
}
