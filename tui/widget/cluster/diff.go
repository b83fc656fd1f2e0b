package cluster

import "podsec/tui/style"

// mark compares rows with those of an earlier state by their keys: new rows and changed rows are marked, rows that are
// gone come back as marked rows after the one they followed.
func mark(now, base []row) []row {
	before := make(map[string]row, len(base))
	for _, r := range base {
		before[r.key] = r
	}
	present := make(map[string]bool, len(now))
	for i, r := range now {
		present[r.key] = true
		old, known := before[r.key]
		switch {
		case !known:
			now[i].mark = style.Added
		case old.name != r.name || old.plain != r.plain:
			now[i].mark = style.Changed
		}
	}
	return restore(now, base, present)
}

// restore puts the rows of base that are gone back in their places, marked as removed.
func restore(now, base []row, present map[string]bool) []row {
	gone := map[string][]row{} // by the key of the row before them that is still there
	last, any := "", false
	for _, r := range base {
		if present[r.key] {
			last = r.key
			continue
		}
		r.mark, any = style.Removed, true
		gone[last] = append(gone[last], r)
	}
	if !any {
		return now
	}
	out := append([]row(nil), gone[""]...)
	for _, r := range now {
		out = append(out, r)
		out = append(out, gone[r.key]...)
	}
	return out
}
