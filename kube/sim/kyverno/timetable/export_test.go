package timetable

// Waiting is how many times there are.
func (t *Timetable) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.timers)
}
