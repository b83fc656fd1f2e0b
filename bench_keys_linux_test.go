package main

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"
)

var profiles = flag.String("profiles", "", "folder for profiles of each screen's keys in BenchmarkLargeCluster: processor, and allocations before and after")

// keystroke is what it took from a key, or another message, to its frame.
type keystroke struct {
	key    string
	took   time.Duration
	used   time.Duration // processor time of the thread that handles keys
	bytes  uint64        // allocated meanwhile, by whomever
	pieces uint64
}

// stroke hands over a key, or another message, and draws the frame after it.
func (d *desk) stroke(name string, msg tea.Msg) (keystroke, tea.Cmd) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, cpu := time.Now(), threadTime(d.TB)
	_, cmd := d.model.Update(msg)
	_ = d.model.View().Content
	k := keystroke{key: name, took: time.Since(start), used: threadTime(d.TB) - cpu}
	runtime.ReadMemStats(&after)
	k.bytes, k.pieces = after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
	return k, cmd
}

// report says what keys took: in time (p50-ms, p99-ms, max-ms), in processor time of the thread that handles keys
// (cpu-p50-ms, …), which depends little on who else is busy, and in what is allocated for the one in the middle: what goes
// on beside the keys is in that of some of them. The log names the dearest keys.
func report(b *testing.B, pressed []keystroke) {
	for _, m := range []struct {
		prefix string
		of     func(k keystroke) time.Duration
	}{{"", func(k keystroke) time.Duration { return k.took }}, {"cpu-", func(k keystroke) time.Duration { return k.used }}} {
		slices.SortFunc(pressed, func(x, y keystroke) int { return cmp.Compare(m.of(x), m.of(y)) })
		at := func(percent int) float64 { return milliseconds(m.of(pressed[(len(pressed)-1)*percent/100])) }
		b.ReportMetric(at(50), m.prefix+"p50-ms")
		b.ReportMetric(at(99), m.prefix+"p99-ms")
		b.ReportMetric(at(100), m.prefix+"max-ms")
	}
	for name, of := range map[string]func(k keystroke) uint64{
		"B": func(k keystroke) uint64 { return k.bytes }, "pieces": func(k keystroke) uint64 { return k.pieces },
	} {
		slices.SortFunc(pressed, func(x, y keystroke) int { return cmp.Compare(of(x), of(y)) })
		b.ReportMetric(float64(of(pressed[len(pressed)/2])), name+"/key")
	}
	slices.SortFunc(pressed, func(x, y keystroke) int { return cmp.Compare(x.used, y.used) })
	var dearest, usual []string
	for _, k := range pressed[max(0, len(pressed)-3):] {
		dearest = append(dearest, fmt.Sprintf("%q %.1f ms (%.1f in all)", k.key, milliseconds(k.used), milliseconds(k.took)))
	}
	b.Log("processor time of the dearest keys: ", strings.Join(dearest, ", "))
	keys := map[string][]keystroke{}
	for _, k := range pressed { // by their processor time
		keys[k.key] = append(keys[k.key], k)
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		k := keys[key][len(keys[key])/2]
		usual = append(usual, fmt.Sprintf("%q %.2f ms, %d kB", key, milliseconds(k.used), k.bytes/1000))
	}
	b.Log("each key in the middle: ", strings.Join(usual, "; "))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// threadTime is the processor time that this thread has used.
func threadTime(tb testing.TB) time.Duration {
	var used unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Nano())
}

// profiled has profiles written of what happens until stop is called, when they are asked for.
func profiled(b *testing.B) (stop func()) {
	if *profiles == "" {
		return func() {}
	}
	create := func(kind string) *os.File {
		f, err := os.Create(filepath.Join(*profiles, strings.ReplaceAll(b.Name(), "/", "-")+"."+kind))
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	allocated := func(kind string) {
		f := create(kind)
		defer f.Close()
		runtime.GC() // what was allocated until a collection is what the profile shows
		if err := pprof.Lookup("allocs").WriteTo(f, 0); err != nil {
			b.Fatal(err)
		}
	}
	allocated("before")
	processor := create("cpu")
	if err := pprof.StartCPUProfile(processor); err != nil {
		b.Fatal(err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = processor.Close()
		allocated("after")
	}
}
