package rights

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mentions reports whether a text has a name in it: as a word of its own, where words
// are told apart.
func Mentions(text, name string) bool {
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
