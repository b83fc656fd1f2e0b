package helm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// removal is what the flags of uninstall say.
type removal struct{ dryRun, noHooks, ignoreNotFound bool }

func (h *Helm) uninstallCommand() *cobra.Command {
	var o removal
	command := &cobra.Command{
		Use: "uninstall RELEASE_NAME [...]", Aliases: []string{"del", "delete", "un"}, Short: "uninstall a release", Args: atLeast(1),
		RunE: func(command *cobra.Command, names []string) error {
			flag, _ := command.Flags().GetString("namespace")
			c, err := h.connect(command.Context())
			if err != nil {
				return err
			}
			for _, name := range names {
				kept, err := c.uninstall(command.Context(), h.namespace(flag), name, o)
				if err != nil {
					return err
				}
				fmt.Fprint(h.Stdout, kept)
				fmt.Fprintf(h.Stdout, "release %q uninstalled\n", name)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&o.dryRun, "dry-run", false, "simulate a uninstall")
	command.Flags().BoolVar(&o.noHooks, "no-hooks", false, "prevent hooks from running during uninstallation")
	command.Flags().BoolVar(&o.ignoreNotFound, "ignore-not-found", false, `Treat "release not found" as a successful uninstall`)
	return command
}

// uninstall removes a release and returns Helm's paragraph about what it left behind on purpose.
func (c *cluster) uninstall(ctx context.Context, namespace, name string, o removal) (string, error) {
	if err := checkName(name); err != nil && !o.dryRun {
		return "", fmt.Errorf("uninstall: Release name is invalid: %s", name)
	}
	record, err := c.last(ctx, namespace, name)
	if errors.Is(err, errNotFound) && o.ignoreNotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("uninstall: Release not loaded: %s: %w", name, err)
	}
	objects, err := record.objects()
	if err != nil {
		return "", err
	}
	keep := func(object *unstructured.Unstructured) bool {
		return object.GetAnnotations()[resourcePolicy] == resourceKeep
	}
	kept := keptText(slices.DeleteFunc(slices.Clone(objects), func(object *unstructured.Unstructured) bool { return !keep(object) }))
	if o.dryRun {
		return kept, nil
	}
	if !o.noHooks {
		if err := c.preDelete(ctx, namespace); err != nil {
			return "", fmt.Errorf("failed pre-delete: %w", err)
		}
	}
	if err := c.removeAll(ctx, slices.DeleteFunc(objects, keep)); err != nil {
		return "", fmt.Errorf("failed to delete release: %s: %w", name, err)
	}
	return kept, c.forget(ctx, namespace, name)
}

// removeAll deletes objects, the last created first, kind by kind.
func (c *cluster) removeAll(ctx context.Context, objects []*unstructured.Unstructured) error {
	cut := groups(objects)
	slices.Reverse(cut)
	for _, group := range cut {
		err := each(ctx, group, func(ctx context.Context, object *unstructured.Unstructured) error {
			if err := c.remove(ctx, object); !apierrors.IsNotFound(err) {
				return err
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forget deletes the release's records.
func (c *cluster) forget(ctx context.Context, namespace, name string) error {
	secrets, err := c.records(ctx, namespace, name)
	if err != nil {
		return err
	}
	for _, secret := range secrets {
		if err := c.typed.CoreV1().Secrets(namespace).Delete(ctx, secret.Name, metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("uninstall: Failed to purge the release: %w", err)
		}
	}
	return nil
}

func keptText(objects []*unstructured.Unstructured) string {
	if len(objects) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString("These resources were kept due to the resource policy:\n")
	for _, object := range objects {
		fmt.Fprintf(&text, "[%s] %s\n", object.GetKind(), object.GetName())
	}
	text.WriteByte('\n')
	return text.String()
}
