package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"podsec/labs"
)

// prove works through the labs of a folder, or through the lab whose folder it is.
func prove(cmd *cobra.Command, o Options, dir string) (problems []labs.Problem, err error) {
	list, single, err := labsOf(dir)
	if err != nil {
		return nil, fmt.Errorf("read labs: %w", err)
	}
	ctx := cmd.Context()
	cluster, end, err := o.Cluster(ctx)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	defer func() { err = errors.Join(err, end()) }()
	progress := progressTo(cmd.ErrOrStderr())
	defer fmt.Fprint(progress, clearLine)
	for _, lab := range list {
		found, err := proveLab(ctx, o, cluster, lab, progress)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	for i := range problems {
		if single {
			problems[i].File = filepath.Base(problems[i].File)
		}
	}
	return problems, nil
}

func proveLab(ctx context.Context, o Options, cluster labs.Cluster, lab *labs.Lab, progress io.Writer) ([]labs.Problem, error) {
	found, err := labs.Prove(ctx, lab, cluster, o.Shell(cluster), func(step *labs.Step) {
		fmt.Fprintf(progress, "%s  %s/%s …", clearLine, lab.ID, step.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("work through %s: %w", lab.ID, err)
	}
	return found, nil
}

// labsOf reads the labs of a folder, or the one lab whose folder it is.
func labsOf(dir string) (list []*labs.Lab, single bool, err error) {
	if _, err := os.Stat(filepath.Join(dir, "lab.md")); err != nil {
		list, err := labs.Load(os.DirFS(dir))
		return list, false, err
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		return nil, true, err
	}
	lab, err := labs.Parse(os.DirFS(filepath.Dir(whole)), filepath.Base(whole))
	return []*labs.Lab{lab}, true, err
}
