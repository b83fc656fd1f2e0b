package shell

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"

	"podsec/kube/process"
)

const jqHelp = `Usage: jq [OPTIONS] FILTER [FILE...]

Filters JSON (gojq's implementation of the jq language, built into podsec).

  -c, --compact-output   one line for each value
  -r, --raw-output       strings without quotes
  -j, --join-output      like -r, without line ends
  -a, --ascii-output     accepted; output stays UTF-8
  -S, --sort-keys        accepted; keys are always sorted
  -C, -M                 accepted; output has no colours
      --tab              indent with tabs
      --indent N         indent with N spaces, 0 to 9
  -n, --null-input       run the filter once, with null
  -R, --raw-input        each line is a string
  -s, --slurp            all inputs in one array
  -e, --exit-status      status 1 for false and null, 4 for nothing
  -f, --from-file FILE   read the filter from a file
      --arg NAME VALUE, --argjson NAME JSON
      --slurpfile NAME FILE, --rawfile NAME FILE
      --args, --jsonargs what follows goes to $ARGS.positional
`

// jqOptions are the settings of one run of jq.
type jqOptions struct {
	filter                                       string
	files                                        []string
	names                                        []string // of variables, with the dollar sign
	values                                       []any
	compact, raw, join, noInput, rawInput, slurp bool
	exitStatus, help                             bool
	indent                                       string

	std        process.IO // where files are
	fromFile   string
	hasFilter  bool
	rest       string // "args" or "jsonargs" after that option
	named      map[string]any
	positional []any
}

// parseJQ reads jq's command line; options may stand anywhere, and short ones together.
func parseJQ(args []string, std process.IO) (*jqOptions, error) {
	o := &jqOptions{indent: "  ", std: std, named: map[string]any{}, positional: []any{}}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var err error
		switch {
		case arg == "--":
			for _, plain := range args {
				err = errors.Join(err, o.plain(plain))
			}
			args = nil
		case strings.HasPrefix(arg, "--"):
			args, err = o.long(arg, args)
		case strings.HasPrefix(arg, "-") && arg != "-":
			args, err = o.short(arg, args)
		default:
			err = o.plain(arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return o, o.finish()
}

// plain takes an argument that is no option: the filter, then files or positional values.
func (o *jqOptions) plain(arg string) error {
	switch {
	case !o.hasFilter && o.fromFile == "":
		o.filter, o.hasFilter = arg, true
	case o.rest == "args":
		o.positional = append(o.positional, arg)
	case o.rest == "jsonargs":
		value, err := decodeJSON(arg)
		if err != nil {
			return fmt.Errorf("invalid JSON text passed to --jsonargs: %s", arg)
		}
		o.positional = append(o.positional, value)
	default:
		o.files = append(o.files, arg)
	}
	return nil
}

// short takes options of one letter, "-rc".
func (o *jqOptions) short(arg string, args []string) ([]string, error) {
	names := map[rune]string{
		'c': "--compact-output", 'r': "--raw-output", 'j': "--join-output", 'n': "--null-input", 'R': "--raw-input",
		's': "--slurp", 'e': "--exit-status", 'f': "--from-file", 'h': "--help", 'a': "--ascii-output",
		'S': "--sort-keys", 'C': "--color-output", 'M': "--monochrome-output",
	}
	for _, letter := range arg[1:] {
		long, ok := names[letter]
		if !ok {
			return nil, fmt.Errorf("unknown option: %s", arg)
		}
		var err error
		if args, err = o.long(long, args); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// long takes an option by its long name and gives the arguments that are left.
func (o *jqOptions) long(arg string, args []string) ([]string, error) {
	switch arg {
	case "--ascii-output", "--sort-keys", "--color-output", "--monochrome-output", "--unbuffered":
	case "--compact-output":
		o.compact = true
	case "--raw-output":
		o.raw = true
	case "--join-output":
		o.raw, o.join = true, true
	case "--null-input":
		o.noInput = true
	case "--raw-input":
		o.rawInput = true
	case "--slurp":
		o.slurp = true
	case "--exit-status":
		o.exitStatus = true
	case "--help":
		o.help = true
	case "--tab":
		o.indent = "\t"
	case "--args", "--jsonargs":
		o.rest = arg[2:]
	case "--indent", "--from-file":
		if len(args) < 1 {
			return nil, fmt.Errorf("%s takes one parameter", arg)
		}
		return args[1:], o.setting(arg, args[0])
	case "--arg", "--argjson", "--slurpfile", "--rawfile":
		if len(args) < 2 {
			return nil, fmt.Errorf("%s takes two parameters (e.g. %s name value)", arg, arg)
		}
		return args[2:], o.variable(arg, args[0], args[1])
	default:
		return nil, fmt.Errorf("unknown option: %s", arg)
	}
	return args, nil
}

func (o *jqOptions) setting(option, value string) error {
	if option == "--from-file" {
		if o.fromFile = value; o.hasFilter { // jq takes the first plain argument as a file then
			o.files, o.hasFilter = append([]string{o.filter}, o.files...), false
		}
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 9 {
		return errors.New("--indent takes a number from 0 to 9")
	}
	o.indent, o.compact = strings.Repeat(" ", n), o.compact || n == 0
	return nil
}

// variable defines $name.
func (o *jqOptions) variable(option, name, text string) error {
	var value any = text
	var err error
	switch option {
	case "--argjson":
		if value, err = decodeJSON(text); err != nil {
			return fmt.Errorf("invalid JSON text passed to --argjson: %s", text)
		}
	case "--rawfile", "--slurpfile":
		var data []byte
		if data, err = o.std.ReadFile(text); err != nil {
			return fmt.Errorf("bad JSON in --%s %s %s: %w", option[2:], name, text, err)
		}
		if value = string(data); option == "--slurpfile" {
			if value, err = decodeAll(json.NewDecoder(bytes.NewReader(data))); err != nil {
				return fmt.Errorf("bad JSON in --slurpfile %s %s: %w", name, text, err)
			}
		}
	}
	if _, ok := o.named[name]; !ok { // the first definition wins, as in jq
		o.named[name] = value
		o.names, o.values = append(o.names, "$"+name), append(o.values, value)
	}
	return nil
}

// finish settles what depends on all options.
func (o *jqOptions) finish() error {
	if o.fromFile != "" {
		text, err := o.std.ReadFile(o.fromFile)
		if err != nil {
			return fmt.Errorf("could not open %s: %w", o.fromFile, err)
		}
		o.filter, o.hasFilter = string(text), true
	}
	if !o.hasFilter {
		o.filter = "."
	}
	o.names = append(o.names, "$ARGS")
	o.values = append(o.values, map[string]any{"named": o.named, "positional": o.positional})
	return nil
}

// format prints a value with its line end.
func (o *jqOptions) format(value any) ([]byte, error) {
	if text, ok := value.(string); ok && o.raw {
		return o.ended([]byte(text)), nil
	}
	text, err := gojq.Marshal(value)
	if err != nil {
		return nil, err
	}
	if o.compact {
		return o.ended(text), nil
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", o.indent); err != nil {
		return nil, err
	}
	return o.ended(b.Bytes()), nil
}

func (o *jqOptions) ended(text []byte) []byte {
	if o.join {
		return text
	}
	return append(text, '\n')
}
