package inspect

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
)

// Program returns a Kubectl that runs a program, "podsec kubectl" or a real kubectl, with a kubeconfig.
func Program(kubeconfig, path string, first ...string) Kubectl {
	return func(ctx context.Context, folder string, args ...string) ([]byte, error) {
		command := exec.CommandContext(ctx, path, append(append([]string{}, first...), args...)...)
		command.Dir = folder
		command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
		var out, complaint bytes.Buffer
		command.Stdout, command.Stderr = &out, &complaint
		if err := command.Run(); err != nil {
			if said := strings.TrimSpace(complaint.String()); said != "" {
				err = errors.New(said)
			}
			return nil, err
		}
		return out.Bytes(), nil
	}
}
