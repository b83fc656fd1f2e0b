package apiserver_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/kubectl/pkg/cmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	clocktesting "k8s.io/utils/clock/testing"
	"mvdan.cc/sh/v3/shell"

	"podsec/kube/sim/admission"
	"podsec/kube/sim/api"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/kinds"
)

var update = flag.Bool("update", false, "write what the scripts print into them")

// nowhere has no service that answers webhooks.
type nowhere struct{}

func (nowhere) Lookup(string, string) (api.Service, bool) { return nil, false }

// namespaces makes namespaces with the service account that every pod needs.
func namespaces(names ...string) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, name := range names {
		ns := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"phase": "Active"}}}
		ns.SetAPIVersion("v1")
		ns.SetKind("Namespace")
		ns.SetName(name)
		account := &unstructured.Unstructured{Object: map[string]any{}}
		account.SetAPIVersion("v1")
		account.SetKind("ServiceAccount")
		account.SetNamespace(name)
		account.SetName("default")
		out = append(out, ns, account)
	}
	return out
}

// cluster is a server that kubectl reaches over HTTP.
type cluster struct {
	*apiserver.Server
	url  string
	home string
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	s, err := apiserver.New(apiserver.Options{
		Kinds: kinds.All(), Clock: clocktesting.NewFakePassiveClock(now()), IDs: ident.New("kubectl"), Token: "secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.SetAdmission(admission.Chain(s.Client(), ident.New("admission"), nowhere{})...)
	if err := s.Restore(context.Background(), namespaces("default", "kube-system", "shop")); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(s)
	ctx, end := context.WithCancel(context.Background())
	web.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	web.StartTLS()
	t.Cleanup(func() {
		end() // watches would go on for ever, also those that an informer begins now
		web.Close()
	})
	return &cluster{Server: s, url: web.URL, home: t.TempDir()}
}

// kubectl runs a command of the linked kubectl and returns what it printed, both streams in order.
func (c *cluster) kubectl(t testing.TB, stdin string, args ...string) (output string, exit int) {
	t.Helper()
	var out bytes.Buffer
	streams := genericiooptions.IOStreams{In: strings.NewReader(stdin), Out: &out, ErrOut: &out}
	flags := genericclioptions.NewConfigFlags(true).WithDiscoveryBurst(300).WithDiscoveryQPS(50)
	cacheDir := filepath.Join(c.home, "cache")
	flags.CacheDir = &cacheDir
	command := cmd.NewKubectlCommand(cmd.KubectlOptions{IOStreams: streams, ConfigFlags: flags, Arguments: append([]string{"kubectl"}, args...)})
	command.SetArgs(append([]string{"--server", c.url, "--token", "secret", "--insecure-skip-tls-verify"}, args...))
	command.SetOut(&out)
	command.SetErr(&out)
	cmdutil.BehaviorOnFatal(func(message string, code int) {
		if message != "" && !strings.HasSuffix(message, "\n") {
			message += "\n"
		}
		out.WriteString(message)
		panic(fatal(code))
	})
	defer func() {
		if code, ok := recover().(fatal); ok {
			output, exit = out.String(), int(code)
		}
	}()
	if err := command.Execute(); err != nil {
		return out.String() + err.Error() + "\n", 1
	}
	return out.String(), 0
}

type fatal int

// TestKubectl runs the commands of each script, in the order of its first lines, against a new cluster. The file "want"
// of the archive is what they print; the other files are there for the commands to read.
func TestKubectl(t *testing.T) {
	scripts, err := filepath.Glob("testdata/kubectl/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { runScript(t, path) })
	}
}

func runScript(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := newCluster(t)
	t.Setenv("HOME", c.home)
	t.Chdir(c.home)
	want := -1
	for i, file := range archive.Files {
		if file.Name == "want" {
			want = i
		} else if err := os.WriteFile(file.Name, file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := transcript(t, c, string(archive.Comment))
	if *update {
		archive.Files[want].Data = []byte(got)
		if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
		t.Error(diff)
	}
}

// transcript runs commands, one a line; lines that begin with # are notes.
func transcript(t *testing.T, c *cluster, commands string) string {
	var out strings.Builder
	for line := range strings.Lines(commands) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		args, err := shell.Fields(line, nil)
		if err != nil {
			t.Fatal(err)
		}
		output, exit := c.kubectl(t, "", args...)
		fmt.Fprintf(&out, "$ kubectl %s\n%s", line, strings.ReplaceAll(output, c.url, "https://SERVER"))
		if exit != 0 {
			fmt.Fprintf(&out, "[exit %d]\n", exit)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
