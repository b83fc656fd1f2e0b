package live

import (
	"bytes"
	"encoding/json"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// noting is the answer to a request that makes an object: it writes the object's name and UID to the ledger before the
// client learns of it.
type noting struct {
	http.ResponseWriter
	ledger *Ledger
	entry  Entry
	code   int
	seen   bytes.Buffer
	noted  bool
}

// WriteHeader implements http.ResponseWriter.
func (n *noting) WriteHeader(code int) {
	n.code = code
	n.ResponseWriter.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (n *noting) Write(p []byte) (int, error) {
	if !n.noted && (n.code == http.StatusCreated || n.code == http.StatusOK) && n.seen.Len()+len(p) <= maxBody {
		n.seen.Write(p)
		n.note()
	}
	return n.ResponseWriter.Write(p)
}

// note writes the ledger once the whole object is there. What cannot be read is in the ledger by its name already, and
// carries the label.
func (n *noting) note() {
	var made metav1.PartialObjectMetadata
	if json.Unmarshal(n.seen.Bytes(), &made) != nil || made.UID == "" {
		return
	}
	n.noted = true
	n.entry.Name, n.entry.UID = made.Name, made.UID
	_ = n.ledger.Write(n.entry) // the object has its label
}

// Unwrap lets the proxy flush.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }
