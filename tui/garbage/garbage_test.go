package garbage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestShare: a large heap lets less garbage come together, within bounds.
func TestShare(t *testing.T) {
	share := Share{Most: 50, Least: 33, Room: 120 << 20}
	for inUse, want := range map[uint64]int{0: 50, 10 << 20: 50, 80 << 20: 50, 85 << 20: 41, 100 << 20: 33, 1 << 30: 33} {
		if got := share.of(inUse); got != want {
			t.Errorf("with %d MB in use %d %% of garbage may come together, want %d", inUse>>20, got, want)
		}
	}
}

// TestKeeper: the share of garbage follows what is in use, and what is to spare is given back once after each burst.
func TestKeeper(t *testing.T) {
	var shares []int
	back := 0
	share := Share{Most: 50, Least: 33, Room: 120 << 20}
	k := keeper{share: share, percent: share.Most, collect: func(percent int) { shares = append(shares, percent) }, giveBack: func() { back++ }}
	var now memory
	rest := func(looks int) {
		for range looks {
			now.ever += quiet / 2
			k.look(now)
		}
	}
	burst := func(live, spare uint64) {
		now = memory{live: live, ever: now.ever + 100<<20, spare: spare}
		k.look(now)
	}
	burst(60<<20, 50<<20)
	if rest(restful - 1); back != 0 {
		t.Error("memory is given back before it is calm")
	}
	if rest(2 * restful); back != 1 {
		t.Errorf("memory is given back %d times, want once", back)
	}
	burst(200<<20, worth-1)
	if rest(2 * restful); back != 1 {
		t.Error("hardly anything is given back")
	}
	burst(84<<20, 50<<20)
	burst(85<<20, 50<<20) // nearly the same
	if rest(2 * restful); back != 2 {
		t.Errorf("memory is given back %d times, want twice", back)
	}
	burst(84<<20, spare(84<<20, worth/2, 84<<20+worth)) // hardly anything is free, but there is garbage
	if rest(2 * restful); back != 3 {
		t.Errorf("memory is given back %d times, want three times: garbage not yet collected counts", back)
	}
	if got := spare(10, 3, 7); got != 3 { // between two looks, less is held than was in use
		t.Errorf("%d bytes are to spare, want the free ones", got)
	}
	if diff := cmp.Diff([]int{share.Least, share.of(84 << 20)}, shares); diff != "" {
		t.Errorf("shares of garbage (-want +got):\n%s", diff)
	}
}

// TestMeasure: what the runtime is asked for is what it tells.
func TestMeasure(t *testing.T) {
	held := make([]byte, 1<<20)
	before := measure()
	if before.ever < uint64(len(held)) {
		t.Errorf("%d bytes were ever given out", before.ever)
	}
	if after := measure(); after.ever < before.ever {
		t.Errorf("%d bytes were ever given out, and then %d", before.ever, after.ever)
	}
}
