package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"

	"podsec/kube/registry"
)

// Gate is AWS's front on loopback: the commands of labs talk to it instead of to KMS, ECR and STS, with keys of its own
// that are good for nothing else. It lets through what only reads, writes into the ledger what is made, and refuses to
// use or to change what the workshop did not make. What it lets through is signed with the user's credentials, which no
// command gets to see. It is safe for concurrent use.
type Gate struct {
	options  GateOptions
	target   *Target
	ledger   *Ledger
	owner    *owner
	rules    map[string]rule
	upstream *upstream
	images   *httputil.ReverseProxy
	server   *http.Server
	address  string
	keyID    string   // of the gate's own access key, which nobody can guess
	pushable sync.Map // names of repositories that were found to be the workshop's
	done     chan struct{}
}

// GateOptions say how a gate reaches AWS.
type GateOptions struct {
	// Mirrors lead names of registries elsewhere, as in registry.MirrorVariable; "" for nowhere.
	Mirrors string
}

// maxBody is more than any request that is let through may be long.
const maxBody = 1 << 20

// NewGate serves a gate to the target until Close; the end of ctx stops only the start. What is made is written to the
// ledger first.
func NewGate(ctx context.Context, t *Target, ledger *Ledger, o GateOptions) (*Gate, error) {
	to, err := registry.Transport(http.DefaultTransport, o.Mirrors)
	if err != nil {
		return nil, err
	}
	up, err := newUpstream(ctx, t.Config)
	if err != nil {
		return nil, err
	}
	g := &Gate{
		options: o, target: t, ledger: ledger, owner: newOwner(t.Config, ledger.known), upstream: up,
		keyID: "PODSEC" + rand.Text(), done: make(chan struct{}),
	}
	g.rules = g.allRules()
	g.images = &httputil.ReverseProxy{Rewrite: toRegistry, Transport: to, ErrorHandler: noRegistry, ErrorLog: log.New(io.Discard, "", 0)}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	g.address = "http://" + listener.Addr().String()
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(g.done)
		_ = g.server.Serve(listener) // always http.ErrServerClosed after Close
	}()
	return g, nil
}

// Close ends the gate and the connections through it.
func (g *Gate) Close() error {
	err := g.server.Close()
	<-g.done
	return err
}

// Environment leads commands to the gate ("KEY=value").
func (g *Gate) Environment() []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + g.keyID,
		"AWS_SECRET_ACCESS_KEY=podsec", // it signs for the gate, which goes by the unguessable id
		"AWS_REGION=" + g.target.Region,
		"AWS_DEFAULT_REGION=" + g.target.Region,
		"AWS_ACCOUNT_ID=" + g.target.ID,
		"AWS_ENDPOINT_URL_KMS=" + g.address,
		"AWS_ENDPOINT_URL_ECR=" + g.address,
		"AWS_ENDPOINT_URL_STS=" + g.address,
		registry.MirrorVariable + "=" + g.mirrors(),
	}
}

// mirrors leads images of the account to the gate, and others where the user has them led.
func (g *Gate) mirrors() string {
	own := g.target.registry() + "=" + g.address
	if g.options.Mirrors == "" {
		return own
	}
	return own + "," + g.options.Mirrors
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host == g.target.registry() {
		g.serveRegistry(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)
		return
	}
	q := parse(r, body)
	if no := g.admit(r); no != nil {
		q.refuse(w, no)
		return
	}
	if err := g.serveAPI(w, r, q); err != nil {
		var no *refused
		if !errors.As(err, &no) {
			no = unasked(err)
		}
		q.refuse(w, no)
	}
}

// scope is what a signed request says about itself: "Credential=KEY/DATE/REGION/SERVICE/aws4_request".
func scope(r *http.Request) (key, region string) {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(credential, "/")
	if len(parts) < 3 {
		return "", ""
	}
	return parts[0], parts[2]
}

// admit refuses who was not given the gate's environment, and who means another region.
func (g *Gate) admit(r *http.Request) *refused {
	key, region := scope(r)
	switch {
	case subtle.ConstantTimeCompare([]byte(key), []byte(g.keyID)) != 1:
		return refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
	case region != g.target.Region:
		return refusal("AccessDeniedException", "podsec works in %s only, and not in %s; AWS was not asked", g.target, region)
	}
	return nil
}

// serveAPI sends a request on, if it may be.
func (g *Gate) serveAPI(w http.ResponseWriter, r *http.Request, q *question) error {
	judge := g.rules[q.service+":"+q.operation]
	if judge == nil {
		return forbidden("podsec does not know whether %s:%s would touch what the workshop did not make", q.service, q.operation)
	}
	after, err := judge(r.Context(), q)
	if err != nil {
		return err
	}
	answer, err := g.upstream.send(r, q)
	if err != nil {
		return err
	}
	if after != nil && answer.status == http.StatusOK {
		if err := after(answer.body); err != nil {
			return err
		}
	}
	answer.write(w)
	return nil
}
