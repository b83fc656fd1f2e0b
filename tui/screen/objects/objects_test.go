package objects_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"podsec/kube"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/screen/objects"
	"podsec/tui/screen/screentest"
	"podsec/tui/style"
)

var update = screentest.Update()

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// cluster is a Source.
type cluster struct {
	pods    int
	pages   [][]inspect.Row // instead of pods
	changes []inspect.Changes
	err     error
	asked   []string
	// uncountable is what Count says
	uncountable error
}

func (c *cluster) Kinds(context.Context) ([]inspect.Kind, error) {
	c.asked = append(c.asked, "kinds")
	found := c.counted()
	for i := range found {
		found[i].Count, found[i].Hidden = inspect.Uncounted, false
	}
	return found, c.err
}

func (c *cluster) Count(context.Context, []inspect.Kind) ([]inspect.Kind, error) {
	return c.counted(), cmp.Or(c.err, c.uncountable)
}

func (c *cluster) counted() []inspect.Kind {
	return []inspect.Kind{
		{Version: "v1", Resource: "configmaps", Kind: "ConfigMap", Short: []string{"cm"}, Namespaced: true, Count: 12},
		{Version: "v1", Resource: "namespaces", Kind: "Namespace", Short: []string{"ns"}, Count: 6},
		{Version: "v1", Resource: "pods", Kind: "Pod", Short: []string{"po"}, Namespaced: true, Count: c.pods},
		{Version: "v1", Resource: "secrets", Kind: "Secret", Namespaced: true, Hidden: true},
		{Group: "apps", Version: "v1", Resource: "statefulsets", Kind: "StatefulSet", Short: []string{"sts"}, Namespaced: true},
		{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies", Kind: "ClusterPolicy", Short: []string{"cpol"}, Count: 3},
	}
}

func row(i int) inspect.Row {
	status, ready := "Running", "1/1"
	if i == 2 {
		status, ready = "CreateContainerConfigError", "0/1"
	}
	name := fmt.Sprintf("web-%04d", i)
	return inspect.Row{
		UID: types.UID(name), Namespace: "shop", Name: name, Created: noon.Add(-time.Duration(i+1) * time.Minute),
		Cells: []string{name, ready, status, "0", "stale", "10.0.0.1"},
	}
}

func (c *cluster) Objects(_ context.Context, kind inspect.Kind, namespace, more string) (inspect.Table, error) {
	c.asked = append(c.asked, strings.TrimSpace("objects "+kind.Resource+" "+namespace+" "+more))
	out := inspect.Table{Version: "7", Columns: []inspect.Column{
		{Name: "Name"}, {Name: "Ready"}, {Name: "Status"}, {Name: "Restarts"}, {Name: "Age"}, {Name: "IP", Wide: true},
	}}
	if c.pages != nil {
		page := len(more)
		out.Rows = c.pages[page]
		if page+1 < len(c.pages) {
			out.More = more + "+"
		}
		return out, c.err
	}
	const size = 500
	for i := len(more) * size; i < c.pods; i++ {
		if len(out.Rows) == size {
			out.More = more + "+"
			break
		}
		out.Rows = append(out.Rows, row(i))
	}
	return out, c.err
}

func (c *cluster) Follow(_ context.Context, _ inspect.Kind, _, version string) (inspect.Changes, error) {
	c.asked = append(c.asked, "follow "+version)
	next := c.changes[0]
	c.changes = c.changes[1:]
	return next, c.err
}

func (c *cluster) View(_ context.Context, ref inspect.Ref) (inspect.View, error) {
	c.asked = append(c.asked, "view "+ref.String())
	return inspect.View{
		Ref: inspect.Ref{Kind: "Pod", Namespace: ref.Namespace, Name: ref.Name}, Managers: []string{"kubectl", "kubelet"},
		YAML:    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + ref.Name + "\nspec:\n  hostNetwork: true\n",
		Managed: "managedFields:\n- manager: kubectl\n",
		Events: []inspect.Event{
			{Time: noon.Add(-time.Minute), Type: "Warning", Reason: "PolicyViolation", From: "kyverno-admission", Message: "policy no-host/network fail: no host network", Count: 3},
			{Time: noon.Add(-time.Hour), Type: "Normal", Reason: "Scheduled", From: "default-scheduler", Message: "Successfully assigned shop/web to node-1", Count: 1},
		},
	}, c.err
}

// opened is the screen as it is when it was opened.
func opened(t testing.TB, c *cluster, width, height int) *screentest.Driver {
	t.Helper()
	m := objects.New(c, func() time.Time { return noon }, style.New(true))
	d := screentest.New(t, m, width, height)
	m.SetState(kube.State{Namespaces: []kube.Namespace{{Name: "default"}, {Name: "shop"}}})
	d.Follow(m.Open())
	return d
}

// pods is the screen with the list of pods.
func pods(t testing.TB, c *cluster, width, height int) *screentest.Driver {
	t.Helper()
	d := opened(t, c, width, height)
	d.Type("/pod")
	d.Keys("enter", "enter")
	return d
}

func TestFrames(t *testing.T) {
	for name, play := range map[string]func(t *testing.T, w, h int) *screentest.Driver{
		"kinds": func(t *testing.T, w, h int) *screentest.Driver { return opened(t, &cluster{pods: 40}, w, h) },
		"pods":  func(t *testing.T, w, h int) *screentest.Driver { return pods(t, &cluster{pods: 40}, w, h) },
		"none":  func(t *testing.T, w, h int) *screentest.Driver { return pods(t, &cluster{}, w, h) },
		"yaml": func(t *testing.T, w, h int) *screentest.Driver {
			d := pods(t, &cluster{pods: 4}, w, h)
			d.Keys("enter")
			return d
		},
		"events": func(t *testing.T, w, h int) *screentest.Driver {
			d := pods(t, &cluster{pods: 4}, w, h)
			d.Keys("enter", "e")
			return d
		},
		"broken": func(t *testing.T, w, h int) *screentest.Driver {
			return opened(t, &cluster{err: errors.New("connection refused")}, w, h)
		},
	} {
		screentest.Frames(t, *update, name, play)
	}
}

// TestWay goes from the kinds to an object's events and back.
func TestWay(t *testing.T) {
	c := &cluster{pods: 4}
	d := opened(t, c, 80, 24)
	d.MustShow("Pod", "core", "forbidden")
	d.Type("/cpol")
	d.MustShow("1 of 6", "ClusterPolicy")
	d.MustNotShow("ConfigMap")
	d.Keys("esc")
	d.MustShow("ConfigMap")
	d.Type("/pod")
	d.Keys("enter", "enter")
	d.MustShow("Cluster › pods", "shop", "web-0002", "CreateContainerConfigError", "3m")
	d.MustNotShow("10.0.0.1", "stale")
	d.Keys("down", "enter")
	d.MustShow("Pod shop/web-0001", "hostNetwork: true", "managedFields of kubectl, kubelet", "2 events ! 1 warning")
	d.Keys("m")
	d.MustShow("manager: kubectl")
	d.Keys("e")
	d.MustShow("PolicyViolation", "×3", "60s ago")
	d.Keys("y")
	if got, ok := d.Last().(screen.Copy); !ok || !strings.Contains(got.Text, "name: web-0001") {
		t.Errorf("copied %+v", d.Last())
	}
	d.Keys("w")
	want := screen.Show{Screen: screen.Why, About: screen.Subject{Kind: "Pod", Namespace: "shop", Name: "web-0001"}}
	if d.Last() != want {
		t.Errorf("asked %+v", d.Last())
	}
	d.Keys("esc", "esc", "esc")
	d.Keys("esc")
	if d.Last() != (screen.Back{}) {
		t.Errorf("asked %+v", d.Last())
	}
}

func TestNamespace(t *testing.T) {
	c := &cluster{pods: 2}
	d := pods(t, c, 80, 24)
	d.Keys("n")
	choose, ok := d.Last().(screen.Choose)
	if !ok || len(choose.Items) != 3 || choose.Items[2].Text != "shop" {
		t.Fatalf("asked %+v", d.Last())
	}
	show, _ := choose.Items[2].Then.(screen.Show)
	m, _ := d.Screen.(screen.About)
	d.Follow(m.SetAbout(show.About))
	d.MustShow("pods › shop")
	if last := c.asked[len(c.asked)-1]; last != "objects pods shop" {
		t.Errorf("asked for %q", last)
	}
	d.MustNotShow("Namespace")
	d.Keys("0")
	d.MustShow("Namespace")
}

// TestLive says that the list follows the cluster, and that the cursor stays on its object.
func TestLive(t *testing.T) {
	first := row(9)
	first.Name, first.UID, first.Cells[0] = "a-first", "a-first", "a-first"
	worse := row(1)
	worse.Cells = []string{"web-0001", "0/1", "Error", "3", "", ""}
	c := &cluster{pods: 3, changes: []inspect.Changes{
		{Version: "8", Put: []inspect.Row{first, worse}, Gone: []types.UID{"web-0000"}},
		{Lost: true},
	}}
	d := pods(t, c, 80, 24)
	d.Keys("down")
	d.Fire("wait")
	d.MustShow("a-first", "▸ shop       web-0001", "Error")
	d.MustNotShow("web-0000")
	d.Fire("wait")
	d.MustShow("web-0000") // listed anew
	if got := strings.Join(c.asked[len(c.asked)-3:], ", "); got != "follow 7, follow 8, objects pods" {
		t.Errorf("asked for %s", got)
	}
}

// TestPages says that the first page is shown while the others come.
func TestPages(t *testing.T) {
	c := &cluster{pages: [][]inspect.Row{{row(0), row(1)}, {row(2)}, {row(3)}}}
	d := pods(t, c, 80, 24)
	d.MustShow("web-0000", "web-0003")
	if got := strings.Join(c.asked[1:], ", "); got != "objects pods, objects pods  +, objects pods  ++" {
		t.Errorf("asked for %q", got)
	}
}

func TestKindsAreCountedAgain(t *testing.T) {
	c := &cluster{pods: 1}
	d := opened(t, c, 80, 24)
	c.pods = 77
	d.Fire("wait")
	d.MustShow("77")
}

// TestKindsBeforeTheyAreCounted says that the kinds are there at once, and one of them can be opened.
func TestKindsBeforeTheyAreCounted(t *testing.T) {
	c := &cluster{pods: 5, uncountable: errors.New("too many to count")}
	d := opened(t, c, 80, 24)
	d.MustShow("Pod ", "StatefulSet", "…", "✗ too many to count")
	d.Keys("down", "down", "enter")
	d.MustShow("web-0001")
	c.uncountable = nil
	d.Keys("esc")
	d.MustShow("12", "forbidden")
	d.MustNotShow("…", "too many")
}

// TestNoChangeIsLost: the kinds are counted again though the job that saw the change was replaced, or did not succeed.
func TestNoChangeIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // counts have pauses between them
		c := &cluster{pods: 3}
		d := opened(t, c, 80, 24)
		d.Replace("wait")
		d.Keys("r") // counts, and waits again
		c.pods = 7
		d.Fire("wait")
		d.MustShow(" 7 ")
		m, _ := d.Screen.(*objects.Model)
		c.err = errors.New("no answer")
		m.SetState(kube.State{})
		d.Fire("wait")
		d.MustShow("✗ no answer")
		c.pods, c.err = 8, nil
		m.SetState(kube.State{})
		d.Fire("wait")
		d.MustShow(" 8 ")
		d.MustNotShow("no answer")
	})
}

