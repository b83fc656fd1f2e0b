package labs

import (
	"strings"
	"unicode"
)

// word is a word of a command line that may not be finished.
type word struct {
	start int    // where it starts in the line
	raw   string // as it is written
	text  string // without quotes
	file  bool   // it follows a redirection
}

// lastCommand gives the words of the command that a line ends with. The last one is what is being typed, and empty after
// a space. It knows as much of the shell's grammar as matters for that: quotes, pipes, lists and substitutions.
func lastCommand(line string) []word {
	s := splitter{line: line}
	for s.at < len(line) {
		s.step()
	}
	s.end(len(line))
	if !s.in {
		s.words = append(s.words, word{start: len(line), file: s.file})
	}
	return s.words
}

// splitter goes through a line byte by byte; what it looks for is ASCII, so that other characters pass as they are.
type splitter struct {
	line  string
	at    int
	words []word
	quote byte // the quote that is open, 0 for none
	in    bool // a word is being read
	start int
	text  strings.Builder
	file  bool
}

func (s *splitter) step() {
	c := s.line[s.at]
	switch {
	case s.quote != '\'' && (strings.HasPrefix(s.line[s.at:], "$(") || c == '`'):
		s.command(s.at)
		s.quote = 0
		if c == '$' {
			s.at++
		}
	case s.quote == '\'' && c != '\'' || s.quote == '"' && c != '"' && c != '\\':
		s.take(c)
	case s.quote != 0 && c == s.quote:
		s.quote = 0
	case c == '\\' && s.at+1 < len(s.line):
		s.take(s.line[s.at+1])
		s.at++
	case c == '\'' || c == '"':
		s.begin()
		s.quote = c
	case strings.IndexByte("|;&(){}\n", c) >= 0 && !(s.in && (c == '{' || c == '}')):
		s.command(s.at)
	case c == '>' || c == '<':
		s.end(s.at)
		s.file = true
	case unicode.IsSpace(rune(c)):
		s.end(s.at)
	default:
		s.take(c)
	}
	s.at++
}

// begin starts a word unless one is being read.
func (s *splitter) begin() {
	if !s.in {
		s.in, s.start = true, s.at
	}
}

func (s *splitter) take(c byte) {
	s.begin()
	s.text.WriteByte(c)
}

// end ends the word that is being read, if any. At the end of the line it stays the one being typed.
func (s *splitter) end(at int) {
	if !s.in {
		return
	}
	s.words = append(s.words, word{start: s.start, raw: s.line[s.start:at], text: s.text.String(), file: s.file})
	s.text.Reset()
	if at < len(s.line) {
		s.in, s.file = false, false
	}
}

// command forgets what came before another command.
func (s *splitter) command(at int) {
	s.end(at)
	s.in, s.file, s.words = false, false, nil
	s.text.Reset()
}
