package live

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
)

// wire is the network before a cluster: it can be cut, and held.
type wire struct {
	t       *testing.T
	address string // of the wire
	cluster string

	mu    sync.Mutex
	door  net.Listener // nil while the wire is cut
	open  map[net.Conn]bool
	still chan struct{} // what came is kept back until it is closed; nil when nothing is
}

// wired puts a wire before a cluster. TLS goes through it as it is.
func wired(t *testing.T, config *rest.Config) (*wire, *rest.Config) {
	t.Helper()
	address, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, address: "127.0.0.1:0", cluster: address.Host, open: map[net.Conn]bool{}}
	w.join()
	t.Cleanup(w.cut)
	through := rest.CopyConfig(config)
	through.Host = "https://" + w.address
	return w, through
}

// join lets connections come in, at the same address each time. Another program of this machine may have got it meanwhile.
func (w *wire) join() {
	w.t.Helper()
	var door net.Listener
	eventually(w.t, func() (free bool) {
		var err error
		door, err = net.Listen("tcp", w.address)
		return err == nil
	})
	w.mu.Lock()
	w.door, w.address = door, door.Addr().String()
	w.mu.Unlock()
	go func() {
		for {
			client, err := door.Accept()
			if err != nil {
				return
			}
			go w.carry(door, client)
		}
	}()
}

// cut ends all connections, and lets none in.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.door == nil {
		return
	}
	_ = w.door.Close()
	for connection := range w.open {
		_ = connection.Close()
	}
	w.door, w.open = nil, map[net.Conn]bool{}
}

// admit takes in the two ends of a connection, unless the door that it came through was closed meanwhile.
func (w *wire) admit(door net.Listener, ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.door != door {
		return false
	}
	for _, end := range ends {
		w.open[end] = true
	}
	return true
}

// hold keeps back what comes from the cluster until the returned function is called.
func (w *wire) hold() (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	still := make(chan struct{})
	w.still = still
	return func() {
		w.mu.Lock()
		w.still = nil
		w.mu.Unlock()
		close(still)
	}
}

func (w *wire) carry(door net.Listener, client net.Conn) {
	server, err := net.Dial("tcp", w.cluster)
	if err != nil {
		_ = client.Close()
		return
	}
	end := func() { _, _ = client.Close(), server.Close() }
	if !w.admit(door, client, server) {
		end()
		return
	}
	go func() {
		defer end()
		_, _ = io.Copy(server, client)
	}()
	defer end()
	_, _ = io.Copy(client, &held{server, w})
}

// held reads what the cluster sends, when the wire lets it.
type held struct {
	io.Reader
	wire *wire
}

func (h *held) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.wire.mu.Lock()
	still := h.wire.still
	h.wire.mu.Unlock()
	if still != nil {
		<-still
	}
	return n, err
}