func TestProblem(t *testing.T) {
	c := &cluster{pods: 3}
	d := pods(t, c, 80, 24)
	c.err = errors.New("pods is forbidden")
	d.Keys("r")
	d.MustShow("✗ pods is forbidden", "web-0001")
	c.err = nil
	d.Keys("r")
	d.MustNotShow("forbidden")
}

// TestHostile says that nothing from a cluster steers the terminal.
func TestHostile(t *testing.T) {
	evil := row(1)
	evil.Name, evil.Namespace = "\x1b[2Jevil\n", "n\a\x1b]0;t\a"
	evil.Cells = []string{"\x1b[2Jevil", "\r", "日本\u202e", "\t", "", ""}
	c := &cluster{pages: [][]inspect.Row{{evil}}, err: nil}
	for _, size := range [][2]int{{80, 24}, {50, 15}, {20, 5}, {3, 2}} {
		d := pods(t, c, size[0], size[1])
		d.MustFill(size[0], size[1])
		c.err = errors.New("a\x1b[2Jb\nc")
		d.Keys("r")
		d.MustFill(size[0], size[1])
		c.err = nil
	}
}

func TestMouse(t *testing.T) {
	d := pods(t, &cluster{pods: 30}, 80, 24)
	m, _ := d.Screen.(*objects.Model)
	m.Wheel(0, 5, 3)
	d.MustShow("▸ shop       web-0003")
	d.Follow(m.Click(5, 3))
	d.MustShow("▸ shop       web-0001")
	d.Follow(m.Click(5, 3))
	d.MustShow("Pod shop/web-0001")
}

// BenchmarkTenThousand measures the first frame of the list of 10,000 objects, all its pages, and a key to its frame.
func BenchmarkTenThousand(b *testing.B) {
	c := &cluster{pods: 10_000}
	b.Run("open", func(b *testing.B) {
		first, _ := c.Objects(b.Context(), inspect.Kind{}, "", "")
		for range b.N {
			d := pods(b, &cluster{pages: [][]inspect.Row{first.Rows}}, 120, 40)
			d.Screen.View()
		}
	})
	b.Run("all pages", func(b *testing.B) {
		for range b.N {
			pods(b, c, 120, 40).Screen.View()
		}
	})
	for _, keys := range [][]string{{"down"}, {"pgdown"}, {"end", "home"}, {"/", "9", "esc"}} {
		b.Run(strings.Join(keys, " "), func(b *testing.B) {
			d := pods(b, c, 120, 40)
			b.ResetTimer()
			for i := range b.N {
				d.Keys(keys[i%len(keys)])
				d.Screen.View()
			}
		})
	}
}
