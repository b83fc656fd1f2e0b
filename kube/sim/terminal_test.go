package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"podsec/kube/level"
)

// terminal is a shell with kubectl at a cluster.
type terminal struct {
	t      *testing.T
	folder string
	host   string
	env    []string
	settle func(context.Context) error
}

// newTerminal makes a shell in a folder, at the cluster that the script is meant for, in a namespace of the test's name.
func newTerminal(t *testing.T, folder, script string) *terminal {
	t.Helper()
	term := &terminal{t: t, folder: folder}
	kubeconfig := *live
	if kubeconfig == "" {
		cluster := startCluster(t, Options{Start: Baseline{Kyverno: strings.Contains(script, "# Kyverno is installed.")}})
		kubeconfig = cluster.Kubeconfig()
		term.settle = func(ctx context.Context) error { return cluster.inside.Load().settle(ctx, cluster.server.Revision) }
	} else {
		term.settle = func(context.Context) error { time.Sleep(4 * time.Second); return nil }
	}
	namespace := strings.ToLower(filepath.Base(t.Name()))
	config := ownContext(t, kubeconfig, namespace)
	term.host = config.Clusters["cluster"].Server
	own := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, own); err != nil {
		t.Fatal(err)
	}
	useNamespace(t, own, namespace)
	term.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "KUBECONFIG=" + own, "KUBECACHEDIR=" + filepath.Join(folder, ".cache"),
		"KUBERC=off", "TMPDIR=" + t.TempDir(), "TZ=UTC",
	}
	return term
}

// ownContext returns a kubeconfig with one context, named as in no cluster.
func ownContext(t *testing.T, path, namespace string) *clientcmdapi.Config {
	t.Helper()
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	current := config.Contexts[config.CurrentContext]
	own := clientcmdapi.NewConfig()
	own.Clusters["cluster"] = config.Clusters[current.Cluster]
	own.AuthInfos["admin"] = config.AuthInfos[current.AuthInfo]
	own.Contexts["workshop"] = &clientcmdapi.Context{Cluster: "cluster", AuthInfo: "admin", Namespace: namespace}
	own.CurrentContext = "workshop"
	return own
}

// useNamespace makes the namespace of a script and removes it after a run on a real cluster.
func useNamespace(t *testing.T, kubeconfig, namespace string) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client, ctx := kubernetes.NewForConfigOrDie(config).CoreV1(), context.Background()
	if _, err := client.Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if *live != "" {
		t.Cleanup(func() { _ = client.Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}) })
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, err := client.ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// transcript runs command lines; lines that begin with # are notes. "settle" waits until the cluster rests, and
// "within TIME command…" ends a command that would not end, that long after it began to print.
func (term *terminal) transcript(ctx context.Context, script string) []command {
	var out []command
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line == "settle":
			if err := term.settle(ctx); err != nil {
				term.t.Fatal(err)
			}
		default:
			text, status := term.run(ctx, line)
			text = level.Text(strings.ReplaceAll(text, term.host, "https://SERVER"))
			if status != 0 {
				text += fmt.Sprintf("[exit %d]\n", status)
			}
			out = append(out, command{line, strings.TrimRight(text, "\n")})
		}
	}
	return out
}

// raceNote is what kubectl says first when it is built with the race detector, as the tests may be.
var raceNote = regexp.MustCompile(`(?m)^I\d{4} .*\] Data race detection enabled\n`)

var limited = regexp.MustCompile(`^within (\S+) `)

// run runs one command line and returns what it printed, both streams in order.
func (term *terminal) run(ctx context.Context, line string) (output string, status int) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out := printed{began: func() {}}
	if m := limited.FindStringSubmatch(line); m != nil {
		limit, err := time.ParseDuration(m[1])
		if err != nil {
			term.t.Fatal(err)
		}
		out.began = func() { time.AfterFunc(limit, cancel) }
		line = line[len(m[0]):]
	}
	program, err := syntax.NewParser().Parse(strings.NewReader(line), "")
	if err != nil {
		term.t.Fatal(err)
	}
	shell, err := interp.New(interp.Dir(term.folder), interp.Env(expand.ListEnviron(term.env...)), interp.StdIO(nil, &out, &out))
	if err != nil {
		term.t.Fatal(err)
	}
	err = shell.Run(ctx, program)
	if code := interp.ExitStatus(0); errors.As(err, &code) {
		status = int(code)
	} else if err != nil && ctx.Err() == nil {
		term.t.Fatal(err)
	}
	if ctx.Err() != nil {
		status = 0 // how an interrupted program ends is not the cluster's business
	}
	return raceNote.ReplaceAllString(out.String(), ""), status
}

// printed is what the commands of a line print, those of a pipeline at the same time.
type printed struct {
	began func() // called when something comes for the first time
	mu    sync.Mutex
	text  strings.Builder
}

// Write implements io.Writer.
func (p *printed) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text.Len() == 0 {
		p.began()
	}
	return p.text.Write(text)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}
