package controller

import (
	"net/netip"
	"unique"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// placement knows where all pods are, from the changes that a controller observes: to look through every pod for each
// new one would make a large cluster slow.
type placement struct {
	pods  map[types.UID]place
	nodes map[string]int     // how many pods a node has
	taken map[netip.Addr]int // how many pods have an address
	free  netip.Addr         // no lower address is free
}

// place is what placement knows of one pod.
type place struct {
	node    string
	address netip.Addr
}

// firstAddress is where the addresses of pods begin.
var firstAddress = netip.AddrFrom4([4]byte{10, 0, 0, 1})

func newPlacement() *placement {
	return &placement{pods: map[types.UID]place{}, nodes: map[string]int{}, taken: map[netip.Addr]int{}, free: firstAddress}
}

// note takes in a change of any object.
func (p *placement) note(ch change) {
	if ch.gvr != podsGVR {
		return
	}
	uid := ch.obj.GetUID()
	if old, ok := p.pods[uid]; ok {
		delete(p.pods, uid)
		p.nodes[old.node]--
		p.release(old.address)
	}
	if ch.kind == watch.Deleted {
		return
	}
	node := unique.Make(nodeOf(ch.obj)).Value() // many pods have it in common
	text, _, _ := unstructured.NestedString(ch.obj.Object, "status", "podIP")
	address, _ := netip.ParseAddr(text) // none yet is the zero address
	p.pods[uid] = place{node, address}
	p.nodes[node]++
	p.taken[address]++
}

func (p *placement) release(address netip.Addr) {
	if p.taken[address]--; p.taken[address] > 0 {
		return
	}
	delete(p.taken, address)
	if address.IsValid() && address.Less(p.free) && !address.Less(firstAddress) {
		p.free = address
	}
}

// address returns the first address that neither a pod nor the node itself has.
func (p *placement) address(node string) netip.Addr {
	for p.taken[p.free] > 0 {
		p.free = p.free.Next()
	}
	address := p.free
	for p.taken[address] > 0 || address.String() == node {
		address = address.Next()
	}
	return address
}
