package apiserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/store"
)

// A watch ends after watchTimeout unless the client asked for another time, and has a bookmark every bookmarkPeriod;
// kube-apiserver's are about the same.
const (
	watchTimeout   = 45 * time.Minute
	bookmarkPeriod = time.Minute
)

// watchOptions are what a watch request asks for.
type watchOptions struct {
	from      uint64
	current   bool // begin with what there is
	bookmarks bool
	endMark   bool // mark the end of what there was (sendInitialEvents)
	timeout   time.Duration
}

func watchOptionsOf(r *http.Request) (watchOptions, error) {
	query := r.URL.Query()
	from, err := parseRevision(query.Get("resourceVersion"))
	o := watchOptions{from: from, bookmarks: isTrue(query.Get("allowWatchBookmarks")), timeout: watchTimeout}
	if err != nil {
		return o, err
	}
	initial := query.Get("sendInitialEvents")
	o.current = from == 0 && initial == "" || isTrue(initial)
	o.endMark = isTrue(initial) && o.bookmarks
	if initial != "" && metav1.ResourceVersionMatch(query.Get("resourceVersionMatch")) != metav1.ResourceVersionMatchNotOlderThan {
		return o, apierrors.NewBadRequest("sendInitialEvents requires resourceVersionMatch=NotOlderThan")
	}
	if text := query.Get("timeoutSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 {
			return o, apierrors.NewBadRequest("timeoutSeconds is not a number of seconds: " + text)
		}
		if seconds > 0 {
			o.timeout = time.Duration(seconds) * time.Second
		}
	}
	return o, nil
}

// whileServed calls end when a resource is served no more: its definition is gone.
func (s *Server) whileServed(ctx context.Context, res *resource, end context.CancelFunc) {
	for {
		reg := s.registry.Load()
		if reg.byResource[res.gvr] == nil {
			end()
			return
		}
		select {
		case <-reg.replaced:
		case <-ctx.Done():
			return
		}
	}
}

// serveWatch streams changes until the client goes, the time is up or the client fell too far behind.
func (s *Server) serveWatch(out *response, c *call) {
	f, err := formOf(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	sel, err := selectionOf(c, out.r.URL.Query())
	if err != nil {
		out.fail(err)
		return
	}
	options, err := watchOptionsOf(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	ctx, cancel := context.WithTimeout(out.r.Context(), options.timeout)
	defer cancel()
	if c.res.isCustom() {
		go s.whileServed(ctx, c.res, cancel)
	}
	out.warnings()
	out.started = true
	out.w.Header().Set("Content-Type", "application/json")
	out.w.WriteHeader(http.StatusOK)
	st := &stream{out: out, flush: http.NewResponseController(out.w), encoder: s.encoder(c.res, f), sel: sel, clock: s.clock.Now}
	if err := s.stream(ctx, st, options); err != nil && ctx.Err() == nil {
		st.fail(err)
	}
}

// stream sends what there is, if that was asked for, and then every change.
func (s *Server) stream(ctx context.Context, st *stream, o watchOptions) error {
	revision := o.from
	if o.current {
		items, now := s.list(st.encoder.res, st.sel)
		for _, item := range items {
			if err := st.send(watch.Added, item); err != nil {
				return err
			}
		}
		revision = now
	}
	if o.endMark {
		if err := st.bookmark(revision, true); err != nil {
			return err
		}
	}
	if err := st.flush.Flush(); err != nil {
		return err
	}
	return s.changes(ctx, st, revision, o.bookmarks)
}

// changes sends what happens after a resourceVersion.
func (s *Server) changes(ctx context.Context, st *stream, revision uint64, bookmarks bool) error {
	for {
		// Each round waits at most until the next bookmark is due.
		round, cancel := context.WithTimeout(ctx, bookmarkPeriod)
		events, err := s.store.Wait(round, st.encoder.res.storage.resource, revision)
		cancel()
		switch {
		case errors.Is(err, store.ErrExpired):
			return expired(revision, s.store.Revision())
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil && bookmarks:
			err = st.bookmark(revision, false)
		case err == nil:
			err = st.deliver(events)
			revision = events[len(events)-1].Revision
		default:
			continue
		}
		if err == nil {
			err = st.flush.Flush()
		}
		if err != nil {
			return err
		}
	}
}

// stream is the sending side of one watch.
type stream struct {
	out     *response
	flush   *http.ResponseController
	encoder *encoder
	sel     selection
	clock   func() time.Time
	// printed says that a Table's columns were sent: later rows come without them.
	printed bool
}

// deliver sends changes as the selection sees them: an object that begins to match was added, one that no longer does
// was deleted.
func (st *stream) deliver(events []store.Event) error {
	st.encoder.now = st.clock()
	for _, e := range events {
		before := st.sel.matches(st.encoder.res, e.Old)
		after := e.Type != watch.Deleted && st.sel.matches(st.encoder.res, e.Item)
		var err error
		switch {
		case before && after:
			err = st.send(watch.Modified, e.Item)
		case after:
			err = st.send(watch.Added, e.Item)
		case before && e.Type == watch.Deleted:
			err = st.send(watch.Deleted, e.Item)
		case before:
			err = st.leave(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leave tells that an object no longer matches: as it was, with the resourceVersion of the change.
func (st *stream) leave(e store.Event) error {
	obj := ownMetadata(st.encoder.res.read(e.Old))
	obj.SetResourceVersion(strconv.FormatUint(e.Revision, 10))
	body, err := st.encode(obj)
	if err != nil {
		return err
	}
	return st.event(watch.Deleted, body)
}

func (st *stream) send(kind watch.EventType, item *store.Item) error {
	if st.encoder.form.as != "Table" {
		body, err := st.encoder.item(item)
		if err != nil {
			return err
		}
		return st.event(kind, body)
	}
	body, err := st.encode(st.encoder.res.read(item))
	if err != nil {
		return err
	}
	return st.event(kind, body)
}

// encode is the encoder's, but for tables, whose columns are sent once.
func (st *stream) encode(obj *unstructured.Unstructured) ([]byte, error) {
	if st.encoder.form.as != "Table" {
		return st.encoder.object(obj)
	}
	table, err := st.encoder.table([]*unstructured.Unstructured{obj}, !st.printed)
	if err != nil {
		return nil, err
	}
	st.printed = true
	table.ResourceVersion = obj.GetResourceVersion()
	return json.Marshal(table)
}

func (st *stream) bookmark(revision uint64, initialEnd bool) error {
	body, err := st.encoder.bookmark(revision, initialEnd)
	if err != nil {
		return err
	}
	return st.event(watch.Bookmark, body)
}

func (st *stream) fail(err error) {
	if body, encodeErr := json.Marshal(statusOf(err)); encodeErr == nil && st.event(watch.Error, body) == nil {
		_ = st.flush.Flush()
	}
}

// event writes one line of the stream.
func (st *stream) event(kind watch.EventType, object []byte) error {
	var line bytes.Buffer
	line.Grow(len(object) + 40)
	line.WriteString(`{"type":"` + string(kind) + `","object":`)
	line.Write(bytes.TrimRight(object, "\n"))
	line.WriteString("}\n")
	_, err := st.out.w.Write(line.Bytes())
	return err
}
