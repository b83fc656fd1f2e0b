package live

import (
	"path/filepath"
	"slices"
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

// Ledger is the file in which everything is written that the workshop makes on one cluster, before the cluster is asked.
type Ledger struct{ journal *Journal[Entry] }

// OpenLedger opens the ledger of a cluster in the folder dir, which need not exist. Clusters are told apart by the UID
// of their namespace kube-system: a context may be renamed, and another cluster may take its name.
func OpenLedger(dir string, cluster types.UID) (*Ledger, error) {
	journal, err := OpenJournal[Entry](filepath.Join(dir, "clusters", string(cluster)+".jsonl"))
	if err != nil {
		return nil, err
	}
	return &Ledger{journal}, nil
}

// Write adds an entry; it is on the disk when Write returns.
func (l *Ledger) Write(e Entry) error {
	e.At = time.Now().UTC()
	return l.journal.Write(e)
}

// Made reports whether the workshop made the object with the UID.
func (l *Ledger) Made(uid types.UID) bool {
	return uid != "" && slices.ContainsFunc(l.Entries(), func(e Entry) bool { return e.UID == uid })
}

// Entries are all entries, oldest first.
func (l *Ledger) Entries() []Entry { return l.journal.Lines() }

// Clear empties the ledger, once everything in it is gone.
func (l *Ledger) Clear() error { return l.journal.Clear() }

// Close closes the file.
func (l *Ledger) Close() error { return l.journal.Close() }
