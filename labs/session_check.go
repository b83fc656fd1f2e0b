package labs

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
)

// Check judges a step's checks again, by the last answer of its command and by the cluster as it is now. It waits for
// the cluster as long as its patience lasts. The error is ctx's, when it ended before. Unlike the methods that work, it
// may be called while one of them does.
func (s *Session) Check(ctx context.Context, step int) ([]CheckResult, error) {
	if _, err := s.step("check", step); err != nil {
		return nil, err
	}
	return s.check(ctx, step, s.patience(), shortPatience)
}

// check judges a step's checks. It waits so long for the cluster, and no longer than decided when the answer of the command,
// or the action of a policy, is wrong already.
func (s *Session) check(ctx context.Context, step int, wait, decided time.Duration) ([]CheckResult, error) {
	checks, evidence := s.lab.Steps[step].Checks, s.evidence(step)
	evidence.steady = wait / steadyShare
	asking, stop := context.WithTimeout(ctx, min(wait, decided))
	defer stop()
	if s.refused(step, evidence) {
		wait = min(wait, decided)
	}
	for _, check := range checks {
		policy, is := underlying(check).(*policyCheck)
		if instant(check) && !judge(ctx, check, evidence).OK || is && policy.decided(asking, evidence.View) {
			wait = min(wait, decided)
		}
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return together(ctx, limited, checks, evidence), ctx.Err()
}

// refused reports whether the file that the learner wrote was refused, and was not meant to be: what is wanted does not come.
func (s *Session) refused(step int, evidence Evidence) bool {
	of, answer := &s.lab.Steps[step], evidence.Answer
	if of.Kind != Edit || !answer.malformed() && !slices.ContainsFunc(answer.Denials, evidence.written) {
		return false
	}
	return !slices.ContainsFunc(of.Checks, func(c Check) bool {
		switch underlying(c).(type) {
		case *deniedCheck, *forbiddenCheck:
			return true
		}
		return false
	})
}

// written reports whether what was denied is called like an object of the file that the learner writes.
func (e Evidence) written(d Denial) bool {
	text, err := fs.ReadFile(e.Files, e.File)
	name := path.Base(d.Resource)
	return err == nil && d.Resource != "" && slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return strings.TrimSpace(line) == "name: "+name
	})
}

// together judges checks until they hold at the same time, or the time that limited gives them is up: a policy that was
// replaced is out of force for a moment, and lets in what it will refuse. The last look, at all of them, ends with ctx alone,
// so that no lack of time makes what does not hold pass.
func together(ctx, limited context.Context, checks []Check, evidence Evidence) []CheckResult {
	at := evidence
	at.View = evidence.View.glance()
	for {
		if results := judgeAll(limited, checks, evidence); !passed(results) {
			return results
		}
		now := judgeAll(ctx, checks, at)
		if passed(now) {
			return now
		}
		select {
		case <-limited.Done():
			return now
		case <-time.After(pause):
		}
	}
}

// glance judges a step's checks by the cluster as it is now.
func (s *Session) glance(ctx context.Context, step int) []CheckResult {
	evidence := s.evidence(step)
	evidence.View = evidence.View.glance()
	return judgeAll(ctx, s.lab.Steps[step].Checks, evidence)
}

// judgeAll judges checks at the same time, so that ctx bounds their waiting together. Those that try something are told when
// all others hold: see final.
func judgeAll(ctx context.Context, checks []Check, evidence Evidence) []CheckResult {
	results, settled := make([]CheckResult, len(checks)), make(chan struct{})
	if slices.ContainsFunc(checks, inForce) {
		evidence.settled = settled
	}
	var trials, others sync.WaitGroup
	var failed atomic.Bool
	for i, check := range checks {
		if tries(check) {
			trials.Go(func() { results[i] = judge(ctx, check, evidence) })
			continue
		}
		others.Go(func() {
			if results[i] = judge(ctx, check, evidence); !results[i].OK {
				failed.Store(true)
			}
		})
	}
	others.Wait()
	if !failed.Load() {
		close(settled)
	}
	trials.Wait()
	return results
}

// mistake is what is said about the first known mistake of a step that was made, "" for none. It does not wait long:
// what is wrong is so by now. What the cluster lets in says nothing about a file that it did not take.
func (s *Session) mistake(ctx context.Context, step int, wait time.Duration) string {
	mistakes := s.lab.Steps[step].Mistakes
	ctx, cancel := context.WithTimeout(ctx, min(shortPatience, wait))
	defer cancel()
	evidence := s.evidence(step)
	evidence.steady = shortPatience
	made := make([]bool, len(mistakes))
	var all sync.WaitGroup
	for i, m := range mistakes {
		all.Go(func() { made[i] = passed(judgeAll(ctx, m.When, evidence)) })
	}
	all.Wait()
	refused := s.lab.Steps[step].Kind == Edit && evidence.Answer.malformed()
	for i, m := range mistakes {
		if made[i] && !(refused && slices.ContainsFunc(m.When, tries)) {
			return m.Says
		}
	}
	if refused {
		return notTaken
	}
	return ""
}

func (s *Session) patience() time.Duration {
	if p, ok := s.cluster.(Patient); ok {
		return p.Patience()
	}
	return cmp.Or(s.wait, defaultPatience)
}

// judge makes a result of a check.
func judge(ctx context.Context, check Check, e Evidence) CheckResult {
	missing, err := check.Judge(ctx, e)
	if err != nil {
		missing = "it could not be checked: " + err.Error()
	}
	return CheckResult{OK: missing == "", Title: check.Title(), Missing: printable(missing)}
}

// printable replaces control characters: what is missing may quote an object of the cluster, and is shown on a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
