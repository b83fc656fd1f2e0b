package account

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"podsec/kube/live"
)

// Kind is a kind of what the workshop makes in an account.
type Kind string

// The kinds of what the workshop makes.
const (
	KindKey        Kind = "key"
	KindAlias      Kind = "alias"
	KindRepository Kind = "repository"
)

// Tag marks the keys and repositories that the workshop made. Its value is the entry's Mark in the ledger.
const Tag = "podsec.dev/workshop"

// Entry is a line of the ledger: something that the workshop is about to make, or that AWS has made for it.
type Entry struct {
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	Name string    `json:"name,omitempty"` // of an alias or a repository
	Mark string    `json:"mark,omitempty"` // the value of its tag; aliases have none
	ID   string    `json:"id,omitempty"`   // of a key, or the key that an alias is for; "" before AWS answered
}

// Ledger is the file in which everything is written that the workshop makes in one region of an account, before AWS is
// asked. There are no secrets in it.
type Ledger struct{ journal *live.Journal[Entry] }

// OpenLedger opens the ledger of a target in the folder dir, which need not exist.
func OpenLedger(dir string, t *Target) (*Ledger, error) {
	journal, err := live.OpenJournal[Entry](ledgerFile(dir, t))
	if err != nil {
		return nil, err
	}
	return &Ledger{journal}, nil
}

// readLedger reads a ledger without making one.
func readLedger(dir string, t *Target) (entries, error) {
	return live.ReadJournal[Entry](ledgerFile(dir, t))
}

func ledgerFile(dir string, t *Target) string {
	return filepath.Join(dir, ledgers, t.ID+"."+t.Region+extension)
}

// Where ledgers are.
const (
	ledgers   = "accounts"
	extension = ".jsonl"
)

// Write adds an entry; it is on the disk when Write returns.
func (l *Ledger) Write(e Entry) error {
	e.At = time.Now().UTC()
	return l.journal.Write(e)
}

// Entries are all entries, oldest first.
func (l *Ledger) Entries() []Entry { return l.journal.Lines() }

func (l *Ledger) known() entries { return l.journal.Lines() }

// Clear empties the ledger, once everything in it is gone.
func (l *Ledger) Clear() error { return l.journal.Clear() }

// Close closes the file.
func (l *Ledger) Close() error { return l.journal.Close() }

// entries are lines of a ledger.
type entries []Entry

// key reports whether the workshop made the key with an id.
func (all entries) key(id string) bool {
	return id != "" && slices.ContainsFunc(all, func(e Entry) bool { return e.Kind == KindKey && e.ID == id })
}

// repository reports whether the workshop was about to make a repository of a name.
func (all entries) repository(name string) bool {
	return slices.ContainsFunc(all, func(e Entry) bool { return e.Kind == KindRepository && e.Name == name })
}

// marked reports whether a mark is that of something of a kind and a name that the workshop made.
func (all entries) marked(kind Kind, name, mark string) bool {
	return mark != "" && slices.ContainsFunc(all, func(e Entry) bool { return e.Kind == kind && e.Name == name && e.Mark == mark })
}

// lost are the marks of keys of which AWS's answer never came: the process was killed, or the network was gone.
func (all entries) lost() []string {
	var marks []string
	for _, e := range all {
		answered := slices.ContainsFunc(all, func(other Entry) bool { return other.Mark == e.Mark && other.ID != "" })
		if e.Kind == KindKey && !answered {
			marks = append(marks, e.Mark)
		}
	}
	return marks
}

// Place is a region of an account.
type Place struct{ ID, Region string }

// Places are where ledgers in the folder dir say that something was made, by name.
func Places(dir string) ([]Place, error) {
	files, err := fs.Glob(os.DirFS(dir), ledgers+"/*"+extension)
	if err != nil {
		return nil, fmt.Errorf("look for ledgers: %w", err)
	}
	var found []Place
	for _, file := range files {
		lines, err := live.ReadJournal[Entry](filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		id, region, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(file, ledgers+"/"), extension), ".")
		if ok && len(lines) > 0 {
			found = append(found, Place{id, region})
		}
	}
	return found, nil
}
