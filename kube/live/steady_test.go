package live

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"podsec/kube"
	"podsec/kube/sim"
)

// TestAwayCluster: a command waits for a cluster that comes back, and who follows the cluster learns at once that it is
// away, what that means, and when it is over.
func TestAwayCluster(t *testing.T) {
	wire, config := wired(t, someCluster(t, sim.Baseline{}))
	c := opened(t, config, GateOptions{})
	states := kube.Watch(t.Context(), c.Config())
	await(t, states, "of the cluster", func(s kube.State) bool { return s.Err == nil && len(s.Namespaces) > 0 })
	wire.cut()
	await(t, states, "without the cluster", func(s kube.State) bool {
		return s.Err != nil && strings.Contains(s.Err.Error(), "no answer of the cluster: nothing listens where") && len(s.Namespaces) > 0
	})
	made := make(chan error, 1)
	go func() {
		_, err := clientOf(t, c.gate.Config()).CoreV1().Namespaces().Create(t.Context(),
			&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "patient"}}, metav1.CreateOptions{})
		made <- err
	}()
	_, err := clientOf(t, c.Config()).CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{})
	if !apierrors.IsServiceUnavailable(err) {
		t.Errorf("who follows the cluster is told: %v", err)
	}
	wire.join()
	if err := <-made; err != nil {
		t.Errorf("a command did not wait: %v", err)
	}
	await(t, states, "of the cluster that is back", func(s kube.State) bool {
		for _, n := range s.Namespaces {
			if n.Name == "patient" {
				return s.Err == nil
			}
		}
		return false
	})
}

// TestStandingStill: a cluster that answers late is waited for.
func TestStandingStill(t *testing.T) {
	wire, config := wired(t, someCluster(t, sim.Baseline{}))
	c := opened(t, config, GateOptions{})
	release := wire.hold()
	answered := make(chan error, 1)
	go func() {
		_, err := clientOf(t, c.Config()).CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{})
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Errorf("nothing was sent, and yet: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	release()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

// TestRefusingCluster: what a cluster answers that does not accept the credentials, or is not ready, reaches the client.
func TestRefusingCluster(t *testing.T) {
	code, config := refusing(t)
	c := opened(t, config, GateOptions{})
	namespaces := clientOf(t, c.Config()).CoreV1().Namespaces()
	for answer, is := range map[int32]func(error) bool{
		http.StatusUnauthorized:       apierrors.IsUnauthorized,
		http.StatusServiceUnavailable: func(err error) bool { return apierrors.ReasonForError(err) == "Service Unavailable" },
		0:                             func(err error) bool { return err == nil },
	} {
		code.Store(answer)
		if _, err := namespaces.Get(t.Context(), "default", metav1.GetOptions{}); !is(err) {
			t.Errorf("%d: %v", answer, err)
		}
	}
}

// TestRevoked: a cluster lets watches go on when it does not accept the credentials any more. Who follows it learns of that
// with the first request that is refused, a lab is not waited for in vain, and all goes on with credentials that are right.
func TestRevoked(t *testing.T) {
	code, config := refusing(t)
	c := opened(t, config, GateOptions{})
	states := kube.Watch(t.Context(), c.Config())
	await(t, states, "of the cluster", func(s kube.State) bool { return s.Err == nil && len(s.Namespaces) > 0 })
	code.Store(http.StatusUnauthorized)
	if _, err := clientOf(t, c.gate.Config()).CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{}); !apierrors.IsUnauthorized(err) {
		t.Errorf("a command is told: %v", err)
	}
	await(t, states, "without credentials", func(s kube.State) bool {
		return apierrors.IsUnauthorized(s.Lost()) && strings.Contains(Explain(s.Err).Problem, "does not accept the credentials") && len(s.Namespaces) > 0
	})
	if err := c.Prepare(t.Context(), Baseline{}); !apierrors.IsUnauthorized(err) {
		t.Errorf("a lab is prepared: %v", err)
	}
	code.Store(0)
	applyTo(t, c.gate.Config(), "{apiVersion: v1, kind: Namespace, metadata: {name: after}}")
	await(t, states, "with credentials", func(s kube.State) bool {
		return s.Err == nil && slices.ContainsFunc(s.Namespaces, func(n kube.Namespace) bool { return n.Name == "after" })
	})
}

// refusing is a cluster that answers new requests with the code that is stored, unless it is 0.
func refusing(t *testing.T) (*atomic.Int32, *rest.Config) {
	t.Helper()
	front, err := NewGate(t.Context(), someCluster(t, sim.Baseline{}), mustLedger(t), GateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = front.Close() })
	code, passing := &atomic.Int32{}, front.forward.Transport
	front.forward.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if code.Load() == 0 {
			return passing.RoundTrip(r)
		}
		answer := httptest.NewRecorder()
		refuse(answer, int(code.Load()), metav1.StatusReason(http.StatusText(int(code.Load()))), http.StatusText(int(code.Load())))
		return answer.Result(), nil
	})
	return code, front.Config()
}

