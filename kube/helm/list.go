package helm

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

// listed is one release as `helm list` shows it.
type listed struct {
	Name       string `json:"name"`
	Namespace  string `json:"namespace"`
	Revision   string `json:"revision"`
	Updated    string `json:"updated"`
	Status     string `json:"status"`
	Chart      string `json:"chart"`
	AppVersion string `json:"app_version"`
}

func (h *Helm) listCommand() *cobra.Command {
	var all, short bool
	var format output
	command := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "list releases", Args: exactly(0),
		RunE: func(command *cobra.Command, _ []string) error {
			flag, _ := command.Flags().GetString("namespace")
			namespace := h.namespace(flag)
			if all {
				namespace = ""
			}
			c, err := h.connect(command.Context())
			if err != nil {
				return err
			}
			records, err := c.history(command.Context(), namespace, "")
			if err != nil {
				return err
			}
			return h.printList(latest(records), short, format)
		},
	}
	command.Flags().BoolVarP(&all, "all-namespaces", "A", false, "list releases across all namespaces")
	command.Flags().BoolVarP(&short, "short", "q", false, "output short (quiet) listing format")
	format.bind(command)
	return command
}

// latest keeps the newest record of each release; records are ordered by release and version.
func latest(records []*release) []*release {
	var kept []*release
	for _, record := range records {
		if n := len(kept); n > 0 && kept[n-1].Name == record.Name && kept[n-1].Namespace == record.Namespace {
			kept[n-1] = record
			continue
		}
		kept = append(kept, record)
	}
	return kept
}

func (h *Helm) printList(records []*release, short bool, format output) error {
	rows := [][]string{{"NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"}}
	values, names, lines := []listed{}, []string{}, ""
	for _, r := range records {
		meta := r.Chart.Metadata
		value := listed{r.Name, r.Namespace, strconv.Itoa(r.Version), r.Info.LastDeployed.String(), r.Info.Status, meta.Name + "-" + meta.Version, meta.AppVersion}
		values, names, lines = append(values, value), append(names, r.Name), lines+fmt.Sprintln(r.Name)
		rows = append(rows, []string{value.Name, value.Namespace, value.Revision, value.Updated, value.Status, value.Chart, value.AppVersion})
	}
	if short {
		return format.write(h.Stdout, lines, names)
	}
	return format.write(h.Stdout, table(rows...), values)
}

func (h *Helm) statusCommand() *cobra.Command {
	var format output
	command := &cobra.Command{
		Use: "status RELEASE_NAME", Short: "display the status of the named release", Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error {
			flag, _ := command.Flags().GetString("namespace")
			c, err := h.connect(command.Context())
			if err != nil {
				return err
			}
			record, err := c.last(command.Context(), h.namespace(flag), args[0])
			if err != nil {
				return err
			}
			return format.write(h.Stdout, record.describe(false), record)
		},
	}
	format.bind(command)
	return command
}
