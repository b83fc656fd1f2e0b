//go:build unix

package kept

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// idle is how long a process waits for the next command.
const idle = 20 * time.Second

// Serving says whether this process was started by Start.
func Serving() bool { return os.Getenv(variable) != "" }

// Serve runs commands one after the other until whoever started the process is gone, or has not asked for a while. run
// returns a command's exit status, and whether the process is fit for another command.
func Serve(run func(args []string) (status int, fit bool)) error {
	number, err := strconv.Atoi(os.Getenv(variable))
	if err != nil {
		return fmt.Errorf("serve commands: %w", err)
	}
	if err := os.Unsetenv(variable); err != nil { // what commands start does not serve
		return fmt.Errorf("serve commands: %w", err)
	}
	syscall.CloseOnExec(number)
	file := os.NewFile(uintptr(number), "control")
	conn, err := net.FileConn(file)
	if err != nil {
		return fmt.Errorf("serve commands: %w", err)
	}
	_ = file.Close() // the connection has a copy
	control, ok := conn.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("serve commands: file %d is a %T", number, conn)
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("serve commands: %w", err)
	}
	for {
		if fit, err := serveOne(control, dir, run); err != nil || !fit {
			return err
		}
	}
}

// serveOne runs one command in a folder, which may have been made anew since the last one; that there is none is not an
// error.
func serveOne(control *net.UnixConn, dir string, run func([]string) (int, bool)) (fit bool, err error) {
	if err := control.SetReadDeadline(time.Now().Add(idle)); err != nil {
		return false, fmt.Errorf("wait for command: %w", err)
	}
	r := &receiver{from: control}
	args, err := decode(r)
	if err != nil || len(r.files) != 3 {
		return false, nil //nolint:nilerr // nobody asks any more
	}
	if err := os.Chdir(dir); err != nil {
		return false, fmt.Errorf("enter folder: %w", err)
	}
	if err := r.become(); err != nil {
		return false, err
	}
	if _, err := control.Write([]byte{taken}); err != nil {
		return false, fmt.Errorf("answer: %w", err)
	}
	status, fit := run(args)
	if err := release(); err != nil {
		return false, err
	}
	answer := []byte{last, byte(status)}
	if fit {
		answer[0] = again
	}
	if _, err := control.Write(answer); err != nil {
		return false, fmt.Errorf("answer: %w", err)
	}
	return fit, nil
}

// receiver reads a message, and the files that come with its first bytes.
type receiver struct {
	from  *net.UnixConn
	files []int
}

// Read implements io.Reader.
func (r *receiver) Read(p []byte) (int, error) {
	rights := make([]byte, syscall.CmsgSpace(3*4))
	n, size, _, _, err := r.from.ReadMsgUnix(p, rights)
	if err != nil {
		return n, err
	}
	messages, err := syscall.ParseSocketControlMessage(rights[:size])
	if err != nil {
		return n, err
	}
	for _, m := range messages {
		files, err := syscall.ParseUnixRights(&m)
		if err != nil {
			return n, err
		}
		r.files = append(r.files, files...)
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// become makes the files that came the standard streams of the process.
func (r *receiver) become() error {
	for stream, file := range r.files {
		if err := unix.Dup2(file, stream); err != nil {
			return fmt.Errorf("take over streams: %w", err)
		}
		if err := unix.SetNonblock(stream, false); err != nil { // as a process of its own would have it
			return fmt.Errorf("take over streams: %w", err)
		}
		_ = unix.Close(file) // the stream is a copy
	}
	return nil
}

// release lets go of the streams of a command.
func release() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("release streams: %w", err)
	}
	defer null.Close()
	for stream := range 3 {
		if err := unix.Dup2(int(null.Fd()), stream); err != nil {
			return fmt.Errorf("release streams: %w", err)
		}
	}
	return nil
}
