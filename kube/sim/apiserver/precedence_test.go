package apiserver

import (
	"context"
	"testing"
	"time"
)

func TestYieldWaitsForClients(t *testing.T) {
	s := &Server{}
	s.Yield(t.Context()) // nobody waits

	first, second := s.clients.begin(), s.clients.begin()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Yield(ctx) // the end of ctx is enough
	s.Yield(t.Context())
	if s.clients.free == nil {
		t.Error("requests are under way, but nobody is known to wait")
	}
	first()
	if s.clients.free == nil {
		t.Error("a request is under way, but nobody is known to wait")
	}
	second()
	if s.clients.free != nil {
		t.Error("no request is under way, but somebody is known to wait")
	}
	s.clients.begin()()
	s.Yield(t.Context())
}

// TestYieldWaitsAfterClients: several clients that got an answer are likely to ask again, so that the next step waits a
// little. After a client that was alone it does not.
func TestYieldWaitsAfterClients(t *testing.T) {
	s := &Server{}
	s.clients.begin()()
	if free, rest := s.clients.busy(); free != nil || rest != 0 {
		t.Errorf("after a request alone: %v, %s", free, rest)
	}
	first, second := s.clients.begin(), s.clients.begin()
	first()
	second()
	if free, rest := s.clients.busy(); free != nil || rest <= 0 && time.Since(s.clients.last) < quiet {
		t.Errorf("after a request: %v, %s", free, rest)
	}
	s.Yield(t.Context())
	if waited := time.Since(s.clients.last); waited < quiet {
		t.Errorf("waited %s, want %s", waited, quiet)
	}
	if free, rest := s.clients.busy(); free != nil || rest != 0 {
		t.Errorf("when nobody asked for long: %v, %s", free, rest)
	}
}
