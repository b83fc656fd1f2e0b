// Package proof proves the workshop's own labs, on the cluster that learners have and with its real commands: see
// labs.Prove. It is a package of its own because that takes its time.
package proof
