package schema

import "bytes"

// description begins a description in JSON without spaces. It stands in no text, whose quotes have backslashes, and not
// for a field that is called so, whose schema is no text.
const description = `"description":"`

// undescribed is a definition without its descriptions: they are three quarters of it, and nothing is checked by them,
// while to decode a schema takes most of the time that a command has to wait for.
func undescribed(definition []byte) []byte {
	out := make([]byte, 0, len(definition))
	for {
		start := bytes.Index(definition, []byte(description))
		if start < 0 {
			return append(out, definition...)
		}
		end := start + len(description)
		end += textEnd(definition[end:])
		out = append(out, definition[:start]...)
		switch {
		case end < len(definition) && definition[end] == ',':
			end++
		case len(out) > 0 && out[len(out)-1] == ',':
			out = out[:len(out)-1]
		}
		definition = definition[end:]
	}
}

// textEnd is where the text that s is in the middle of has ended.
func textEnd(s []byte) int {
	for at := 0; ; {
		quote := bytes.IndexByte(s[at:], '"')
		if quote < 0 {
			return len(s)
		}
		at += quote + 1
		before := s[:at-1]
		if slashes := len(before) - len(bytes.TrimRight(before, `\`)); slashes%2 == 0 {
			return at
		}
	}
}
