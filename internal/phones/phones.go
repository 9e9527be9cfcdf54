// Package phones keeps telephone numbers as people write them, and dials them.
package phones

import (
	"errors"
	"strings"
)

// ErrNoNumber says that a text is no telephone number.
var ErrNoNumber = errors.New("is no telephone number, such as 010-6265 1234 or +86 138 0013 8000")

// A number has so many digits: from that of an emergency number to the longest of
// E.164 with what is dialled before it.
const (
	fewestDigits = 3
	mostDigits   = 20
)

// Tidy is a number as it is kept: as it was written, in plain digits and with single
// spaces; "" for none. ErrNoNumber when it is none.
func Tidy(text string) (string, error) {
	plain := strings.Map(func(c rune) rune {
		switch {
		case '０' <= c && c <= '９':
			return c - '０' + '0'
		case c == '＋':
			return '+'
		case c == '－' || c == '–' || c == '—':
			return '-'
		case c == '（':
			return '('
		case c == '）':
			return ')'
		}
		return c
	}, text)
	plain = strings.Join(strings.Fields(plain), " ")
	if plain == "" {
		return "", nil
	}
	digits := 0
	for i, c := range plain {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c == '+' && i == 0, c == ' ', c == '-', c == '(', c == ')':
		default:
			return "", ErrNoNumber
		}
	}
	if digits < fewestDigits || digits > mostDigits {
		return "", ErrNoNumber
	}
	return plain, nil
}

// Dial is what a telephone dials for a number: its digits, with the + that it may
// begin with.
func Dial(number string) string {
	return strings.Map(func(c rune) rune {
		if '0' <= c && c <= '9' || c == '+' {
			return c
		}
		return -1
	}, number)
}
