package workshop

import (
	"context"
	"os"

	"podsec/kube/account"
	kubecli "podsec/kube/cli"
	"podsec/kube/live"
	"podsec/labs"
	"podsec/labs/venue"
)

// Places is where labs take place: on the simulated cluster, or on the real one that flags name.
type Places struct {
	Connection kubecli.Connection
	account    *account.Target // that the user agreed to, nil for none
	beside     bool            // the app has the terminal
}

// at is where labs take place for somebody who chose a context in the app, "" for the simulated cluster. What was said on
// the command line of another cluster (--yes, --aws) does not hold for this one.
func (p *Places) at(context string) *Places {
	out := *p
	if context != p.Connection.Context {
		out.account = nil
		out.Connection = kubecli.Connection{Context: context, Kubeconfig: p.Connection.Kubeconfig, Wide: p.Connection.Wide}
	}
	return &out
}

// target finds the real cluster.
func (p *Places) target() (*live.Target, error) {
	target, err := p.Connection.Target()
	if err == nil && p.beside {
		target.Detach()
	}
	return target, err
}

// Name tells the cluster from others, before it answers too.
func (p *Places) Name() string {
	if p.Connection.Live() {
		return p.Connection.Context
	}
	return venue.SimulatedName
}

// Agree has the user agree to work on a real cluster, and in an AWS account if one is asked for.
func (p *Places) Agree(ctx context.Context) error {
	found, err := p.Connection.Account(ctx)
	if err != nil || !p.Connection.Live() {
		return err
	}
	target, err := p.Connection.Target()
	if err != nil {
		return err
	}
	if err := p.Connection.Confirm(ctx, target, "run labs on", os.Stdin, os.Stderr); err != nil || found == nil {
		return err
	}
	if err := p.Connection.ConfirmAccount(found, "make a key and repositories in", os.Stdin, os.Stderr); err != nil {
		return err
	}
	p.account = found
	return nil
}

// Start starts the simulated cluster, or connects to the real one.
func (p *Places) Start(ctx context.Context) (venue.Venue, error) {
	if !p.Connection.Live() {
		return venue.Simulate(ctx)
	}
	target, err := p.target()
	if err != nil {
		return nil, err
	}
	v, err := venue.Connect(ctx, target, venue.Options{ClusterWide: p.Connection.Wide, Agreed: p.Connection.Yes, Data: labs.DataDir(), Account: p.account, Getenv: os.Getenv})
	return v, kubecli.WithHint(err)
}

// ForRun starts the cluster for `podsec run`.
func (p *Places) ForRun(ctx context.Context) (labs.Cluster, func() error, error) {
	if err := p.Agree(ctx); err != nil {
		return nil, nil, err
	}
	v, err := p.Start(ctx)
	if err != nil {
		return nil, nil, err
	}
	return v, v.Close, nil
}
