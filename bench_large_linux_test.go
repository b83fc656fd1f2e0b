package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"podsec/assets"
	"podsec/tui"
	"podsec/tui/garbage"
	"podsec/tui/workshop"
)

var large = flag.Int("objects", 10_000, "pods in the cluster of BenchmarkLargeCluster, and reports on them")

// BenchmarkLargeCluster is the app on a simulated cluster in which 10,000 pods run and a policy has written 10,000 reports
// on them. For each screen and size of the terminal it reports how long the screen takes to open (frame-ms to its first
// frame, open-ms to what it is opened for), and what report does of its keys. memory reports what the process has
// resident once it had time to give back what it does not use.
func BenchmarkLargeCluster(b *testing.B) {
	desk := crowded(b)
	for _, size := range [][2]int{{160, 50}, {120, 40}, {200, 60}} {
		desk.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), desk.screens)
	}
	b.Run("memory", desk.memory)
}

// screens measures one screen after the other.
func (d *desk) screens(b *testing.B) {
	for _, s := range []struct {
		name        string
		before      []string // keys on the way there
		open, shows string   // the key that opens it, and what is to be seen then
		keys        []string
		after       []string // keys back to where it was before
	}{
		{"lab", []string{"f6"}, "f2", "Reports", []string{"n", "p", "4", "pgdown", "x", "x", "1", "tab"}, nil},
		{"cluster", nil, "f3", "Pod ", []string{"down", "up", "pgdown", "G", "g"}, nil},
		{"pods", []string{"/", "p", "o", "d", "enter", "g"}, "enter", "p-00000", []string{"down", "pgdown", "G", "g", "/", "p", "-", "0", "7", "esc"}, []string{"esc", "esc"}},
		{"policies", nil, "f4", "need-team", []string{"down", "up", "tab"}, nil},
		{"reports", nil, "f5", fmt.Sprintf("%d fail", *large), []string{"b", "b", "b", "b", "b", "down", "up"}, nil},
		{"lines", nil, "a", "Pod team-00", []string{"down", "pgdown", "G", "g", "/", "p", "-", "0", "7", "esc"}, nil},
		{"why", nil, "w", "validate", []string{"down", "up", "f", "f", "tab"}, []string{"esc", "esc"}},
		{"shell", nil, "f6", "Shell", []string{"l", "s", "backspace", "backspace"}, nil},
		{"palette", []string{"f2"}, ":", "Screen:", []string{"s", "t", "e", "backspace", "down"}, []string{"esc"}},
	} {
		b.Run(s.name, func(b *testing.B) { d.measure(b, s.before, s.open, s.shows, s.keys) })
		for _, key := range s.after {
			d.press(key)
		}
	}
}

// memory reports what is resident and in use after all that.
func (d *desk) memory(b *testing.B) {
	before, _ := resident(b)
	d.wait(2 * garbage.Calm)
	for b.Loop() {
		runtime.GC()
	}
	anonymous, backed := resident(b)
	b.ReportMetric(before, "MB-own-before-it-is-calm")
	b.ReportMetric(anonymous, "MB-own")
	b.ReportMetric(backed, "MB-of-the-binary")
	b.ReportMetric(anonymous+backed, "MB-resident")
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	b.ReportMetric(float64(heap.HeapAlloc)/1e6, "MB-in-use")
}

// desk is the app and the messages that come to it.
type desk struct {
	testing.TB
	model    *tui.Model
	messages chan tea.Msg
}

