package sim

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

// endpoint is where the API server listens and what a client needs to talk to it.
type endpoint struct {
	server *http.Server
	url    string
	ca     []byte
	token  string
	done   chan struct{} // closed when the server has stopped
}

// newToken returns a random bearer token of 130 bits.
func newToken() string { return rand.Text() }

// listen serves handler on a TCP address with TLS until close.
func listen(ctx context.Context, address string, handler http.Handler, token string) (*endpoint, error) {
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
	e := &endpoint{
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
		_ = e.server.ServeTLS(listener, "", "") // always http.ErrServerClosed after close
	}()
	return e, nil
}

// config returns a client configuration for the endpoint, without client-side throttling: the cluster is in memory.
func (e *endpoint) config() *rest.Config {
	return &rest.Config{
		Host:            e.url,
		BearerToken:     e.token,
		TLSClientConfig: rest.TLSClientConfig{CAData: e.ca},
		QPS:             -1,
	}
}

// close stops listening and ends all connections, watches included.
func (e *endpoint) close() error {
	err := e.server.Close()
	<-e.done
	if err != nil {
		return fmt.Errorf("stop API server: %w", err)
	}
	return nil
}
