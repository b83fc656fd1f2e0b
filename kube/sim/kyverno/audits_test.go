package kyverno

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAuditsWaitForPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := make(audits, 2)
		leave := places.enter(t.Context())
		places.enter(t.Context())
		entered := make(chan struct{})
		go func() {
			places.enter(t.Context())
			close(entered)
		}()
		synctest.Wait()
		select {
		case <-entered:
			t.Error("a third entered")
		default:
		}
		leave()
		<-entered

		start := time.Now()
		places.enter(t.Context())() // nobody leaves: it goes on without a place, and gives none back
		if waited := time.Since(start); waited != auditPatience || len(places) != 2 {
			t.Errorf("waited %v, %d places are taken", waited, len(places))
		}
	})
}

// TestWhoIsWaitedForDoesNotGiveWay: else clients would wait for tasks that wait for clients.
func TestWhoIsWaitedForDoesNotGiveWay(t *testing.T) {
	gave := 0
	places := make(audits, 4)
	giveWay := places.giveWay(func(context.Context) { gave++ })
	places.enter(t.Context())
	giveWay(t.Context())
	leave := places.enter(t.Context())
	giveWay(t.Context())
	leave()
	giveWay(t.Context())
	if gave != 2 {
		t.Errorf("gave way %d times, want 2: not while half of the places are taken", gave)
	}
}
