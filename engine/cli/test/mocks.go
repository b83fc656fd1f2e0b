package test

import (
	"context"
	"fmt"

	"podsec/engine"
	"podsec/engine/cli/manifest"
)

// mocks answer API calls with what a test wrote down, and pass on the others.
type mocks struct {
	answers []manifest.APICallResponse
	next    engine.APICaller
}

// Call implements engine.APICaller. An answer for the method counts before one for any.
func (m mocks) Call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	for _, key := range []string{method + ":" + path, path} {
		for i := range m.answers {
			answer := &m.answers[i]
			if answer.Key() != key {
				continue
			}
			if code := answer.Response.StatusCode; code != 0 && (code < 200 || code >= 300) {
				return nil, fmt.Errorf("HTTP %d from apiCall mock for %s (v1 apiCall treats non-2xx as failure)", code, path)
			}
			return answer.Response.Body.Raw, nil
		}
	}
	if m.next == nil {
		return nil, fmt.Errorf("no answer for %s %s", method, path)
	}
	return m.next.Call(ctx, method, path, body)
}
