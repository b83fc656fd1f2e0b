package objects

import (
	"context"
	"time"

	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/text"
)

// The names of the screen's jobs. Only one of a name is under way.
const (
	asking  = "ask"  // for what the level shows
	waiting = "wait" // for changes of it
)

// The answers to them.
type (
	named   []inspect.Kind // not counted yet
	counted []inspect.Kind
	// recounted is the kinds after a change.
	recounted struct {
		counted
		of screen.Given[struct{}]
	}
	listed struct {
		inspect.Table
		first bool
	}
	followed inspect.Changes
	viewed   inspect.View
)

// count asks for the kinds, and how many objects there are of each. At first they are shown before they are counted.
func (m *Model) count() screen.Intent {
	m.busy = len(m.kinds.all) == 0
	source, first := m.source, m.busy
	return screen.Do{ID: asking, What: "counting objects", Work: func(ctx context.Context) (any, error) {
		if first {
			found, err := source.Kinds(ctx)
			return named(found), err
		}
		found, err := countAll(ctx, source)
		return found, err
	}}
}

// countAll finds the kinds and counts their objects.
func countAll(ctx context.Context, source Source) (counted, error) {
	found, err := source.Kinds(ctx)
	if err != nil {
		return nil, err
	}
	return source.Count(ctx, found)
}

// between is the shortest time from one count of the kinds to the next.
const between = time.Second

// recount waits until the cluster changed, and counts the kinds again.
func (m *Model) recount() screen.Intent {
	source, changed := m.source, m.changed.Wait()
	return screen.Do{ID: waiting, Work: func(ctx context.Context) (any, error) {
		var of screen.Given[struct{}]
		select {
		case of = <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		pause := time.NewTimer(between)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		found, err := countAll(ctx, source)
		return recounted{found, of}, err
	}}
}

// open goes to the objects of a kind.
func (m *Model) open(kind inspect.Kind) screen.Intent {
	m.at, m.kind, m.problem = list, kind, ""
	m.list = objectList{now: m.now}
	m.arrange()
	return m.ask()
}

// ask asks for the objects of the kind, from the first.
func (m *Model) ask() screen.Intent {
	m.busy = true
	return m.pageAfter("", true)
}

// pageAfter asks for a page of the list.
func (m *Model) pageAfter(more string, first bool) screen.Intent {
	source, kind, namespace := m.source, m.kind, m.space()
	return screen.Do{ID: asking, What: "listing " + text.Line(kind.Resource), Work: func(ctx context.Context) (any, error) {
		page, err := source.Objects(ctx, kind, namespace, more)
		return listed{page, first}, err
	}}
}

// space is the namespace that is listed, "" for all.
func (m *Model) space() string {
	if m.kind.Namespaced {
		return m.namespace
	}
	return ""
}

// follow waits for changes of the objects.
func (m *Model) follow() screen.Intent {
	source, kind, namespace, version := m.source, m.kind, m.space(), m.list.version
	return screen.Do{ID: waiting, Work: func(ctx context.Context) (any, error) {
		changes, err := source.Follow(ctx, kind, namespace, version)
		return followed(changes), err
	}}
}

// read goes to an object.
func (m *Model) read(ref inspect.Ref) screen.Intent {
	m.at, m.problem = object, ""
	m.busy = m.view.Ref != ref
	if m.busy {
		m.view.View = inspect.View{Ref: ref}
		m.view.write(m.width, m.styles)
	}
	m.arrange()
	source := m.source
	return screen.Do{ID: asking, What: "reading " + text.Line(ref.Name), Work: func(ctx context.Context) (any, error) {
		found, err := source.View(ctx, ref)
		return viewed(found), err
	}}
}

// Done implements screen.Worker.
func (m *Model) Done(id string, result any, err error) screen.Intent {
	if err != nil {
		m.problem, m.busy = text.Line(err.Error()), false
		if r, ok := result.(recounted); ok && m.at == kinds {
			m.changed.TakeIn(r.of)
			return m.recount()
		}
		return nil
	}
	m.problem = ""
	switch r := result.(type) {
	case named:
		if m.at != kinds {
			return nil
		}
		m.busy = false
		m.kinds.set(r)
		source := m.source
		return screen.Do{ID: asking, What: "counting objects", Work: func(ctx context.Context) (any, error) {
			found, err := source.Count(ctx, r)
			return counted(found), err
		}}
	case recounted:
		m.changed.TakeIn(r.of)
		return m.Done(id, r.counted, nil)
	case counted:
		m.busy = false
		m.kinds.set(r)
		if m.at == kinds {
			return m.recount()
		}
	case listed:
		return m.listed(r)
	case followed:
		return m.followed(inspect.Changes(r))
	case viewed:
		m.busy = false
		m.view.set(inspect.View(r), m.width, m.styles)
		if m.list.version != "" && id == asking {
			return m.follow()
		}
	}
	return nil
}

// listed takes a page and asks for the next one; after the last one the list is followed.
func (m *Model) listed(r listed) screen.Intent {
	if m.at != list {
		return nil
	}
	m.busy = false
	m.list.spaced = m.kind.Namespaced && m.namespace == ""
	m.list.page(r.Table, r.first)
	if r.More != "" {
		return m.pageAfter(r.More, false)
	}
	return m.follow()
}

// followed takes changes, and goes on following. The object that is read is read again when it is among them.
func (m *Model) followed(c inspect.Changes) screen.Intent {
	if m.at == kinds {
		return nil
	}
	if c.Lost {
		m.list.version = ""
		if m.at == list {
			return m.ask()
		}
		return nil
	}
	m.list.merge(c)
	for _, row := range c.Put {
		if m.at == object && row.Name == m.view.Name && row.Namespace == m.view.Namespace {
			return m.read(m.view.Ref)
		}
	}
	return m.follow()
}
