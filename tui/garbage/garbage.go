// Package garbage says how much garbage is let come together, and gives memory back that is not used any more.
package garbage

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How much garbage the app lets come together, in percent of what is in use.
const (
	// most is what it begins with. The app waits for its learner most of the time, beside other programs, and collects twice
	// as often as Go does by itself: with 3,000 pods and reports that is 56 MB less resident for an eighth more processor
	// time.
	most = 50
	// least is for a large cluster. With less, too many keys would meet a collection under way.
	least = 33
)

// roomy is how large the app's heap may become before less garbage is let come together.
const roomy = 120 << 20

// Collect has garbage collected when so much has come together, unless the environment says otherwise.
func Collect(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// share is how much garbage the app lets come together with so many bytes in use.
func share(inUse uint64) int {
	if inUse == 0 {
		return most
	}
	return max(least, min(most, (roomy-int(inUse))*100/int(inUse)))
}

// The app's memory is looked at every second. When it took hardly any for some seconds, what it does not use is given back
// to the system: a burst is over, and its learner reads.
const (
	look     = time.Second
	quiet    = 1 << 20 // bytes taken from one look to the next
	restful  = 5       // quiet looks in a row
	worth    = 8 << 20 // free bytes that are worth to be given back
	heapLive = "/gc/heap/live:bytes"
	heapEver = "/gc/heap/allocs:bytes"
	heapFree = "/memory/classes/heap/free:bytes"
	heapGaps = "/memory/classes/heap/unused:bytes"
)

// Calm is how long it must be quiet, until memory is given back.
const Calm = restful * look

// Tend keeps the app's memory small until ctx ends.
func Tend(ctx context.Context) {
	Collect(most)
	ticks := time.NewTicker(look)
	defer ticks.Stop()
	k := keeper{percent: most, collect: Collect, giveBack: debug.FreeOSMemory}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			k.look(measure())
		}
	}
}

// memory is what the heap has in use, has ever given out, and has to spare.
type memory struct{ live, ever, spare uint64 }

func measure() memory {
	samples := []metrics.Sample{{Name: heapLive}, {Name: heapEver}, {Name: heapFree}, {Name: heapGaps}}
	metrics.Read(samples)
	return memory{samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64() + samples[3].Value.Uint64()}
}

// keeper decides from one look at the memory to the next.
type keeper struct {
	collect  func(percent int)
	giveBack func()

	percent int
	last    memory
	calm    int // quiet looks in a row, with what was given back counted as endless
}

// few is by how much the share of garbage must differ to be set anew: that stops the program for a moment.
const few = 5

func (k *keeper) look(now memory) {
	if percent := share(now.live); percent >= k.percent+few || percent <= k.percent-few {
		k.percent = percent
		k.collect(percent)
	}
	taken := now.ever - k.last.ever
	k.last = now
	if taken > quiet {
		k.calm = 0
		return
	}
	if k.calm++; k.calm == restful && now.spare > worth {
		k.giveBack()
	}
}
