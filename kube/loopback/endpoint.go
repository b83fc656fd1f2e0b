// Package loopback serves an API server to the programs of one user on this machine: TLS, a bearer token and a
// kubeconfig that nobody else can read.
package loopback

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

// Endpoint is where a server listens and what a client needs to talk to it.
type Endpoint struct {
	server *http.Server
	url    string
	ca     []byte
	token  string
	done   chan struct{} // closed when the server has stopped
}

// NewToken returns a random bearer token of 130 bits.
func NewToken() string { return rand.Text() }

// Listen serves handler on a TCP address with TLS until Close. The handler checks the token; clients are told to send it.
// The end of ctx stops only the start.
func Listen(ctx context.Context, address string, handler http.Handler, token string) (*Endpoint, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	host, _, _ := net.SplitHostPort(listener.Addr().String())
	pair, ca, err := certificate([]string{host, "127.0.0.1", "::1", "localhost"}, time.Now())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	e := &Endpoint{
		url:   "https://" + listener.Addr().String(),
		ca:    ca,
		token: token,
		done:  make(chan struct{}),
		server: &http.Server{
			Handler:           handler,
			TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          log.New(io.Discard, "", 0), // a client's broken handshake is no concern of the learner's
		},
	}
	go func() {
		defer close(e.done)
		_ = e.server.ServeTLS(listener, "", "") // always http.ErrServerClosed after Close
	}()
	return e, nil
}

// Config returns a client configuration for the Endpoint, without client-side throttling: it is near.
func (e *Endpoint) Config() *rest.Config {
	return &rest.Config{
		Host:            e.url,
		BearerToken:     e.token,
		TLSClientConfig: rest.TLSClientConfig{CAData: e.ca},
		QPS:             -1,
	}
}

// Close stops listening and ends all connections, watches included.
func (e *Endpoint) Close() error {
	err := e.server.Close()
	<-e.done
	if err != nil {
		return fmt.Errorf("stop server: %w", err)
	}
	return nil
}

// CA is the certificate that clients must trust, PEM.
func (e *Endpoint) CA() []byte { return e.ca }
