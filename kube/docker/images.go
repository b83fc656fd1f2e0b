package docker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"

	"github.com/docker/go-units"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
)

// listing is what the list of images is to show.
type listing struct {
	quiet, digests, full bool
	format               string
}

// row is an image in the list; the fields are what templates may use.
type row struct{ Repository, Tag, Digest, ID, CreatedSince, Size string }

func (p *program) imagesCommand(called string) *cobra.Command {
	var show listing
	command := &cobra.Command{
		Use: called + " [OPTIONS] [REPOSITORY[:TAG]]", DisableFlagsInUseLine: true, Short: "List images", Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.images(show, strings.Join(args, "")) },
	}
	flags := command.Flags()
	flags.BoolVarP(&show.quiet, "quiet", "q", false, "Only show image IDs")
	flags.BoolVar(&show.digests, "digests", false, "Show digests")
	flags.BoolVar(&show.full, "no-trunc", false, "Don't truncate output")
	flags.StringVar(&show.format, "format", "", "Format output using a custom template, or json")
	return command
}

func (p *program) images(show listing, only string) error {
	local, err := p.store()
	if err != nil {
		return err
	}
	list, err := local.all()
	if err != nil {
		return err
	}
	var rows []row
	for _, one := range list {
		if only != "" && only != familiarRepository(one.ref.Context()) && only != familiar(one.ref) {
			continue
		}
		details, err := local.inspect(one)
		if err != nil {
			return err
		}
		rows = append(rows, p.row(show, one, details))
	}
	return show.write(p.std.Out, rows)
}

func (p *program) row(show listing, one local, details inspected) row {
	id := short(one.descriptor.Digest)
	if show.full {
		id = one.id()
	}
	return row{
		Repository: familiarRepository(one.ref.Context()), Tag: one.ref.TagStr(), Digest: one.id(), ID: id,
		CreatedSince: units.HumanDuration(p.now().Sub(details.Created)) + " ago", Size: units.HumanSizeWithPrecision(float64(details.Size), 3),
	}
}

// write prints rows as a table or as the options say.
func (show listing) write(to io.Writer, rows []row) error {
	format := show.format
	switch {
	case show.quiet:
		format = "{{.ID}}"
	case format == "json":
		format = "{{json .}}"
	case format == "" || format == "table":
		return show.table(to, rows)
	}
	return execute(to, format, rows)
}

func (show listing) table(to io.Writer, rows []row) error {
	table := tabwriter.NewWriter(to, 10, 1, 3, ' ', 0)
	line := func(r row) {
		if show.digests {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Repository, r.Tag, r.Digest, r.ID, r.CreatedSince, r.Size)
			return
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.Repository, r.Tag, r.ID, r.CreatedSince, r.Size)
	}
	line(row{"REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE"})
	for _, r := range rows {
		line(r)
	}
	return table.Flush()
}

// execute prints each value by a template, which may name fields as they are in Go or, where that fails, as in JSON.
func execute[T any](to io.Writer, format string, values []T) error {
	functions := template.FuncMap{"json": toJSON, "join": strings.Join, "lower": strings.ToLower, "upper": strings.ToUpper}
	parsed, err := template.New("").Funcs(functions).Parse(format)
	if err != nil {
		return failure("template parsing error: " + err.Error())
	}
	for _, value := range values {
		var line bytes.Buffer
		if err := parsed.Execute(&line, value); err != nil && !executeRaw(&line, parsed, value) {
			return failure("template parsing error: " + err.Error())
		}
		fmt.Fprintln(to, line.String())
	}
	return nil
}

// executeRaw executes a template on a value's JSON.
func executeRaw(line *bytes.Buffer, parsed *template.Template, value any) bool {
	line.Reset()
	data, err := json.Marshal(value)
	if err != nil {
		return false
	}
	var raw any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(&raw) == nil && parsed.Option("missingkey=error").Execute(line, raw) == nil
}

func toJSON(value any) (string, error) {
	data, err := json.Marshal(value)
	return string(data), err
}

// inspected is an image as docker inspect shows it, as far as it is known without a daemon.
type inspected struct {
	ID           string `json:"Id"`
	RepoTags     []string
	RepoDigests  []string
	Created      time.Time
	Config       v1.Config
	Architecture string
	Os           string
	Size         int64
	Descriptor   v1.Descriptor
}

func (p *program) inspectCommand() *cobra.Command {
	format := ""
	command := &cobra.Command{
		Use: "inspect [OPTIONS] IMAGE [IMAGE...]", DisableFlagsInUseLine: true, Short: "Display detailed information on one or more images", Args: atLeast(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.inspect(args, format) },
	}
	command.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template")
	return command
}

func (p *program) inspect(texts []string, format string) error {
	local, err := p.store()
	if err != nil {
		return err
	}
	found, missing := []inspected{}, error(nil)
	for _, text := range texts {
		one, err := local.find(text)
		switch {
		case err != nil:
			return err
		case one == nil:
			missing = daemon("No such image: %s", text)
			continue
		}
		details, err := local.inspect(*one)
		if err != nil {
			return err
		}
		found = append(found, details)
	}
	if format != "" && format != "json" {
		if err := execute(p.std.Out, format, found); err != nil {
			return err
		}
		return missing
	}
	encoder := json.NewEncoder(p.std.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	if err := encoder.Encode(found); err != nil {
		return fmt.Errorf("print image: %w", err)
	}
	return missing
}

// inspect describes an image; of an index, its first image.
func (s *store) inspect(one local) (inspected, error) {
	images, err := s.images(one)
	if err != nil || len(images) == 0 {
		return inspected{}, fmt.Errorf("read image %s: %w", familiar(one.ref), err)
	}
	file, err := images[0].ConfigFile()
	if err != nil {
		return inspected{}, fmt.Errorf("read image %s: %w", familiar(one.ref), err)
	}
	manifest, err := images[0].Manifest()
	if err != nil {
		return inspected{}, fmt.Errorf("read image %s: %w", familiar(one.ref), err)
	}
	d := one.descriptor
	d.Annotations = nil
	out := inspected{
		ID: one.id(), Created: file.Created.Time, Config: file.Config, Architecture: file.Architecture, Os: file.OS, Descriptor: d,
		Size: manifest.Config.Size,
	}
	for _, layer := range manifest.Layers {
		out.Size += layer.Size
	}
	out.RepoTags, out.RepoDigests, err = s.namesOf(d.Digest)
	return out, err
}

// namesOf lists the tags of an image, and its names with the digest.
func (s *store) namesOf(digest v1.Hash) (tags, digests []string, err error) {
	list, err := s.all()
	seen := map[name.Repository]bool{}
	for _, one := range list {
		if one.descriptor.Digest != digest {
			continue
		}
		tags = append(tags, familiar(one.ref))
		if repo := one.ref.Context(); !seen[repo] {
			seen[repo] = true
			digests = append(digests, familiar(repo.Digest(digest.String())))
		}
	}
	return tags, digests, err
}
