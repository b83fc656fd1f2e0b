package labs

import "context"

// Warmer is a Runner whose first command takes longer than the rest, unless it is told before.
type Warmer interface {
	// Warm makes ready for commands in dir with env added to their environment, until ctx ends.
	Warm(ctx context.Context, dir string, env []string)
}

// warm makes the shell ready for the lab's commands while the cluster is made ready. ready is closed when it is.
func (s *Session) warm(ctx context.Context) (ready <-chan struct{}) {
	done := make(chan struct{})
	shell, ok := s.shell.(Warmer)
	if !ok {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		shell.Warm(ctx, s.Dir(), s.environment())
	}()
	return done
}