// crowded opens a lab on a cluster, and fills it.
func crowded(b *testing.B) *desk {
	b.Setenv("PODSEC_DATA_DIR", b.TempDir())
	before := debug.SetGCPercent(100) // the app has its own
	b.Cleanup(func() { debug.SetGCPercent(before) })
	w, err := workshop.New(assets.Labs(), &workshop.Places{}, []string{"02-pod-labels"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, leave := context.WithCancel(context.Background())
	go garbage.Tend(ctx)
	d := &desk{TB: b, messages: make(chan tea.Msg, 256)}
	kubeconfig := ""
	connect := w.Options.Connect
	w.Options.Connect = func(ctx context.Context) (tui.Cluster, error) {
		c, err := connect(ctx)
		kubeconfig = c.Kubeconfig
		return c, err
	}
	d.model = tui.New(ctx, w.Options)
	b.Cleanup(leave)
	d.run(d.model.Init())
	d.send(tea.WindowSizeMsg{Width: 160, Height: 50})
	d.until("● ready")
	for !d.shows("Kyverno") || d.shows("preparing the lab") || d.shows("Kyverno is not installed") {
		d.send(<-d.messages)
	}
	filled := make(chan error, 1)
	go func() { filled <- fill(ctx, kubeconfig) }()
	for done := false; !done; {
		select {
		case err := <-filled:
			if err != nil {
				b.Fatal(err)
			}
			done = true
		case msg := <-d.messages:
			d.send(msg)
		}
	}
	d.press("f5")
	d.until(fmt.Sprintf("%d fail", *large))
	d.press("f2")
	d.settle()
	return d
}

// fill has a policy judge many pods.
func fill(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	policy := crowdObject("kyverno.io/v1", "ClusterPolicy", "", "need-team", map[string]any{"spec": map[string]any{"rules": []any{map[string]any{
		"name": "team", "match": map[string]any{"any": []any{map[string]any{"resources": map[string]any{"kinds": []any{"Pod"}, "namespaces": []any{"team-*"}}}}},
		"validate": map[string]any{"failureAction": "Audit", "message": "a team is required", "pattern": map[string]any{"metadata": map[string]any{"labels": map[string]any{"team": "?*"}}}},
	}}}})
	if _, err := client.Resource(schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}).Create(ctx, policy, metav1.CreateOptions{}); err != nil {
		return err
	}
	spaces := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	for n := range 20 {
		if _, err := spaces.Create(ctx, crowdObject("v1", "Namespace", "", fmt.Sprintf("team-%02d", n), nil), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	pods := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"})
	var wait sync.WaitGroup
	errs := make(chan error, 8)
	for worker := range 8 {
		wait.Go(func() {
			for i := worker; i < *large; i += 8 {
				pod := crowdObject("v1", "Pod", fmt.Sprintf("team-%02d", i%20), fmt.Sprintf("p-%05d", i), map[string]any{
					"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "nginx:1.27"}}},
				})
				if _, err := pods.Namespace(pod.GetNamespace()).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return err
	}
	return running(ctx, pods)
}

// running waits until no pod is pending any more.
func running(ctx context.Context, pods dynamic.ResourceInterface) error {
	for {
		left, err := pods.List(ctx, metav1.ListOptions{FieldSelector: "status.phase=Pending", Limit: 1})
		if err != nil || len(left.Items) == 0 {
			return err
		}
		time.Sleep(10 * time.Second) // to ask costs a look at every pod
	}
}

func crowdObject(version, kind, namespace, name string, more map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{}}
	for key, value := range more {
		o.Object[key] = value
	}
	o.SetAPIVersion(version)
	o.SetKind(kind)
	o.SetName(name)
	o.SetNamespace(namespace)
	return o
}

// run runs a command beside the app.
func (d *desk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if msg := cmd(); msg != nil {
			d.messages <- msg
		}
	}()
}

func (d *desk) send(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			d.run(cmd)
		}
		return
	}
	_, cmd := d.model.Update(msg)
	d.run(cmd)
}

func (d *desk) press(key string) { d.send(keyNamed(key)) }

func (d *desk) shows(texts ...string) bool {
	screen := ansi.Strip(d.model.View().Content)
	return !slices.ContainsFunc(texts, func(t string) bool { return !strings.Contains(screen, t) })
}

// until takes messages until the screen shows all texts.
func (d *desk) until(texts ...string) {
	d.Helper()
	deadline := time.After(15 * time.Minute)
	for !d.shows(texts...) {
		select {
		case msg := <-d.messages:
			d.send(msg)
		case <-deadline:
			d.Fatalf("%q did not come; the screen shows\n%s", texts, ansi.Strip(d.model.View().Content))
		}
	}
}

// settle takes messages until none come any more.
func (d *desk) settle() {
	for {
		select {
		case msg := <-d.messages:
			d.send(msg)
		case <-time.After(2 * time.Second):
			return
		}
	}
}

// wait takes messages for a time.
func (d *desk) wait(long time.Duration) {
	end := time.After(long)
	for {
		select {
		case msg := <-d.messages:
			d.send(msg)
		case <-end:
			return
		}
	}
}

// measure opens a screen, and then presses its keys over and over. What comes meanwhile is taken between keys.
func (d *desk) measure(b *testing.B, before []string, open, shows string, keys []string) {
	d.TB = b
	if !d.shows(shows) {
		for _, key := range before {
			d.press(key)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	d.press(open)
	_ = d.model.View().Content
	first := time.Since(start)
	d.until(shows)
	opened := time.Since(start)
	stop := profiled(b)
	var pressed, between []keystroke
	for b.Loop() {
		for _, key := range keys {
			k, cmd := d.stroke(key, keyNamed(key))
			pressed = append(pressed, k)
			d.run(cmd)
			for len(d.messages) > 0 {
				msg := <-d.messages
				if _, ok := msg.(tea.BatchMsg); ok {
					d.send(msg)
					continue
				}
				k, cmd := d.stroke(fmt.Sprintf("%T", msg), msg)
				between = append(between, k)
				d.run(cmd)
			}
		}
	}
	stop()
	b.ReportMetric(milliseconds(first), "frame-ms")
	b.ReportMetric(milliseconds(opened), "open-ms")
	report(b, pressed)
	if len(between) > 0 {
		slowest := slices.MaxFunc(between, func(x, y keystroke) int { return cmp.Compare(x.used, y.used) })
		b.Logf("%d messages between keys, of which %s took most: %.1f ms of processor time", len(between), slowest.key, milliseconds(slowest.used))
	}
}

// resident is how many MB the process has resident: of its own, and of the files that it runs from.
func resident(b *testing.B) (anonymous, backed float64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
		switch name {
		case "RssAnon":
			anonymous = kib * 1024 / 1e6
		case "RssFile":
			backed = kib * 1024 / 1e6
		}
	}
	return anonymous, backed
}

// keyNamed is the message of a key by its name.
func keyNamed(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "pgdown": tea.KeyPgDown,
		"backspace": tea.KeyBackspace, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4, "f5": tea.KeyF5, "f6": tea.KeyF6,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: rune(name[0]), Text: name}
}
