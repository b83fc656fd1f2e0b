package registry

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// MirrorVariable is the environment variable that leads names of registries to other addresses.
const MirrorVariable = "PODSEC_REGISTRY_MIRROR"

// mirror leads the hosts of a pattern to a URL.
type mirror struct {
	hosts string // a pattern, with the dots as slashes
	to    *url.URL
}

// Transport is a transport that leads requests to where mirrors say ("HOST=URL,…", as the environment has it); all
// others go on to base. It reports a text that is not of that form.
func Transport(base http.RoundTripper, mirrors string) (http.RoundTripper, error) {
	if mirrors == "" {
		return base, nil
	}
	t := &transport{base: base}
	for entry := range strings.SplitSeq(mirrors, ",") {
		host, address, found := strings.Cut(entry, "=")
		to, err := url.Parse(address)
		if !found || host == "" || err != nil || to.Host == "" {
			return nil, fmt.Errorf("read %s: %q is not HOST=URL", MirrorVariable, entry)
		}
		t.mirrors = append(t.mirrors, mirror{slashed(host), to})
	}
	return t, nil
}

// slashed makes the parts of a name what path.Match takes for parts.
func slashed(host string) string { return strings.ReplaceAll(host, ".", "/") }

type transport struct {
	base    http.RoundTripper
	mirrors []mirror
}

// RoundTrip implements http.RoundTripper. The Host header keeps the name that was asked for, and so does the answer:
// clients follow relative locations from there, and send credentials only to the name that they know.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	for _, m := range t.mirrors {
		if matched, _ := path.Match(m.hosts, slashed(request.URL.Host)); matched { // a bad pattern matches nothing
			led := request.Clone(request.Context())
			if led.Host == "" {
				led.Host = request.URL.Host
			}
			led.URL.Scheme, led.URL.Host = m.to.Scheme, m.to.Host
			response, err := t.base.RoundTrip(led)
			if err == nil {
				response.Request = request // a relative Location leads on from the name, with its credentials
			}
			return response, err
		}
	}
	return t.base.RoundTrip(request)
}
