package helm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

// repoCommand is `helm repo`, with what the workshop needs of it.
func (h *Helm) repoCommand() *cobra.Command {
	repo := &cobra.Command{Use: "repo add|remove|list|update [ARGS]", Short: "add, list, remove, update chart repositories", Args: exactly(0)}
	repo.AddCommand(h.repoAddCommand(), h.repoListCommand())
	repo.AddCommand(&cobra.Command{
		Use: "remove [REPO1 [REPO2 ...]]", Aliases: []string{"rm"}, Short: "remove one or more chart repositories", Args: atLeast(1),
		RunE: func(_ *cobra.Command, names []string) error { return h.removeRepos(names) },
	})
	repo.AddCommand(&cobra.Command{
		Use: "update [REPO1 [REPO2 ...]]", Aliases: []string{"up"}, Short: "update information of available charts locally from chart repositories",
		RunE: func(_ *cobra.Command, names []string) error { return h.updateRepos(names) },
	})
	return repo
}

func (h *Helm) repoAddCommand() *cobra.Command {
	var force bool
	command := &cobra.Command{
		Use: "add [NAME] [URL]", Short: "add a chart repository", Args: exactly(2),
		RunE: func(_ *cobra.Command, args []string) error { return h.addRepo(args[0], args[1], force) },
	}
	command.Flags().BoolVar(&force, "force-update", false, "replace (overwrite) the repo if it already exists")
	return command
}

func (h *Helm) repoListCommand() *cobra.Command {
	var format output
	command := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "list chart repositories", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			file, err := h.loadRepos()
			if err != nil {
				return err
			}
			if len(file.Repositories) == 0 && !format.structured() {
				fmt.Fprintln(h.Stderr, "no repositories to show")
				return nil
			}
			rows := [][]string{{"NAME", "URL"}}
			for _, entry := range file.Repositories {
				rows = append(rows, []string{entry.Name, entry.URL})
			}
			return format.write(h.Stdout, table(rows...), append([]repository{}, file.Repositories...))
		},
	}
	format.bind(command)
	return command
}

// updateRepos is `helm repo update`. The chart cannot be newer than the one that the binary carries, so looking is all
// there is to do: a repository in the file is one that addRepo could reach.
func (h *Helm) updateRepos(names []string) error {
	file, err := h.loadRepos()
	if err != nil {
		return err
	}
	if len(file.Repositories) == 0 {
		return errors.New("no repositories found. You must add one before updating")
	}
	for _, name := range names {
		if _, ok := file.find(name); !ok {
			return fmt.Errorf("no repositories found matching '%s'.  Nothing will be updated", name)
		}
	}
	fmt.Fprintln(h.Stdout, "Hang tight while we grab the latest from your chart repositories...")
	var failed []string
	for _, entry := range file.Repositories {
		if len(names) > 0 && !slices.Contains(names, entry.Name) {
			continue
		}
		if err := reach(entry.URL); err != nil {
			fmt.Fprintf(h.Stdout, "...Unable to get an update from the %q chart repository (%s):\n\t%v\n", entry.Name, entry.URL, err)
			failed = append(failed, entry.URL)
			continue
		}
		fmt.Fprintf(h.Stdout, "...Successfully got an update from the %q chart repository\n", entry.Name)
	}
	if len(failed) > 0 {
		return fmt.Errorf("failed to update the following repositories: %s", failed)
	}
	fmt.Fprintln(h.Stdout, "Update Complete. ⎈Happy Helming!⎈")
	return nil
}
