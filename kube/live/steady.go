package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

const (
	// awayPatience is how long a command waits for a cluster that cannot be reached: an API server restarts within it.
	awayPatience = 30 * time.Second
	// awayPause is how long until a request is sent again.
	awayPause = 500 * time.Millisecond
)

// steady sends requests to a cluster that may be away for a while. A request that never left, and one that only reads,
// is sent again until the cluster answers or patience ends; nothing that the cluster may have done already is. A server
// that stands still is given up when patience ends by what only reads; what changes something, and what has nothing to
// say for long (watches), tells it by HTTP/2's pings, which only requests that upgrade their connection (exec,
// port-forward) cannot have.
type steady struct {
	plain   http.RoundTripper
	upgrade http.RoundTripper
	pause   time.Duration
	refused func() // is told that the cluster does not accept the credentials; nil for nobody
}

// newSteady connects to a cluster with its credentials.
func newSteady(cluster *rest.Config) (*steady, error) {
	plain, err := rest.TransportFor(cluster)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	config := rest.CopyConfig(cluster)
	config.NextProtos = []string{"http/1.1"}
	upgrade, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	return &steady{plain: plain, upgrade: upgrade, pause: awayPause}, nil
}

// waiting is the key of a context whose requests wait for a cluster that is away.
type waiting struct{}

// patiently has requests wait for a cluster that is away, but not longer than d.
func patiently(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, waiting{}, time.Now().Add(d))
}

// RoundTrip implements http.RoundTripper.
func (s *steady) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.insist(r)
	if err == nil && answer.StatusCode == http.StatusUnauthorized && s.refused != nil {
		s.refused()
	}
	return answer, err
}

// insist sends a request until the cluster answers, or for as long as it makes sense.
func (s *steady) insist(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Upgrade") != "" {
		return s.upgrade.RoundTrip(r)
	}
	ctx := r.Context()
	until, waits := ctx.Value(waiting{}).(time.Time)
	if !waits {
		return s.plain.RoundTrip(r)
	}
	again, err := repeatable(r)
	if err != nil {
		return nil, err
	}
	for {
		answer, err := s.send(again(), until)
		if err == nil || !unsent(err) && !reads(r) || time.Now().After(until) {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(s.pause):
		}
	}
}

// send sends a request once. Of one that only reads, and is no watch, the answer has to begin in time: kubectl gives such a
// request up a moment later, and then does not say why.
func (s *steady) send(r *http.Request, until time.Time) (*http.Response, error) {
	if query := r.URL.Query(); !reads(r) || query.Has("watch") || query.Has("follow") {
		return s.plain.RoundTrip(r)
	}
	ctx, giveUp := context.WithCancel(r.Context()) // ends with the request: until then the answer's body is read
	late := time.AfterFunc(time.Until(until), giveUp)
	defer late.Stop()
	answer, err := s.plain.RoundTrip(r.WithContext(ctx))
	if errors.Is(err, context.Canceled) && r.Context().Err() == nil {
		err = fmt.Errorf("wait for answer: %w", context.DeadlineExceeded)
	}
	return answer, err
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// repeatable returns what makes a request that can be sent each time it is called.
func repeatable(r *http.Request) (func() *http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() *http.Request { return r.Clone(r.Context()) }, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err := errors.Join(err, r.Body.Close()); err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if len(data) > maxBody {
		return nil, tooLarge()
	}
	return func() *http.Request {
		next := r.Clone(r.Context())
		next.Body, next.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
		return next
	}, nil
}

// unsent reports whether an error says that a request never reached the cluster: there was no connection to send it on.
func unsent(err error) bool {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return true
	}
	return err.Error() == "net/http: TLS handshake timeout"
}
