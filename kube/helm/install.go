package helm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsec/assets/kyverno"
)

// installation is what the flags of install say.
type installation struct {
	createNamespace bool
	hideNotes       bool
	wait            wait
	timeout         time.Duration
	version         string
	set             []string
	format          output
}

func (h *Helm) installCommand() *cobra.Command {
	var o installation
	command := &cobra.Command{
		Use: "install [NAME] [CHART]", Short: "install a chart", Args: atLeast(1),
		RunE: func(command *cobra.Command, args []string) error {
			flag, _ := command.Flags().GetString("namespace")
			record, err := h.install(command.Context(), args, h.namespace(flag), o)
			if err != nil {
				return fmt.Errorf("INSTALLATION FAILED: %w", err)
			}
			return o.format.write(h.Stdout, record.describe(o.hideNotes), record)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&o.createNamespace, "create-namespace", false, "create the release namespace if not present")
	flags.BoolVar(&o.hideNotes, "hide-notes", false, "if set, do not show notes in install output")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "time to wait for the Deployments with --wait")
	flags.StringVar(&o.version, "version", "", "the chart version to use")
	flags.StringArrayVar(&o.set, "set", nil, "set values on the command line (can specify multiple or separate values with commas: key1=val1,key2=val2)")
	o.wait.bind(command)
	o.format.bind(command)
	return command
}

// install does the work of `helm install`, in Helm's order: check everything, record the release as pending, create
// the objects, record it as deployed (or failed).
func (h *Helm) install(ctx context.Context, args []string, namespace string, o installation) (*release, error) {
	name, reference, err := nameAndChart(args)
	if err != nil {
		return nil, err
	}
	if err := h.locate(reference, o.version); err != nil {
		return nil, err
	}
	set, err := parseValues(o.set)
	if err != nil {
		return nil, err
	}
	c, err := h.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("cluster reachability check failed: %w", err)
	}
	if err := c.available(ctx, namespace, name); err != nil {
		return nil, fmt.Errorf("release name check failed: %w", err)
	}
	if err := checkPlace(name, namespace); err != nil {
		return nil, err
	}
	return h.deploy(ctx, c, set, o)
}

// available checks a release's name.
func (c *cluster) available(ctx context.Context, namespace, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	switch _, err := c.last(ctx, namespace, name); {
	case errors.Is(err, errNotFound):
		return nil
	case err != nil:
		return err
	}
	return errors.New("cannot reuse a name that is still in use")
}

// deploy creates what the chart consists of.
func (h *Helm) deploy(ctx context.Context, c *cluster, set values, o installation) (*release, error) {
	resources, err := render(set)
	if err != nil {
		return nil, err
	}
	present, err := c.present(ctx, objects(resources))
	if err != nil {
		return nil, fmt.Errorf("unable to continue with install: %w", err)
	}
	record, err := h.newRelease(resources, set)
	if err != nil {
		return nil, err
	}
	if o.createNamespace {
		if err := c.ensureNamespace(ctx, record.Namespace); err != nil {
			return nil, err
		}
	}
	if err := c.save(ctx, record, true, h.Now()); err != nil {
		return nil, err
	}
	err = c.create(ctx, resources, present, o)
	record.Info.Status, record.Info.Description = "deployed", "Install complete"
	if err != nil {
		record.Info.Status, record.Info.Description = "failed", fmt.Sprintf("Release %q failed: %v", record.Name, err)
	}
	return record, errors.Join(err, c.save(ctx, record, false, h.Now()))
}

// create creates the objects kind by kind, and waits for the Deployments when asked to.
func (c *cluster) create(ctx context.Context, resources []resource, present map[string]string, o installation) error {
	for _, group := range groups(resources) {
		err := each(ctx, group, func(ctx context.Context, r resource) error { return c.put(ctx, r, present[id(r.Unstructured)]) })
		if err != nil {
			return err
		}
	}
	if !o.wait.on() {
		return nil
	}
	return c.waitReady(ctx, deployments(objects(resources)), o.timeout)
}

// newRelease is the record of a release before anything is created. Without values its manifest is at hand.
func (h *Helm) newRelease(resources []resource, set values) (*release, error) {
	now := h.Now()
	record := &release{
		Name: releaseName, Namespace: kyverno.Namespace, Version: 1, Config: set.tree(), ApplyMethod: "csa",
		Info:  info{FirstDeployed: now, LastDeployed: now, Status: "pending-install", Description: "Initial install underway", Notes: notes},
		Chart: chart{Metadata: metadata{APIVersion: "v2", Name: chartName, Version: kyverno.ChartVersion, AppVersion: kyverno.AppVersion, Type: "application"}},
	}
	if len(set) == 0 {
		record.packed = defaultManifest
		return record, nil
	}
	var err error
	record.Manifest, err = manifest(resources)
	return record, err
}

func ignoreExists(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
