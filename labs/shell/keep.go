package shell

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"mvdan.cc/sh/v3/interp"

	"podsec/kube/kept"
)

// most is how many idle processes are kept: a pipeline has two commands more often than three.
const most = 2

// keeper keeps processes of Self for commands that have the same folder and environment.
type keeper struct {
	mu   sync.Mutex
	idle []keptProcess
}

type keptProcess struct {
	*kept.Process
	key string
}

// take takes an idle process that is like the command, or starts one.
func (k *keeper) take(cmd *exec.Cmd) (keptProcess, error) {
	key := cmd.Dir + "\x00" + strings.Join(cmd.Env, "\x00")
	k.mu.Lock()
	k.idle = slices.DeleteFunc(k.idle, ended)
	for i, p := range k.idle {
		if p.key == key {
			k.idle = append(k.idle[:i:i], k.idle[i+1:]...)
			k.mu.Unlock()
			return p, nil
		}
	}
	k.mu.Unlock()
	p, err := kept.Start(cmd)
	return keptProcess{p, key}, err
}

// ended says whether a process has ended, as they do when they were not asked for a while, and lets go of it.
func ended(p keptProcess) bool {
	select {
	case <-p.Exited():
		p.Close()
		return true
	default:
		return false
	}
}

// put keeps a process for the next command. The oldest goes when there are too many.
func (k *keeper) put(p keptProcess) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.idle = append(k.idle, p); len(k.idle) > most {
		k.idle[0].Close()
		k.idle = k.idle[1:]
	}
}

// errNotKept says that a command has not begun, and has to be run in a process of its own.
var errNotKept = errors.New("run command: not in a process that is kept")

// execute runs a command of Self in a process that is kept, and keeps that for the next.
func (k *keeper) execute(ctx context.Context, hc interp.HandlerContext, self string, args []string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s, err := streamsOf(hc)
	if err != nil {
		return errNotKept
	}
	defer s.end()
	cmd := exec.Command(self, args[0]) //nolint:gosec,noctx // it is this program, and outlives the command
	cmd.Args[0] = args[0]
	cmd.Env, cmd.Dir = environment(hc.Env), hc.Dir
	ownGroup(cmd)
	p, err := k.begin(ctx, cmd, args[1:], s)
	if err != nil {
		return err
	}
	s.sent()
	status, more, err := p.Wait(ctx)
	if ctx.Err() != nil {
		stop(p)
		return ctx.Err()
	}
	if more {
		k.put(p)
	} else {
		p.Close()
	}
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		return exitStatus(statusOf(failed))
	}
	return exitStatus(status)
}

// begin hands a command over. Its error is ctx's, or errNotKept.
func (k *keeper) begin(ctx context.Context, cmd *exec.Cmd, args []string, s *streams) (keptProcess, error) {
	p, err := k.take(cmd)
	if err != nil {
		return p, errNotKept
	}
	waiting := context.AfterFunc(ctx, func() { killGroup(p.Command()) }) // it may never answer
	err = p.Send(args, s.in, s.out, s.err)
	waiting()
	switch {
	case err == nil:
		return p, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		err = errNotKept
	}
	p.Close()
	return p, err
}

// stop ends a process and what it started: politely, and then not.
func stop(p keptProcess) {
	cmd := p.Command()
	_ = stopGroup(cmd) // that it is gone is fine
	select {
	case <-p.Exited():
	case <-time.After(grace):
	}
	killGroup(cmd)
	p.Close()
}

// streams are the files that a command gets as its standard streams, and what copies them.
type streams struct {
	in, out, err *os.File

	given   []*os.File // closed once the command has copies
	readers []*os.File
	copies  sync.WaitGroup
}

// streamsOf makes files of a command's streams; streams that are files are what they are.
func streamsOf(hc interp.HandlerContext) (s *streams, err error) {
	s = &streams{}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	if s.in, err = s.input(hc.Stdin); err != nil {
		return nil, err
	}
	if s.out, err = s.output(hc.Stdout); err != nil {
		return nil, err
	}
	if s.err = s.out; hc.Stderr != hc.Stdout {
		s.err, err = s.output(hc.Stderr)
	}
	return s, err
}

func (s *streams) input(from io.Reader) (*os.File, error) {
	if file, ok := from.(*os.File); ok {
		return file, nil
	}
	if from != nil {
		return nil, errors.New("read from what is not a file")
	}
	null, err := os.Open(os.DevNull)
	if err == nil {
		s.given = append(s.given, null)
	}
	return null, err
}

func (s *streams) output(to io.Writer) (*os.File, error) {
	if file, ok := to.(*os.File); ok {
		return file, nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.given, s.readers = append(s.given, writer), append(s.readers, reader)
	s.copies.Go(func() { _, _ = io.Copy(to, reader) }) // it ends when the command lets go of the stream
	return writer, nil
}

// sent closes what the command has copies of.
func (s *streams) sent() {
	for _, file := range s.given {
		_ = file.Close() // nothing was written to it
	}
	s.given = nil
}

// end waits until everything is copied, but not for long: what a command left behind may hold its output open.
func (s *streams) end() {
	s.sent()
	limit := time.AfterFunc(holdOn, func() {
		for _, reader := range s.readers {
			_ = reader.SetReadDeadline(time.Now()) // pipes have deadlines
		}
	})
	s.copies.Wait()
	limit.Stop()
	for _, reader := range s.readers {
		_ = reader.Close() // it is read to the end
	}
}
