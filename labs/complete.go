package labs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

var (
	// assignment is a word before a command that sets a variable for it.
	assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	// plainWord means the same with and without quotes.
	plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)
)

// completionPatience is how long a command may take to say what could follow, unless who opened the session asked for longer (Wait).
const completionPatience = 5 * time.Second

// Complete gives what could stand in place of the last word of a line: commands, and what those themselves offer, which
// for kubectl are subcommands, flags, kinds, and the names and namespaces that the cluster has; else files. Each is a
// whole word, quoted where the shell wants it, in order. It may be called while the session works.
func (s *Session) Complete(ctx context.Context, line string) ([]string, error) {
	words := lastCommand(line)
	last := words[len(words)-1]
	words = words[:len(words)-1]
	words = slices.DeleteFunc(words, func(w word) bool { return w.file })
	for len(words) > 0 && assignment.MatchString(words[0].raw) {
		words = words[1:]
	}
	var offers []string
	switch {
	case last.file:
		offers = s.files(last.text, nil)
	case len(words) == 0 && !strings.Contains(last.text, "/"):
		offers = commands(last.text)
	case len(words) > 0 && completes(words[0].text):
		var err error
		if offers, err = s.ask(ctx, words, last); err != nil {
			return nil, err
		}
	default:
		offers = s.files(last.text, nil)
	}
	return tidy(offers), nil
}

// tidy sorts offers, each once, and quotes them.
func tidy(offers []string) []string {
	slices.Sort(offers)
	offers = slices.Compact(offers)
	for i, offer := range offers {
		offers[i] = Quote(offer)
	}
	return offers
}

// Quote writes a text as a word, plainly where that means the same.
func Quote(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	quoted, err := syntax.Quote(text, syntax.LangBash)
	if err != nil {
		return "''" // only a text with a zero byte cannot be quoted, and no name has one
	}
	return quoted
}

// commands are the commands that begin with a text.
func commands(prefix string) []string {
	all := slices.Concat(ours(), everywhere(), []string{"cd", "echo", "export", "pwd"})
	return slices.DeleteFunc(all, func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// completes says whether a command says itself what could follow, in the way of the Cobra library.
func completes(command string) bool {
	return slices.Contains([]string{"kubectl", "helm", "kyverno", "docker", "cosign"}, command)
}

// What a command says beside its offers, as bits: see cobra.ShellCompDirective.
const (
	offersFailed     = 1
	offersNoFiles    = 4
	offersExtensions = 8
	offersFolders    = 16
)

// ask has a command say what could follow.
func (s *Session) ask(ctx context.Context, words []word, last word) ([]string, error) {
	line := words[0].raw + " __complete"
	for _, w := range words[1:] {
		line += " " + w.raw
	}
	limited, cancel := context.WithTimeout(ctx, max(completionPatience, s.wait))
	defer cancel()
	var out bytes.Buffer
	_, err := s.shell.Run(limited, s.Cwd(), line+" "+Quote(last.text), s.environment(), &out, io.Discard)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, nil // a cluster that does not answer has nothing to offer
	case err != nil:
		return nil, fmt.Errorf("complete: %w", err)
	}
	offers, said := parseOffers(out.String())
	return s.offers(offers, said, last.text), nil
}

// offers makes words of what a command offers.
func (s *Session) offers(offers []string, said int, last string) []string {
	flag, value := "", last
	if name, after, ok := strings.Cut(last, "="); ok && strings.HasPrefix(last, "-") {
		flag, value = name+"=", after
	}
	var found []string
	switch {
	case said&offersFailed != 0:
		return nil
	case said&offersExtensions != 0:
		found = s.files(value, func(name string) bool {
			return slices.ContainsFunc(offers, func(ext string) bool { return strings.HasSuffix(name, "."+strings.TrimPrefix(ext, ".")) })
		})
	case said&offersFolders != 0:
		found = s.files(value, func(string) bool { return false })
	case len(offers) == 0 && said&offersNoFiles == 0 && !strings.HasPrefix(value, "-"):
		found = s.files(value, nil)
	default:
		for _, offer := range offers {
			if strings.HasPrefix(offer, value) && !(strings.HasSuffix(offer, "=") && slices.Contains(offers, strings.TrimSuffix(offer, "="))) {
				found = append(found, offer)
			}
		}
	}
	for i := range found {
		found[i] = flag + found[i]
	}
	return found
}

// parseOffers reads Cobra's answer: an offer and a description a line, and at the end a colon and what is said beside.
func parseOffers(text string) (offers []string, said int) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if number, ok := strings.CutPrefix(line, ":"); ok {
			if n, err := strconv.Atoi(number); err == nil {
				said = n
			}
			continue
		}
		offer, _, _ := strings.Cut(line, "\t")
		if offer != "" && !strings.HasPrefix(offer, "_activeHelp_") {
			offers = append(offers, offer)
		}
	}
	return offers, said
}
