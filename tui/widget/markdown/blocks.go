package markdown

import (
	"regexp"
	"strings"
)

var (
	// listLine begins an item of a list.
	listLine = regexp.MustCompile(`^([-*+]|\d+[.)]) `)
	// sentenceEnd is how a paragraph ends that does not lead up to what follows it.
	sentenceEnd = regexp.MustCompile("[.!?…][\"'”’)*_`]*$")
	// ruleLine is a line across.
	ruleLine = regexp.MustCompile(`^(---+|\*\*\*+)$`)
)

// Blocks cuts a document into the pieces that can be shown one at a time: a paragraph, a list, a table or a code block.
// What leads up to the next piece stays with it, such as a heading or a paragraph that ends in a colon; lines across are
// left out.
func Blocks(source string) []string {
	var out []string
	for _, piece := range pieces(source) {
		last := len(out) - 1
		switch {
		case ruleLine.MatchString(piece):
		case last >= 0 && belongs(out[last], piece):
			out[last] += "\n\n" + piece
		default:
			out = append(out, piece)
		}
	}
	if n := len(out); n > 1 && !whole(out[n-1]) { // it leads up to what is shown beside the document
		out = append(out[:n-2], out[n-2]+"\n\n"+out[n-1])
	}
	return out
}

// whole reports whether a block does not lead up to anything.
func whole(block string) bool { return !belongs(block, "a") || listLine.MatchString(block) }

// pieces cuts a document at its empty lines, but for those inside of fences.
func pieces(source string) []string {
	var out, lines []string
	flush := func() {
		if len(lines) > 0 {
			out = append(out, strings.Join(lines, "\n"))
		}
		lines = nil
	}
	fence := ""
	for _, line := range strings.Split(source, "\n") {
		mark := strings.TrimRight(line, " ")
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			flush()
			fence = line[:len(line)-len(strings.TrimLeft(line, "`"))]
			lines = append(lines, line)
		case fence != "":
			lines = append(lines, line)
			if mark == fence {
				flush()
				fence = ""
			}
		case mark == "":
			flush()
		default:
			lines = append(lines, line)
		}
	}
	flush()
	return out
}

// belongs reports whether a piece goes on with the block before it.
func belongs(block, piece string) bool {
	lines := strings.Split(block, "\n")
	last := lines[len(lines)-1]
	inList := listLine.MatchString(piece) || strings.HasPrefix(piece, "  ")
	switch {
	case strings.HasPrefix(last, "#"):
		return true
	case listLine.MatchString(last) || strings.HasPrefix(last, "  "):
		return inList
	case strings.HasPrefix(last, "```") || strings.HasPrefix(last, "|"):
		return false
	}
	return !sentenceEnd.MatchString(strings.TrimSpace(last))
}
