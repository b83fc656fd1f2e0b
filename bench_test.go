package main

import (
	"context"
	"sync"
	"testing"

	"podsec/assets"
	"podsec/tui/workshop"
)

// BenchmarkFirstFrame measures from the start of the program's own code (after package initialisation) to the first
// frame on the terminal: labs and progress are read, the cluster is not waited for.
func BenchmarkFirstFrame(b *testing.B) {
	b.Setenv("PODSEC_DATA_DIR", b.TempDir())
	for b.Loop() {
		frame := &firstWrite{came: make(chan struct{})}
		ctx, leave := context.WithCancel(context.Background())
		w, err := workshop.New(assets.Labs(), &workshop.Places{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		w.Options.Input, w.Options.Output = blocked{ctx}, frame
		w.Options.Environ = []string{"TERM=xterm-256color"}
		w.Options.Width, w.Options.Height = 120, 40
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		<-frame.came
		b.StopTimer()
		leave()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// firstWrite is a terminal that says when something was drawn on it.
type firstWrite struct {
	once sync.Once
	came chan struct{}
}

func (f *firstWrite) Write(p []byte) (int, error) {
	if len(p) > 200 { // queries to the terminal are shorter than a frame
		f.once.Do(func() { close(f.came) })
	}
	return len(p), nil
}

// blocked is a keyboard that nobody touches.
type blocked struct{ ctx context.Context }

func (b blocked) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}
