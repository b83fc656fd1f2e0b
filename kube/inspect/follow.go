package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// Changes are what happened to the objects of a Table.
type Changes struct {
	Put  []Row // new, or as they are now
	Gone []types.UID
	// Version is what the next Follow goes on from.
	Version string
	// Lost says that the cluster does not remember so far back: list the objects again.
	Lost bool
}

// gather is how long Follow waits for what comes with a change: a burst becomes one answer.
const gather = 100 * time.Millisecond

// Follow waits until objects of a kind change after a version, and returns what did. It waits as long as ctx lives, or
// until the cluster ends the watch, which gives Changes without any.
func (c *Cluster) Follow(ctx context.Context, kind Kind, namespace, version string) (Changes, error) {
	limited, stop := context.WithCancel(ctx)
	defer stop()
	stream, err := c.raw.Get().AbsPath(kind.path(namespace)).SetHeader("Accept", tables).Param("watch", "true").
		Param("resourceVersion", version).Param("allowWatchBookmarks", "true").Stream(limited)
	switch {
	case apierrors.IsResourceExpired(err), apierrors.IsGone(err):
		return Changes{Version: version, Lost: true}, nil
	case err != nil:
		return Changes{}, fmt.Errorf("watch %s: %w", kind.Resource, err)
	}
	defer stream.Close()
	f := follower{changes: Changes{Version: version}}
	decoder := json.NewDecoder(stream)
	for {
		var event metav1.WatchEvent
		if err := decoder.Decode(&event); err != nil {
			if ctx.Err() != nil {
				return Changes{}, ctx.Err()
			}
			return f.changes, nil // the end of the watch, or of the time to gather
		}
		first := f.empty()
		if err := f.take(kind, event); err != nil {
			return Changes{}, err
		}
		if f.changes.Lost {
			return f.changes, nil
		}
		if first && !f.empty() {
			timer := time.AfterFunc(gather, stop)
			defer timer.Stop()
		}
	}
}

// follower collects the events of a watch.
type follower struct{ changes Changes }

func (f *follower) empty() bool { return len(f.changes.Put) == 0 && len(f.changes.Gone) == 0 }

func (f *follower) take(kind Kind, event metav1.WatchEvent) error {
	if event.Type == string(watch.Error) {
		return f.fail(kind, event.Object.Raw)
	}
	version, err := versionOf(event.Object.Raw)
	if err != nil {
		return fmt.Errorf("watch %s: %w", kind.Resource, err)
	}
	if version != "" {
		f.changes.Version = version
	}
	if event.Type == string(watch.Bookmark) {
		return nil
	}
	table, err := readTable(kind, event.Object.Raw)
	if err != nil {
		return err
	}
	for _, row := range table.Rows {
		if event.Type == string(watch.Deleted) {
			f.changes.Gone = append(f.changes.Gone, row.UID)
			continue
		}
		f.changes.Put = append(f.changes.Put, row)
	}
	return nil
}

// fail takes an error that came through the watch.
func (f *follower) fail(kind Kind, raw []byte) error {
	var status metav1.Status
	if err := json.Unmarshal(raw, &status); err != nil {
		return fmt.Errorf("watch %s: %w", kind.Resource, err)
	}
	failed := &apierrors.StatusError{ErrStatus: status}
	if apierrors.IsResourceExpired(failed) || apierrors.IsGone(failed) {
		f.changes.Lost = true
		return nil
	}
	return fmt.Errorf("watch %s: %w", kind.Resource, failed)
}

// versionOf is the version that an event brings: that of the table, of its row's object, or of a bookmark.
func versionOf(raw []byte) (string, error) {
	type object struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	var event struct {
		object
		Rows []struct {
			Object object `json:"object"`
		} `json:"rows"`
	}
	if err := json.Unmarshal(raw, &event); err != nil {
		return "", errors.Join(errors.New("an event that cannot be read"), err)
	}
	for _, row := range event.Rows {
		if v := row.Object.Metadata.ResourceVersion; v != "" {
			return v, nil
		}
	}
	return event.Metadata.ResourceVersion, nil
}
