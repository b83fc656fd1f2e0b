// Package english spares kubectl its English catalogue.
//
// The first text that k8s.io/kubectl translates, while its packages are initialised, packs the catalogue of
// the user's language into a zip and parses it: 20 ms before main. The English one gives every text back as it
// is, so it is left out. k8s.io/kubectl/pkg/util/i18n asks for a package such as this one, which imports
// nothing else of kubectl: Go initialises it before the packages that translate.
package english

import (
	"cmp"
	"os"
	"strings"

	"k8s.io/kubectl/pkg/util/i18n"
)

func init() {
	_ = i18n.SetLoadTranslationsFunc(load) // fails when a catalogue was loaded already: that costs time, nothing else
}

// load loads kubectl's catalogue where the user's language is another than English.
func load() error {
	if spoken(os.Getenv) {
		return nil
	}
	return i18n.LoadTranslations("kubectl", nil)
}

// spoken says whether the environment asks for English, or for nothing. The order of the variables is kubectl's.
func spoken(getenv func(string) string) bool {
	language := cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	name, _, encoded := strings.Cut(language, ".")
	return !encoded || name == "C" || strings.HasPrefix(name, "en_")
}
