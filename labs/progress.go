package labs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/adrg/xdg"
	"github.com/rogpeppe/go-internal/lockedfile"
)

const (
	progressVersion = 1
	progressFile    = "progress.json"
	dataDirVariable = "PODSEC_DATA_DIR"
)

// LabProgress is how far a learner is in a lab. Steps are named by their IDs, so that a lab may gain steps.
type LabProgress struct {
	Step  string                  `json:"step,omitempty"`  // the step to go on with
	Done  map[string]time.Time    `json:"done,omitempty"`  // when each step that is done was done first
	Begun time.Time               `json:"begun,omitzero"`  // when the lab was opened first; files of old have no such time
	At    time.Time               `json:"at,omitzero"`     // when the learner was there last
	Steps map[string]StepProgress `json:"steps,omitempty"` // what it took; see Note
}

// clone is a copy that shares nothing.
func (l LabProgress) clone() LabProgress {
	l.Done, l.Steps = maps.Clone(l.Done), maps.Clone(l.Steps)
	return l
}

// progressData is the content of the progress file.
type progressData struct {
	Version  int                               `json:"version"`
	Clusters map[string]map[string]LabProgress `json:"clusters"` // by the cluster's name, then by the lab's ID
}

// Progress is the file in which a learner's progress is kept. It is written atomically, so that a killed process loses
// at most what it was about to save, and one process at a time, so that two windows do not undo each other's work.
type Progress struct {
	dir string
	now func() time.Time

	mu   sync.Mutex
	data progressData
}

// DataDir is the folder for the learner's data: $PODSEC_DATA_DIR, or podsec in the user's data folder (XDG).
func DataDir() string {
	if dir := os.Getenv(dataDirVariable); dir != "" {
		return dir
	}
	return filepath.Join(xdg.DataHome, "podsec")
}

// PresentingDir is the folder of presentations below the folder of a learner's data: what is shown to a room is not what
// its presenter did.
func PresentingDir(data string) string { return filepath.Join(data, "presenting") }

// OpenProgress reads the progress kept in the folder dir, which need not exist. A file that cannot be read as progress
// is set aside, and notice says so and where it is; the learner then starts afresh.
func OpenProgress(dir string) (p *Progress, notice string, err error) {
	p = &Progress{dir: dir, now: time.Now}
	p.data, notice, err = p.read()
	if err != nil {
		return nil, "", err
	}
	return p, notice, nil
}

// Lab is what is known of a lab on a cluster. It does not wait.
func (p *Progress) Lab(cluster, lab string) LabProgress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.data.Clusters[cluster][lab].clone()
}

// Save keeps how far the learner is in a lab on a cluster: the step to go on with, and the IDs of the steps that are
// done. Steps that were done before keep their time; everything else in the file stays as another process may have
// left it. No step at all forgets the lab.
func (p *Progress) Save(cluster, lab, step string, done []string) error {
	return p.update(func(data *progressData) { p.change(data, cluster, lab, step, done) })
}

// update changes the file, which another process may have changed before.
func (p *Progress) update(change func(data *progressData)) error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(p.dir, "progress.lock")).Lock()
	if err != nil {
		return fmt.Errorf("lock progress: %w", err)
	}
	defer unlock()
	data, _, err := p.read()
	if err != nil {
		return err
	}
	change(&data)
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return fmt.Errorf("encode progress: %w", err)
	}
	if err := writeAtomic(p.path(), append(text, '\n')); err != nil {
		return fmt.Errorf("write progress: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.data = data
	return nil
}

func (p *Progress) change(data *progressData, cluster, lab, step string, done []string) {
	if step == "" && len(done) == 0 {
		delete(data.Clusters[cluster], lab)
		return
	}
	before, now := data.Clusters[cluster][lab], p.now().UTC().Truncate(time.Second)
	after := LabProgress{Step: step, Done: map[string]time.Time{}, Begun: before.Begun, At: now, Steps: before.Steps}
	if len(before.Done) == 0 && after.Begun.IsZero() {
		after.Begun = now
	}
	for _, id := range done {
		at, known := before.Done[id]
		if !known {
			at = now
		}
		after.Done[id] = at
	}
	data.put(cluster, lab, after)
}

func (d *progressData) put(cluster, lab string, l LabProgress) {
	if d.Clusters[cluster] == nil {
		d.Clusters[cluster] = map[string]LabProgress{}
	}
	d.Clusters[cluster][lab] = l
}

func (p *Progress) path() string { return filepath.Join(p.dir, progressFile) }

// read reads the file; no file is no progress, and a damaged one is set aside.
func (p *Progress) read() (data progressData, notice string, err error) {
	empty := progressData{Version: progressVersion, Clusters: map[string]map[string]LabProgress{}}
	text, err := os.ReadFile(p.path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return empty, "", nil
	case err != nil:
		return empty, "", fmt.Errorf("read progress: %w", err)
	}
	problem := json.Unmarshal(text, &data)
	if problem == nil && data.Version != progressVersion {
		problem = fmt.Errorf("it has version %d, and this program knows version %d", data.Version, progressVersion)
	}
	if problem == nil {
		if data.Clusters == nil {
			data.Clusters = empty.Clusters
		}
		return data, "", nil
	}
	aside := p.path() + ".damaged-" + p.now().UTC().Format("20060102T150405Z")
	if err := os.Rename(p.path(), aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return empty, "", fmt.Errorf("set damaged progress aside: %w", err)
	}
	return empty, fmt.Sprintf("The progress file could not be read (%v). It was set aside as %s.", problem, aside), nil
}
