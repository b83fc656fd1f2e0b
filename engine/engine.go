package engine

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsec/engine/jmespath"
)

// ConfigMapGetter finds the ConfigMaps that context entries name.
type ConfigMapGetter interface {
	// ConfigMap returns a ConfigMap, or an error in the API server's words when there is none.
	ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error)
}

// APICaller makes the calls of context.apiCall entries to the Kubernetes API.
type APICaller interface {
	// Call sends a request ("GET", "/api/v1/namespaces/x/pods") and returns the body of a successful answer. For a call to
	// a service, path is the service's URL.
	Call(ctx context.Context, method, path string, body []byte) ([]byte, error)
}

// GlobalContextGetter finds the data of GlobalContextEntries.
type GlobalContextGetter interface {
	// GlobalContext returns the data of an entry, or of its projection ("" for none).
	GlobalContext(name, projection string) (any, error)
}

// ImageDataGetter fetches the manifest and configuration of images.
type ImageDataGetter interface {
	// ImageData returns what context.imageRegistry gives: image, resolvedImage, registry, repository, identifier,
	// manifestList, manifest and configData.
	ImageData(ctx context.Context, reference string) (map[string]any, error)
}

// Options are what an Engine may need from outside. Every field may be left out: a rule that needs what is missing
// gives an error as its result.
type Options struct {
	ConfigMaps ConfigMapGetter
	APICall    APICaller
	// Exceptions are the policy exceptions that count; which namespaces they may come from is the caller's business.
	Exceptions ExceptionLister
	// GlobalContext finds global context entries.
	GlobalContext GlobalContextGetter
	// Images fetches what context entries ask of image registries.
	Images ImageDataGetter
	// ImageVerifier checks the signatures of images for verifyImages rules.
	ImageVerifier ImageVerifier
	// ImageCache remembers what they verified; nil remembers nothing.
	ImageCache ImageCache
	// Values gives rules variables of their own.
	Values ValueSource
	// Offline leaves out context entries whose source is missing above, where otherwise their use is an error.
	Offline bool
	// NoTrace leaves the Trace of results empty, and rules that did not match out of validations, for callers that do not
	// explain: it is a good part of the work.
	NoTrace bool
	// Now is the clock of the JMESPath functions of time.
	Now func() time.Time
	// Rand is the source of the JMESPath function random. The engine locks it.
	Rand *rand.Rand
	// LookupIP resolves names for the JMESPath function is_external_url.
	LookupIP func(host string) ([]net.IP, error)
}

// Engine evaluates policies. It is safe for concurrent use.
type Engine struct {
	options     Options
	interpreter *jmespath.Interpreter
	templates   *templates
}

// New returns an engine.
func New(o Options) *Engine {
	silence()
	return &Engine{options: o, templates: &templates{}, interpreter: jmespath.New(jmespath.Options{
		Now: o.Now, Rand: o.Rand, LookupIP: o.LookupIP, NormalizeImage: normalizeImage,
	})}
}
