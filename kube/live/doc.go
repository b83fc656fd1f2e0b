// Package live is how the workshop works on a real cluster without harming it.
//
// Commands reach the cluster through a Gate on loopback. The gate marks every object that is made with a label, writes
// it to a Ledger before the cluster is asked, confines Kyverno policies to the workshop's namespaces, and refuses to
// change or to delete what the workshop did not make. A Cleaner removes what the label and the ledger name, and nothing
// else. A Doctor says beforehand what will work.
package live
