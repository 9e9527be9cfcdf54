package likeness

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// titles are what stands before or after a name and is no part of it.
var titles = map[string]bool{"mr": true, "mrs": true, "ms": true, "miss": true, "dr": true, "prof": true}

// spelling is a name in the forms in which it is compared.
type spelling struct {
	// whole is without spaces and marks, in lower case, full width as half.
	whole string
	// parts are its words in order; of a name in Chinese characters its pinyin, the
	// family name first.
	parts []string
	han   bool
}

// spell puts a name into the forms in which it is compared: full and half width are
// one (NFKC), marks over letters and case do not count, and a name in Chinese
// characters, simplified or not, is read in pinyin without tones.
func spell(name string) spelling {
	var s spelling
	var plain strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(norm.NFKC.String(name))) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '·', r == '.':
		case unicode.IsLetter(r), unicode.IsDigit(r):
			s.han = s.han || unicode.Is(unicode.Han, r)
			plain.WriteRune(r)
		default:
			plain.WriteRune(' ')
		}
	}
	words := slices.DeleteFunc(strings.Fields(plain.String()), func(w string) bool { return titles[w] })
	if !s.han {
		s.whole, s.parts = strings.Join(words, ""), words
		return s
	}
	s.whole = strings.Join(withoutReading(words), "")
	s.parts = sounds(s.whole)
	return s
}

// withoutReading takes away how a name in Chinese characters is read, where it is
// written beside them, as in 王秀英 Wang Xiuying: that is the same name once more.
func withoutReading(words []string) []string {
	var characters, letters []string
	for _, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			characters = append(characters, w)
		} else {
			letters = append(letters, w)
		}
	}
	named := spelling{parts: sounds(strings.Join(characters, "")), han: true}
	if !named.turned(spelling{parts: letters}) {
		return words
	}
	return characters
}

// sounds are how the characters of a name are read, one by one.
func sounds(name string) []string {
	var read []string
	for _, r := range name {
		read = append(read, sound(r))
	}
	return read
}

// sound is how a character is read, without the tone; itself when it is none. Ü is
// written as u, as passports and keyboards do.
func sound(r rune) string {
	read := pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal})
	if len(read) == 0 {
		return string(r)
	}
	return strings.NewReplacer("ü", "u", "v", "u").Replace(read[0])
}

// letters are those of a name in the order of the alphabet: the same however its parts
// are ordered and joined.
func (s spelling) letters() string {
	all := []rune(strings.ReplaceAll(strings.Join(s.parts, ""), "v", "u"))
	slices.Sort(all)
	return string(all)
}

// kinship is how alike two names are.
type kinship int

const (
	otherNames kinship = iota
	oneFamily          // one part is the same, such as the family name
	nearlySame         // a letter or two apart
	soundsSame         // written otherwise, read alike: 秀英 and 秀瑛, or in pinyin
	sameWriting
)

func compareNames(one, two string) kinship {
	a, b := spell(one), spell(two)
	switch {
	case a.whole == "" || b.whole == "":
		return otherNames
	case a.whole == b.whole, a.han == b.han && !a.han && sameWords(a.parts, b.parts):
		return sameWriting
	case strings.Join(a.parts, "") == strings.Join(b.parts, ""), a.turned(b), b.turned(a):
		return soundsSame
	case near(a, b):
		return nearlySame
	case sharesPart(a, b):
		return oneFamily
	}
	return otherNames
}

// sameWords: the same, in whatever order.
func sameWords(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// turned reports whether a name in letters is that in Chinese characters, with the
// family name first or last.
func (s spelling) turned(in spelling) bool {
	if !s.han || in.han || len(s.parts) < 2 {
		return false
	}
	given := strings.Join(s.parts[1:], "")
	whole := strings.Join(in.parts, "")
	return whole == s.parts[0]+given || whole == given+s.parts[0]
}

// near: names of some length, one or two letters apart, with no word of their own. Of
// Chinese names, which are short, one character may be another.
func near(a, b spelling) bool {
	if a.han && b.han {
		return false // another character that is read otherwise is another name
	}
	x, y := strings.Join(a.parts, ""), strings.Join(b.parts, "")
	if min(len(x), len(y)) < 5 {
		return false
	}
	most := 1
	if min(len(x), len(y)) >= 10 {
		most = 2
	}
	return distance(x, y) <= most
}

func sharesPart(a, b spelling) bool {
	if a.han && b.han {
		return a.parts[0] == b.parts[0]
	}
	return slices.ContainsFunc(a.parts, func(part string) bool { return slices.Contains(b.parts, part) })
}

// distance is how many letters have to be changed, put in, left out or swapped with
// their neighbour to make one text of another.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
