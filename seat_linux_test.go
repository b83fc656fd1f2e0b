package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"podsec/assets"
	"podsec/labs"
	"podsec/tui/virtual"
)

// script is what a learner's shell does: it starts podsec as a job, says how it was left, and goes on with it when
// somebody presses enter.
const script = `set -m
podsec 02-pod-labels
while test $? -gt 128; do echo "[suspended]"; read -r line; fg; done
echo "[ended]"
read -r line
`

// seat is podsec in a shell at a terminal of the operating system, with a home of its own.
type seat struct {
	learner
	home    string
	tty     *os.File
	shell   *exec.Cmd
	steps   []labs.Step
	before  unix.Termios // how the terminal was set
	printed *printed
}

// printed is what came to the terminal.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) contains(s string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.text.Bytes(), []byte(s))
}

// clear forgets what was printed.
func (p *printed) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Reset()
}

const seatWidth, seatHeight = 110, 35

// takeSeat starts podsec and waits until its lab is open.
func takeSeat(t *testing.T) *seat {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts the whole program")
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	all, err := labs.Load(assets.Labs())
	if err != nil {
		t.Fatal(err)
	}
	lab, err := labs.Find(all, "02-pod-labels")
	if err != nil {
		t.Fatal(err)
	}
	s := &seat{home: t.TempDir(), printed: &printed{}, steps: lab.Steps}
	s.learner = learner{T: t, terminal: virtual.NewTerminal(seatWidth, seatHeight)}
	if err := os.Mkdir(filepath.Join(s.home, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.shell = exec.Command(sh, "-c", script)
	s.shell.Env = append(os.Environ(), "HOME="+s.home, "TMPDIR="+filepath.Join(s.home, "tmp"), "PODSEC_DATA_DIR="+s.data(),
		"KUBECONFIG="+filepath.Join(s.home, "kubeconfig"), "TERM=xterm-256color", "NO_COLOR=", "ENV=")
	master, slave, err := openTerminal()
	if err != nil {
		t.Skipf("no terminal can be opened: %v", err)
	}
	s.tty, s.before = master, terminalState(t, master)
	s.resize(seatWidth, seatHeight)
	s.shell.Stdin, s.shell.Stdout, s.shell.Stderr = slave, slave, slave
	s.shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.shell.Start(); err != nil {
		t.Fatal(err)
	}
	_ = slave.Close() // the shell has it
	go func() { _, _ = io.Copy(io.MultiWriter(s.printed, s.terminal), master) }()
	go func() { _, _ = io.Copy(master, s.terminal) }()
	t.Cleanup(s.clearAway)
	s.waitUntil("the lab is open", func(screen string) bool {
		return strings.Contains(screen, "● ready") && strings.Contains(screen, s.place(0)) && !strings.Contains(screen, "preparing")
	})
	return s
}

// place is how the screen says which step it shows.
func (s *seat) place(step int) string { return fmt.Sprintf("%d/%d", step+1, len(s.steps)) }

// goTo goes on to a step.
func (s *seat) goTo(step int) {
	s.Helper()
	for i := 1; i <= step; i++ {
		s.press("n")
		s.see(s.place(i))
	}
}

func (s *seat) data() string { return filepath.Join(s.home, "data") }

// clearAway ends what a failed test left running.
func (s *seat) clearAway() {
	_ = s.tty.Close()
	_ = s.terminal.Close()
	for _, pid := range s.processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = s.shell.Wait() // how it ended does not matter
}

// resize changes the size of the terminal; the program is told by a signal.
func (s *seat) resize(width, height int) {
	s.Helper()
	err := control(s.tty, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)})
	})
	if err != nil {
		s.Fatal(err)
	}
}

// paste sends text as a terminal does that tells pasted text from typed.
func (s *seat) paste(text string) { s.press("\x1b[200~" + text + "\x1b[201~") }

// processes are those that were started from this seat.
func (s *seat) processes() []int {
	var found []int
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		environ, _ := os.ReadFile(filepath.Join("/proc", entry.Name(), "environ")) // it may be gone by now, or another user's
		if bytes.Contains(environ, []byte("PODSEC_DATA_DIR="+s.data()+"\x00")) {
			found = append(found, pid)
		}
	}
	return found
}

// podsec is the process of the app: the one that the shell started.
func (s *seat) podsec() int {
	s.Helper()
	for _, pid := range s.processes() {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(stat), ") ") // state, parent, …
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(s.shell.Process.Pid) {
			return pid
		}
	}
	s.Fatal("podsec does not run")
	return 0
}

// mustBeRestored says that the terminal is as the shell had it.
func (s *seat) mustBeRestored() {
	s.Helper()
	for what, sequence := range map[string]string{
		"the main screen": "\x1b[?1049l", "the cursor": "\x1b[?25h", "no mouse": "\x1b[?1002l", "plain pasting": "\x1b[?2004l",
	} {
		if !s.printed.contains(sequence) {
			s.Errorf("%s was not restored", what)
		}
	}
	if diff := cmp.Diff(s.before, terminalState(s.T, s.tty)); diff != "" {
		s.Errorf("the terminal is set differently (-before +after):\n%s", diff)
	}
}

// mustBeGone says that nothing of podsec is left but the learner's progress.
func (s *seat) mustBeGone(shell bool) {
	s.Helper()
	s.waitUntil("all processes ended", func(string) bool {
		return !slices.ContainsFunc(s.processes(), func(pid int) bool { return !shell || pid != s.shell.Process.Pid })
	})
	var left []string
	err := filepath.WalkDir(s.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(s.home, path)
			left = append(left, name)
		}
		return err
	})
	if diff := cmp.Diff([]string{"data/progress.json", "data/progress.lock"}, left); diff != "" || err != nil {
		s.Errorf("what is left (-want +got):\n%s%v", diff, err)
	}
}

// mustKeep says that the learner's place in the lab was kept.
func (s *seat) mustKeep(step string) {
	s.Helper()
	progress, notice, err := labs.OpenProgress(s.data())
	if err != nil || notice != "" {
		s.Fatal(notice, err)
	}
	if got := progress.Lab("simulated", "02-pod-labels").Step; got != step {
		s.Errorf("the learner is kept at %q, want %q", got, step)
	}
}
