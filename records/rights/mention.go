package rights

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mentions reports whether a text has a name in it, in one of its spellings: as a word
// of its own, where words are told apart.
func Mentions(text, name string) bool {
	return slices.ContainsFunc(spellings(name), func(name string) bool { return hasWord(text, name) })
}

// spellings are a name and, where it is written in Chinese and in other letters too, as
// 李华 Li Hua is, each of the two: people write either.
func spellings(name string) []string {
	var chinese, other strings.Builder
	for _, c := range name {
		if unicode.Is(unicode.Han, c) {
			chinese.WriteRune(c)
		} else {
			other.WriteRune(c)
		}
	}
	return []string{name, chinese.String(), strings.TrimFunc(other.String(), func(c rune) bool { return !unicode.IsLetter(c) })}
}

func hasWord(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	if name == "" {
		return false
	}
	for {
		before, after, found := strings.Cut(text, name)
		if !found {
			return false
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		if !spelled(last) && !spelled(next) {
			return true
		}
		text = after
	}
}

// spelled reports whether a letter goes on a word: those of Chinese do not.
func spelled(c rune) bool { return unicode.IsLetter(c) && !unicode.Is(unicode.Han, c) }