// await reads states until one is as wanted.
func await(t *testing.T, states <-chan kube.State, what string, holds func(kube.State) bool) {
	t.Helper()
	deadline := time.After(3 * time.Minute) // a watch that failed is opened again after up to one
	for {
		select {
		case s := <-states:
			if holds(s) {
				return
			}
		case <-deadline:
			t.Fatal("no state " + what)
		}
	}
}

func mustLedger(t *testing.T) *Ledger {
	t.Helper()
	ledger, err := OpenLedger(t.TempDir(), "of-a-test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ledger.Close() })
	return ledger
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestSteady: what is sent again, and what is not.
func TestSteady(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for name, test := range map[string]struct {
		method string
		err    error
		waits  bool
		tries  int
	}{
		"nobody listens":              {method: "POST", err: refused, waits: true, tries: 3},
		"nobody listens, no patience": {method: "POST", err: refused, tries: 1},
		"no handshake":                {method: "DELETE", err: errors.New("net/http: TLS handshake timeout"), waits: true, tries: 3},
		"broken while reading":        {method: "GET", err: io.ErrUnexpectedEOF, waits: true, tries: 3},
		"broken while writing":        {method: "POST", err: io.ErrUnexpectedEOF, waits: true, tries: 1},
	} {
		tries, bodies := 0, ""
		s := &steady{pause: time.Microsecond, plain: roundTrip(func(r *http.Request) (*http.Response, error) {
			tries++
			if r.Body != nil {
				body, _ := io.ReadAll(r.Body)
				bodies += string(body)
			}
			if tries < 3 {
				return nil, test.err
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		})}
		ctx := t.Context()
		if test.waits {
			ctx = patiently(ctx, time.Minute)
		}
		r, err := http.NewRequestWithContext(ctx, test.method, "https://cluster", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := s.RoundTrip(r)
		if tries != test.tries || bodies != strings.Repeat("x", tries) || (err == nil) != (tries == 3) {
			t.Errorf("%s: %d times with %q, %v, %v", name, tries, bodies, answer, err)
		}
	}
}

// TestSteadyEnds: patience ends, and so does a request that is given up.
func TestSteadyEnds(t *testing.T) {
	s := &steady{pause: time.Microsecond, plain: roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	})}
	given, cancel := context.WithCancel(patiently(t.Context(), time.Hour))
	cancel()
	for name, ctx := range map[string]context.Context{"patience": patiently(t.Context(), time.Millisecond), "request": given} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://cluster", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RoundTrip(r); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSilence: what only reads is given up when patience ends; a watch and a change are not, while the connection lives.
func TestSilence(t *testing.T) {
	for name, test := range map[string]struct {
		method, query string
		given         bool
	}{
		"reading":   {http.MethodGet, "", true},
		"watching":  {http.MethodGet, "?watch=true", false},
		"following": {http.MethodGet, "?follow=true", false},
		"changing":  {http.MethodPost, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			talk := make(chan struct{})
			s := &steady{pause: time.Microsecond, plain: roundTrip(func(r *http.Request) (*http.Response, error) {
				select {
				case <-talk:
					return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			})}
			r, err := http.NewRequestWithContext(patiently(t.Context(), 0), test.method, "https://cluster"+test.query, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !test.given {
				time.AfterFunc(10*time.Millisecond, func() { close(talk) })
			}
			switch _, err = s.RoundTrip(r); {
			case test.given && (err == nil || Explain(err).Problem != "the cluster does not answer"):
				t.Errorf("it waited, or says something else: %v", err)
			case !test.given && err != nil:
				t.Errorf("it was given up: %v", err)
			}
		})
	}
}
