package yaml

import (
	"embed"
	"io/fs"
	"sync"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/dlclark/regexp2"
)

// definitions are chroma's lexers of the languages that manifests and labs are written in. Its package of all lexers reads
// 270 of them at the start of every process.
//
//go:embed lexers/*.xml
var definitions embed.FS

// lexers returns the lexers, which are read when the first is asked for. Other lexers are found in it by those that use
// them, as that of a session in a shell does.
var lexers = sync.OnceValue(func() *chroma.LexerRegistry {
	r := chroma.NewLexerRegistry()
	files, _ := fs.Glob(definitions, "lexers/*.xml") // the pattern is right
	for _, file := range files {
		r.Register(chroma.MustNewXMLLexer(definitions, file))
	}
	return r
})

// init lets the lexers' expressions take their time. Chroma gives each a quarter of a second by regexp2's clock, which
// stands still while nothing is matched and then jumps to the present: whatever is matched at that moment is out of time,
// taken for what it is not, and shown in the wrong colour. The period of the clock counts as time to match.
func init() {
	const never = 1000 * time.Hour
	regexp2.SetTimeoutCheckPeriod(never)
}
