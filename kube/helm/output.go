package helm

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// output is the value of --output: table, json or yaml.
type output string

// String, Set and Type make it a flag's value.
func (o *output) String() string { return string(*o) }

// Type is what help calls the value.
func (o *output) Type() string { return "format" }

// Set accepts one of the three formats.
func (o *output) Set(value string) error {
	switch value {
	case "table", "json", "yaml":
		*o = output(value)
		return nil
	}
	return fmt.Errorf("invalid format type")
}

func (o *output) bind(command *cobra.Command) {
	*o = "table"
	command.Flags().VarP(o, "output", "o", "prints the output in the specified format. Allowed values: table, json, yaml")
}

func (o *output) structured() bool { return *o != "table" }

// write prints a value in the chosen format.
func (o *output) write(out io.Writer, table string, value any) error {
	switch *o {
	case "json":
		return json.NewEncoder(out).Encode(value)
	case "yaml":
		data, err := yaml.Marshal(value)
		if err != nil {
			return err
		}
		_, err = out.Write(data)
		return err
	}
	_, err := io.WriteString(out, table)
	return err
}
