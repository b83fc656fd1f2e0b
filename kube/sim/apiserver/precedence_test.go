package apiserver

import (
	"context"
	"testing"
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
