package labs

import "time"

// steadyShare is the part of a step's patience for which what is tried must be answered the same to be answered for good.
const steadyShare = 5

// tries says whether a check has the cluster answer a request of its own.
func tries(c Check) bool {
	switch underlying(c).(type) {
	case *admitsCheck, *deniesCheck:
		return true
	}
	return false
}

// inForce says whether a check wants a policy to be ready: then requests are answered by it.
func inForce(c Check) bool {
	p, ok := underlying(c).(*policyCheck)
	return ok && p.Ready != nil && *p.Ready
}

// answers are what a check was answered again and again.
type answers struct {
	last  string
	since time.Time // when it was answered so first, and there was nothing left to wait for; zero before
}

// final takes the next answer and says whether another one is not to be expected: the policies are in force and all else that
// the step wants is so, but what is tried is answered the same for a while. Who is wrong is told then, and not when there is
// no patience left.
func (a *answers) final(e Evidence, answer string) bool {
	select {
	case <-e.settled:
	default: // also when nobody says so
		return false
	}
	if a.since.IsZero() || answer != a.last {
		a.last, a.since = answer, time.Now()
		return false
	}
	return time.Since(a.since) >= e.steady
}
