package live

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Entry is a line of the ledger: an object that the workshop is about to make.
type Entry struct {
	At        time.Time `json:"at"`
	Group     string    `json:"group,omitempty"`
	Version   string    `json:"version"`
	Resource  string    `json:"resource"`
	Namespace string    `json:"namespace,omitempty"`
	Name      string    `json:"name"`          // "" while the cluster is to choose it
	UID       types.UID `json:"uid,omitempty"` // "" before the cluster answered
}

// GVR is the entry's resource.
func (e Entry) GVR() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: e.Group, Version: e.Version, Resource: e.Resource}
}

// Ledger is the file in which everything is written that the workshop makes on one cluster. A line is on the disk
// before the cluster is asked, so that a killed process forgets nothing.
type Ledger struct {
	path string

	mu      sync.Mutex
	file    *os.File
	entries []Entry
	uids    map[types.UID]bool
}

// OpenLedger opens the ledger of a cluster in the folder dir, which need not exist. Clusters are told apart by the UID
// of their namespace kube-system: a context may be renamed, and another cluster may take its name.
func OpenLedger(dir string, cluster types.UID) (*Ledger, error) {
	folder := filepath.Join(dir, "clusters")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for ledger: %w", err)
	}
	l := &Ledger{path: filepath.Join(folder, string(cluster)+".jsonl"), uids: map[types.UID]bool{}}
	if err := l.read(); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	l.file = file
	return l, nil
}

// read takes in what is there. A last line that was cut off by a crash stands for a request that was never sent.
func (l *Ledger) read() error {
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var e Entry
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			l.keep(e)
		}
	}
	return lines.Err()
}

func (l *Ledger) keep(e Entry) {
	l.entries = append(l.entries, e)
	if e.UID != "" {
		l.uids[e.UID] = true
	}
}

// Write adds an entry; it is on the disk when Write returns.
func (l *Ledger) Write(e Entry) error {
	e.At = time.Now().UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode ledger entry: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	l.keep(e)
	return nil
}

// Made reports whether the workshop made the object with the UID.
func (l *Ledger) Made(uid types.UID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.uids[uid]
}

// Entries are all entries, oldest first.
func (l *Ledger) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Entry(nil), l.entries...)
}

// Clear empties the ledger, once everything in it is gone.
func (l *Ledger) Clear() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("empty ledger: %w", err)
	}
	l.entries, l.uids = nil, map[types.UID]bool{}
	return nil
}

// Close closes the file.
func (l *Ledger) Close() error { return l.file.Close() }
