package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

const mapsPath = "/api/v1/namespaces/default/configmaps"

// send makes one request with the administrator's token and returns the answer's code and Status.
func send(t *testing.T, config *rest.Config, method, path, contentType string, body io.Reader, headers ...string) (int, metav1.Status) {
	t.Helper()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, config.Host+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	var status metav1.Status
	_ = json.NewDecoder(answer.Body).Decode(&status) // what is no Status has no message
	return answer.StatusCode, status
}

// repeated reads as the same text many times over, without holding it.
func repeated(text string, size int64) io.Reader {
	return io.LimitReader(&endless{text: text}, size)
}

type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at]
		e.at = (e.at + 1) % len(e.text)
	}
	return len(p), nil
}

// bomb is YAML that would unfold to some billions of nodes.
func bomb() string {
	var out strings.Builder
	out.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&out, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return out.String()
}

func TestHostileBodies(t *testing.T) {
	cluster := startCluster(t, Options{})
	config := cluster.Config()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const jsonType, yamlType = "application/json", "application/yaml"
	good := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"}}`
	for _, test := range []struct {
		name, method, path, contentType string
		body                            io.Reader
		want                            []int
	}{
		{"nothing", "POST", mapsPath, jsonType, http.NoBody, []int{400}},
		{"no JSON", "POST", mapsPath, jsonType, strings.NewReader("{{{"), []int{400}},
		{"cut off", "POST", mapsPath, jsonType, strings.NewReader(good[:30]), []int{400}},
		{"a list", "POST", mapsPath, jsonType, strings.NewReader("[" + good + "]"), []int{400}},
		{"null", "POST", mapsPath, jsonType, strings.NewReader("null"), []int{400, 422}},
		{"a number", "POST", mapsPath, jsonType, strings.NewReader("7"), []int{400}},
		{"no UTF-8", "POST", mapsPath, jsonType, strings.NewReader(strings.Replace(good, `"m"`, "\"\xff\xfe\"", 1)), []int{400, 422}},
		{"another kind", "POST", mapsPath, jsonType, strings.NewReader(strings.Replace(good, "ConfigMap", "Pod", 1)), []int{400}},
		{"metadata a text", "POST", mapsPath, jsonType, strings.NewReader(`{"apiVersion":"v1","kind":"ConfigMap","metadata":"m"}`), []int{400}},
		{"huge number", "POST", "/api/v1/namespaces/default/pods", jsonType, strings.NewReader(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"m"},"spec":{"activeDeadlineSeconds":1e400}}`), []int{400}},
		{"no content type known", "POST", mapsPath, "text/plain", strings.NewReader(good), []int{415}},
		{"a content type that is none", "POST", mapsPath, ";;;", strings.NewReader(good), []int{415, 400}},
		{"protobuf that is none", "POST", mapsPath, "application/vnd.kubernetes.protobuf", strings.NewReader("k8s\x00\xff\xff\xff\xff"), []int{400, 415}},
		{"deep JSON", "POST", mapsPath, jsonType, strings.NewReader(strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)), []int{400}},
		{"deep JSON in data", "POST", mapsPath, jsonType, strings.NewReader(strings.TrimSuffix(good, "}") + `,"x":` + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000) + "}"), []int{400}},
		{"deep YAML", "POST", mapsPath, yamlType, strings.NewReader(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)), []int{400}},
		{"YAML bomb", "POST", mapsPath, yamlType, strings.NewReader(bomb()), []int{400}},
		{"100 MB", "POST", mapsPath, jsonType, repeated("a", 100<<20), []int{413}},
		{"100 MB of YAML", "POST", mapsPath, yamlType, repeated("a: b\n", 100<<20), []int{413}},
		{"100 MB patch", "PATCH", mapsPath + "/kube-root-ca.crt", "application/merge-patch+json", repeated(" ", 100<<20), []int{413}},
		{"a patch that is none", "PATCH", mapsPath + "/kube-root-ca.crt", "application/json-patch+json", strings.NewReader(`[{"op":"copy","from":"/data","path":"/data/x"}]`), []int{400, 422}},
		{"deep patch", "PATCH", mapsPath + "/kube-root-ca.crt", "application/merge-patch+json", strings.NewReader(strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)), []int{400, 422}},
		{"apply that is none", "PATCH", mapsPath + "/x?fieldManager=m", "application/apply-patch+yaml", strings.NewReader(bomb()), []int{400, 422}},
		{"delete options that are none", "DELETE", mapsPath + "/kube-root-ca.crt", jsonType, strings.NewReader(`{"gracePeriodSeconds":"x"}`), []int{400}},
		{"bad selector", "GET", mapsPath + "?labelSelector=a%20b", jsonType, http.NoBody, []int{400}},
		{"bad field selector", "GET", mapsPath + "?fieldSelector=spec.x%3D1", jsonType, http.NoBody, []int{400}},
		{"bad limit", "GET", mapsPath + "?limit=x", jsonType, http.NoBody, []int{400}},
		{"bad continue", "GET", mapsPath + "?continue=x", jsonType, http.NoBody, []int{400}},
		{"bad resourceVersion", "GET", mapsPath + "?watch=1&resourceVersion=x", jsonType, http.NoBody, []int{400}},
		{"no such path", "GET", "/api/v1/../../etc/passwd", jsonType, http.NoBody, []int{404}},
		{"no such verb", "TRACE", mapsPath, jsonType, http.NoBody, []int{405}},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, status := send(t, config, test.method, test.path, test.contentType, test.body)
			for _, want := range test.want {
				if code == want {
					return
				}
			}
			t.Errorf("answer %d %q, want %v", code, status.Message, test.want)
		})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("%d MB more are in use afterwards", grown>>20)
	}
	if code, _ := send(t, config, "POST", mapsPath, jsonType, strings.NewReader(good)); code != http.StatusCreated {
		t.Errorf("a good request afterwards: %d", code)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	cluster := startCluster(t, Options{})
	wrong := rest.CopyConfig(cluster.Config())
	wrong.BearerToken = "wrong"
	none := rest.CopyConfig(cluster.Config())
	none.BearerToken = ""
	for name, config := range map[string]*rest.Config{"wrong token": wrong, "no token": none} {
		for _, path := range []string{"/api", "/version", "/healthz", "/openapi/v3", mapsPath} {
			if code, status := send(t, config, "GET", path, "", http.NoBody); code != http.StatusUnauthorized || status.Reason != metav1.StatusReasonUnauthorized {
				t.Errorf("%s for %s: %d %s, want 401", name, path, code, status.Reason)
			}
		}
	}
	if code, _ := send(t, cluster.Config(), "GET", mapsPath, "", http.NoBody, "Origin", "https://example.com"); code != http.StatusForbidden {
		t.Errorf("foreign origin: %d, want 403", code)
	}
	if code, _ := send(t, cluster.Config(), "GET", mapsPath, "", http.NoBody, "Origin", cluster.Config().Host); code != http.StatusOK {
		t.Errorf("own origin: %d, want 200", code)
	}
}

// TestHalfOpenConnections holds connections that never say what they want; others are served meanwhile.
func TestHalfOpenConnections(t *testing.T) {
	cluster := startCluster(t, Options{})
	address := strings.TrimPrefix(cluster.Config().Host, "https://")
	for i := range 100 {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if i%2 == 0 {
			continue // not even a handshake
		}
		secure := tls.Client(connection, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the server is in this test
		if _, err := io.WriteString(secure, "POST "+mapsPath+" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	if code, _ := send(t, cluster.Config(), "GET", mapsPath, "", http.NoBody); code != http.StatusOK {
		t.Errorf("answer %d, want 200", code)
	}
}

// TestThousandWatches delivers a change to a thousand watches at once. They begin some at a time: a thousand handshakes at
// once would take longer on a busy machine than a server waits for one.
func TestThousandWatches(t *testing.T) {
	const watches = 1000
	starting := make(chan struct{}, 20)
	cluster := startCluster(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client := dynamic.NewForConfigOrDie(cluster.Config())
	var ready, seen sync.WaitGroup
	ready.Add(watches)
	seen.Add(watches)
	for range watches {
		go func() {
			starting <- struct{}{}
			w, err := client.Resource(podsGVR).Namespace("default").Watch(ctx, metav1.ListOptions{ResourceVersion: "1"})
			<-starting
			ready.Done()
			if err != nil {
				t.Error(err)
				seen.Done()
				return
			}
			<-w.ResultChan()
			seen.Done()
		}()
	}
	ready.Wait()
	if _, err := client.Resource(podsGVR).Namespace("default").Create(ctx, benchPod("seen"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	seen.Wait()
}

// TestClientThatNeverReads has a watch whose client reads nothing while much happens: nothing is queued for it, and
// nobody waits for it.
func TestClientThatNeverReads(t *testing.T) {
	cluster := startCluster(t, Options{})
	config := cluster.Config()
	connection, err := tls.Dial("tcp", strings.TrimPrefix(config.Host, "https://"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the server is in this test
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "GET %s?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", mapsPath, config.BearerToken)
	if line, err := bufio.NewReaderSize(connection, 16).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("watch: %q, %v", line, err)
	}
	obj := benchPod("busy")
	obj.SetKind("ConfigMap")
	delete(obj.Object, "spec")
	obj.Object["data"] = map[string]any{"text": string(bytes.Repeat([]byte("x"), 20_000))}
	maps := podsGVR
	maps.Resource = "configmaps"
	client := cluster.server.Client()
	if _, err := client.Create(context.Background(), maps, obj, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for i := range 800 { // 16 MB, many times what the connection buffers
		obj.SetAnnotations(map[string]string{"n": fmt.Sprint(i)})
		obj.SetResourceVersion("")
		if _, err := client.Update(context.Background(), maps, obj, ""); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if code, _ := send(t, config, "GET", mapsPath+"/busy", "", http.NoBody); code != http.StatusOK {
		t.Errorf("others are answered %d after %v", code, time.Since(start))
	}
}
