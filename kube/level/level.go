// Package level makes what clusters print comparable: it replaces what differs from one run to the next, such as ages,
// UIDs, addresses and random names.
package level

import (
	"regexp"
	"slices"
	"strings"
)

// leveller replaces what differs from one run to the next, on any cluster.
type leveller struct {
	pattern *regexp.Regexp
	with    string
}

var levellers = []leveller{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[ +-][\d: +A-Z]+)`), "TIME"},
	{regexp.MustCompile(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}`), "TIME"},
	{regexp.MustCompile(`(?i)(resource ?version"?: *)"?\d+"?`), "${1}RV"},
	{regexp.MustCompile(`\b(10|172|192)\.\d+\.\d+\.\d+\b`), "IP"},
	// Ages and durations stand at the end of a line, or between columns.
	{regexp.MustCompile(`(\s)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)( ago| \(x\d+ over [^)]*\)|\b)`), "${1}AGE$2"},
	{regexp.MustCompile(`(?m)([^:\s-][ \t]+)\d+[mhd](?:\d+[smh])?([ \t]+v1\.\S+)?$`), "${1}AGE$2"},
	{regexp.MustCompile(`AGE \(x\d+ over [^)]*\)`), "AGE"},
	{regexp.MustCompile(`\b([a-z0-9-]+?)-([0-9a-f]{6,10}|[bcdf-hj-np-tv-xz24-9]{6,10})-[bcdf-hj-np-tv-xz24-9]{5}\b`), "$1-HASH-SUFFIX"},
	{regexp.MustCompile(`-[bcdf-hj-np-tv-xz24-9]{5}\b`), "-SUFFIX"},
	{regexp.MustCompile(`node-[12]\b`), "NODE"},
	{regexp.MustCompile(`eyJ[\w.-]+`), "TOKEN"},
	{regexp.MustCompile(`[0-9a-f]{40,}`), "DIGEST"},
	{regexp.MustCompile(`(\S)[ \t]{2,}`), "$1  "},
	{regexp.MustCompile(`-{4,}`), "----"},
	{regexp.MustCompile(`[ \t]+(\n|$)`), "$1"},
	{regexp.MustCompile(`(Seconds:) +\d{6,}`), "$1  SECONDS"},
	{regexp.MustCompile(`/tmp/[\w./-]+`), "TMP"},
	{regexp.MustCompile(`[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ `), ""},
	// A kubelet writes these, the stand-in of the recorded cluster does not.
	{regexp.MustCompile(`(?m)^ *"?started"?: true,?\n`), ""},
	{regexp.MustCompile(`(?m)^ *"?observedGeneration"?: 1,?\n( *"?phase"?: )`), "$1"},
	// Which steps of a rollout a client sees depends on when it looks.
	{regexp.MustCompile(`(?m)^Waiting for .*\n`), ""},
}

// Text replaces what differs from one run to the next.
func Text(text string) string {
	for _, l := range levellers {
		text = l.pattern.ReplaceAllString(text, l.with)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// unordered is the beginning of lines that come in any order where several have the same: events that differ in their
// messages alone, which kubectl sorts by the second of their last occurrence, and the limits of a LimitRange for one type.
var unordered = regexp.MustCompile(`^ *(?:Normal|Warning)  \S+  AGE  \S+|^(?:Container|Pod|PersistentVolumeClaim)  `)

// Lines splits a text of Text and sorts the lines whose order depends on chance.
func Lines(text string) []string {
	lines := strings.Split(text, "\n")
	for from := 0; from < len(lines); from++ {
		prefix, to := unordered.FindString(lines[from]), from+1
		for prefix != "" && to < len(lines) && unordered.FindString(lines[to]) == prefix {
			to++
		}
		slices.Sort(lines[from:to])
		from = to - 1
	}
	return lines
}
