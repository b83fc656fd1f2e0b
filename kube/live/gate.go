package live

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"

	"k8s.io/client-go/rest"

	"podsec/kube/inspect"
	"podsec/kube/loopback"
)

// GateOptions say what a gate lets through.
type GateOptions struct {
	// ClusterWide leaves Kyverno policies as they are written; otherwise they are confined to the workshop's namespaces.
	ClusterWide bool
	// Agreed says that the user agreed to policies for the whole cluster beforehand. Otherwise each is refused once, with
	// what it would affect.
	Agreed bool
}

// Gate is an API server's front on loopback: the commands of labs talk to it instead of the cluster. It is safe for
// concurrent use.
type Gate struct {
	options  GateOptions
	ledger   *Ledger
	client   *http.Client // to the cluster, with its credentials
	base     *url.URL
	forward  *httputil.ReverseProxy
	endpoint *loopback.Endpoint
	token    string
	followed followed

	assess     assessor // nil when policies are confined anyway
	agreements agreements
}

// NewGate serves a gate to the target until Close; the end of ctx stops only the start. What is made is written to the
// ledger first.
func NewGate(ctx context.Context, cluster *rest.Config, ledger *Ledger, o GateOptions) (*Gate, error) {
	transport, err := newSteady(cluster)
	if err != nil {
		return nil, err
	}
	base, _, err := rest.DefaultServerUrlFor(cluster)
	if err != nil {
		return nil, fmt.Errorf("read address of cluster: %w", err)
	}
	g := &Gate{
		options: o, ledger: ledger, client: &http.Client{Transport: transport}, base: base, token: loopback.NewToken(),
	}
	if o.ClusterWide && !o.Agreed {
		if g.assess, err = inspect.New(cluster); err != nil {
			return nil, err
		}
	}
	g.forward = &httputil.ReverseProxy{
		Rewrite:       g.rewrite,
		Transport:     transport,
		FlushInterval: -1, // watches
		ErrorHandler:  unanswered,
		ErrorLog:      log.New(io.Discard, "", 0), // a watch that breaks is said to the client; stderr is the learner's screen
	}
	transport.refused = g.followed.end
	if g.endpoint, err = loopback.Listen(ctx, "127.0.0.1:0", http.HandlerFunc(g.serve), g.token); err != nil {
		return nil, err
	}
	return g, nil
}

// Config is how a client connects through the gate. Its requests wait a while for a cluster that is away.
func (g *Gate) Config() *rest.Config { return g.endpoint.Config() }

// observer is the user agent of clients that are to learn at once that the cluster is away.
const observer = "podsec-observer"

// Observer is how a client connects that follows the cluster, and tries again by itself.
func (g *Gate) Observer() *rest.Config {
	config := g.endpoint.Config()
	config.UserAgent = observer
	return config
}

// WriteKubeconfig writes a kubeconfig that leads through the gate.
func (g *Gate) WriteKubeconfig(path string) error { return g.endpoint.WriteKubeconfig(path) }

// Close ends the gate and the connections through it.
func (g *Gate) Close() error { return g.endpoint.Close() }

// rewrite sends a request on to the cluster. The client's token is the gate's own and goes no further.
func (g *Gate) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(g.base)
	r.Out.Header.Del("Authorization")
}

func (g *Gate) serve(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+g.token)) != 1 {
		refuse(w, http.StatusUnauthorized, "Unauthorized", "Unauthorized")
		return
	}
	if r.UserAgent() != observer {
		r = r.WithContext(patiently(r.Context(), awayPatience))
	} else if r.URL.Query().Has("watch") {
		ctx, release := g.followed.with(r.Context())
		defer release()
		r = r.WithContext(ctx)
	}
	q, resource := parse(r)
	err := g.judge(r, q, resource)
	if err == nil {
		err = g.needAgreement(r, q)
	}
	if err != nil {
		unanswered(w, r, err)
		return
	}
	if q.verb == "create" && !q.read() && resource {
		w = &noting{ResponseWriter: w, ledger: g.ledger, entry: entryOf(q)}
	}
	g.forward.ServeHTTP(w, r)
}
