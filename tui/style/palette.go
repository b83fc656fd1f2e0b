package style

// Palette is the colours of the app by what they mean, as #rrggbb. Text without a colour keeps the terminal's own
// foreground, so that a reader's own theme shows through.
type Palette struct {
	Muted  string // secondary text
	Faint  string // line numbers, placeholders
	Accent string // focus, keys, headings
	Second string // names and code in running text
	Good   string // done, passes, ready
	Warn   string // audit, skipped, warnings
	Bad    string // denied, fails
	Line   string // rules between panes
	Select string // background of the selected row
	String string // values in a manifest
	Number string // numbers and booleans in a manifest
	Onto   string // text on an accent background
}

// Dark is the palette for a dark background.
func Dark() Palette {
	return Palette{
		Muted:  "#9aa5ce",
		Faint:  "#7c84ad",
		Accent: "#7dcfff",
		Second: "#c0a5f7",
		Good:   "#9ece6a",
		Warn:   "#e0af68",
		Bad:    "#ff7a93",
		Line:   "#3b4261",
		Select: "#283457",
		String: "#b5e08a",
		Number: "#ff9e64",
		Onto:   "#10131c",
	}
}

// Light is the palette for a light background.
func Light() Palette {
	return Palette{
		Muted:  "#565f7e",
		Faint:  "#767c98",
		Accent: "#0b6390",
		Second: "#7440b8",
		Good:   "#33691e",
		Warn:   "#8a5300",
		Bad:    "#b3203f",
		Line:   "#c3c8da",
		Select: "#dbe4f7",
		String: "#2f6b1d",
		Number: "#a04a00",
		Onto:   "#ffffff",
	}
}
