// Package garbage says how much garbage is let come together, and gives memory back that is not used any more.
package garbage

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Share is how much garbage a program lets come together, in percent of what is in use.
type Share struct {
	Most  int // for a small cluster
	Least int // for a large cluster
	Room  int // how many bytes of heap there may be before it becomes less than Most
}

// App is the share of the terminal app. It waits for its learner most of the time, beside other programs, and collects twice
// as often as Go does by itself: with 3,000 pods and reports that is 56 MB less resident for an eighth more processor time.
// With less than the least, too many keys would meet a collection under way.
func App() Share { return Share{Most: 50, Least: 33, Room: 120 << 20} }

// Server is the share of a cluster that is served: it answers its clients first, and is to stay small when it is filled.
func Server() Share { return Share{Most: 150, Least: 33, Room: 90 << 20} }

// Collect has garbage collected when so much has come together, unless the environment says otherwise.
func Collect(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// of is how much garbage may come together with so many bytes in use.
func (s Share) of(inUse uint64) int {
	if inUse == 0 {
		return s.Most
	}
	return max(s.Least, min(s.Most, (s.Room-int(inUse))*100/int(inUse)))
}

// The memory is looked at every second. When the program took hardly any for some seconds, what it does not use is given
// back to the system: a burst is over, and its learner reads.
const (
	look     = time.Second
	quiet    = 1 << 20 // bytes taken from one look to the next
	restful  = 5       // quiet looks in a row
	worth    = 8 << 20 // free bytes that are worth to be given back
	heapLive = "/gc/heap/live:bytes"
	heapEver = "/gc/heap/allocs:bytes"
	heapFree = "/memory/classes/heap/free:bytes"
	heapGaps = "/memory/classes/heap/unused:bytes"
	heapHeld = "/memory/classes/heap/objects:bytes"
)

// Calm is how long it must be quiet, until memory is given back.
const Calm = restful * look

// starting is the share until the first look: what a start makes is mostly there to stay, and to look through it again and
// again is a sixth of its processor time.
const starting = 400

// Tend keeps the program's memory small until ctx ends.
func Tend(ctx context.Context, share Share) {
	Collect(starting)
	ticks := time.NewTicker(look)
	defer ticks.Stop()
	k := keeper{share: share, percent: starting, collect: Collect, giveBack: debug.FreeOSMemory}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			k.look(measure())
		}
	}
}

// memory is what the heap had in use when garbage was last collected, what it has ever given out, and what it has to spare:
// free, or held by objects that have come since, of which most are garbage.
type memory struct{ live, ever, spare uint64 }

func measure() memory {
	samples := []metrics.Sample{{Name: heapLive}, {Name: heapEver}, {Name: heapFree}, {Name: heapGaps}, {Name: heapHeld}}
	metrics.Read(samples)
	at := func(i int) uint64 { return samples[i].Value.Uint64() }
	return memory{live: at(0), ever: at(1), spare: spare(at(0), at(2)+at(3), at(4))}
}

// spare is what may be given back: what is free, and what is held beyond what was in use.
func spare(live, free, held uint64) uint64 { return free + held - min(live, held) }

// keeper decides from one look at the memory to the next.
type keeper struct {
	share    Share
	collect  func(percent int)
	giveBack func()

	percent int
	last    memory
	calm    int // quiet looks in a row, with what was given back counted as endless
}

// few is by how much the share of garbage must differ to be set anew: that stops the program for a moment.
const few = 5

func (k *keeper) look(now memory) {
	if percent := k.share.of(now.live); percent >= k.percent+few || percent <= k.percent-few {
		k.percent = percent
		k.collect(percent)
	}
	taken := now.ever - k.last.ever
	k.last = now
	if taken > quiet {
		k.calm = 0
		return
	}
	if k.calm++; k.calm == restful && now.spare > worth { // collects, too
		k.giveBack()
	}
}
