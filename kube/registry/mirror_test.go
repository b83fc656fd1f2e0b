package registry_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"podsec/kube/process"
	"podsec/kube/registry"
)

// TestTransport asks for names and looks at which server answers, and for which name.
func TestTransport(t *testing.T) {
	server := func(name string) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, name+" as "+r.Host+r.URL.Path)
		}))
		t.Cleanup(s.Close)
		return s
	}
	ecr, hub := server("ecr"), server("hub")
	mirrors := "*.dkr.ecr.*.amazonaws.com=" + ecr.URL + ",index.docker.io=" + hub.URL
	through, err := registry.Transport(http.DefaultTransport, mirrors)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: through}
	for address, want := range map[string]string{
		"https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/shop": "ecr as 111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/shop",
		"https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/":                "ecr as 1.dkr.ecr.eu-west-1.amazonaws.com/v2/",
		"https://index.docker.io/v2/":                                  "hub as index.docker.io/v2/",
		hub.URL + "/v2/":                                               "hub as " + hub.Listener.Addr().String() + "/v2/",
	} {
		response, err := client.Get(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if string(body) != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", address, body, err, want)
		}
		if got := response.Request.URL.String(); got != address {
			t.Errorf("%s: the answer is of %s", address, got)
		}
	}
}

func TestTransportWithoutMirrors(t *testing.T) {
	got, err := registry.Transport(http.DefaultTransport, "")
	if got != http.DefaultTransport || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTransportRefuses(t *testing.T) {
	for _, mirrors := range []string{"host", "=http://127.0.0.1", "host=", "host=127.0.0.1", "a=http://127.0.0.1,", "host=http://%zz"} {
		if _, err := registry.Transport(http.DefaultTransport, mirrors); err == nil {
			t.Errorf("%q was accepted", mirrors)
		}
	}
}

func TestOptions(t *testing.T) {
	options, err := registry.Options(t.Context(), process.IO{})
	if err != nil || len(options) == 0 {
		t.Errorf("got %d options, %v", len(options), err)
	}
	if _, err := registry.Options(t.Context(), process.IO{Env: []string{registry.MirrorVariable + "=host"}}); err == nil {
		t.Error("a wrong environment was accepted")
	}
}
