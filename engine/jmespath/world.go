package jmespath

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// worldFunctions are those whose answers come from outside.
func worldFunctions(o Options) []function {
	return []function{
		onTexts("image_normalize", 1, func(a []string) (any, error) {
			if o.NormalizeImage == nil {
				return nil, fail("image_normalize", "there is no default registry")
			}
			image, err := o.NormalizeImage(a[0])
			if err != nil {
				return nil, fail("image_normalize", "%s", err)
			}
			return image, nil
		}),
		onTexts("is_external_url", 1, func(a []string) (any, error) { return isExternal(a[0], o.LookupIP) }),
		onTexts("random", 1, randomText(o.Rand)),
	}
}

// isExternal says whether a URL leads to an address that is neither private nor local.
func isExternal(text string, lookup func(host string) ([]net.IP, error)) (any, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return false, err
	}
	internal := func(ip net.IP) bool { return ip.IsLoopback() || ip.IsPrivate() }
	if ip := net.ParseIP(parsed.Hostname()); ip != nil {
		return !internal(ip), nil
	}
	if lookup == nil {
		return nil, fmt.Errorf("lookup %s: names cannot be resolved here", parsed.Hostname())
	}
	addresses, err := lookup(parsed.Hostname())
	if err != nil {
		return nil, err
	}
	return !slices.ContainsFunc(addresses, internal), nil
}

// repeatLimit bounds what * and + make.
const repeatLimit = 10

// randomText makes text that a regular expression matches.
func randomText(source *rand.Rand) func(args []string) (any, error) {
	var lock sync.Mutex
	return func(args []string) (any, error) {
		if args[0] == "" {
			return "", errors.New("no pattern provided")
		}
		if source == nil {
			return "", errors.New("there is no source of random numbers")
		}
		re, err := syntax.Parse(args[0], syntax.Perl)
		if err != nil {
			return nil, err
		}
		lock.Lock()
		defer lock.Unlock()
		var out strings.Builder
		writeRandom(&out, re, source)
		return out.String(), nil
	}
}

func writeRandom(out *strings.Builder, re *syntax.Regexp, source *rand.Rand) {
	times := func(low, high int) {
		if high < 0 {
			high = low + repeatLimit
		}
		for range low + source.IntN(high-low+1) {
			writeRandom(out, re.Sub[0], source)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		out.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		out.WriteRune(randomRune(re.Rune, source))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteRune(rune(' ' + source.IntN('~'-' '+1)))
	case syntax.OpStar:
		times(0, -1)
	case syntax.OpPlus:
		times(1, -1)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(re.Min, re.Max)
	case syntax.OpAlternate:
		writeRandom(out, re.Sub[source.IntN(len(re.Sub))], source)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			writeRandom(out, sub, source)
		}
	default: // anchors and boundaries match nothing of their own
	}
}

// randomRune chooses from the ranges of a character class.
func randomRune(ranges []rune, source *rand.Rand) rune {
	total := 0
	for i := 0; i < len(ranges); i += 2 {
		total += int(ranges[i+1]-ranges[i]) + 1
	}
	n := source.IntN(total)
	for i := 0; i < len(ranges); i += 2 {
		size := int(ranges[i+1]-ranges[i]) + 1
		if n < size {
			return ranges[i] + rune(n)
		}
		n -= size
	}
	return ranges[0]
}
