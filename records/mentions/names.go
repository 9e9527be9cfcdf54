// Package mentions finds the names of residents in what people wrote: in what outlives them
// when they are erased, and in what experts read, who are not to know who it is about.
package mentions

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// Names finds where a text names somebody. Case does not count. A name in letters is a
// word, or some: "An" is not in "angina"; Chinese has no space between words.
type Names struct {
	spellings []string
	any       *regexp.Regexp // nil when there is nothing to find
}

// New are those given, and of one that is written in Chinese and in other letters,
// as 李华 Li Hua is, each of the two: people write either. A name of one letter is not
// looked for: it is in too much.
func New(names ...string) Names {
	var all []string
	for _, name := range names {
		all = append(all, spellings(strings.ToValidUTF8(name, ""))...)
	}
	all = slices.DeleteFunc(all, func(name string) bool { return utf8.RuneCountInString(name) < 2 })
	// The longest first: 李华 Li Hua is one name.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	n := Names{spellings: slices.Compact(all)}
	if len(all) == 0 {
		return n
	}
	quoted := make([]string, len(n.spellings))
	for i, name := range n.spellings {
		quoted[i] = regexp.QuoteMeta(name)
	}
	n.any = regexp.MustCompile(`(?i)` + strings.Join(quoted, "|"))
	return n
}

func spellings(name string) []string {
	var chinese, other strings.Builder
	for _, c := range name {
		if unicode.Is(unicode.Han, c) {
			chinese.WriteRune(c)
		} else {
			other.WriteRune(c)
		}
	}
	return []string{strings.TrimSpace(name), chinese.String(), strings.TrimFunc(other.String(), func(c rune) bool { return !unicode.IsLetter(c) })}
}

// Spellings are what is looked for, the longest first.
func (n Names) Spellings() []string { return n.spellings }

// In reports whether a text has one of the names in it.
func (n Names) In(text string) bool {
	start, _ := n.find(text, 0)
	return start >= 0
}

// Replaced is a text with something else for each of the names in it.
func (n Names) Replaced(text, by string) string {
	var out strings.Builder
	done := 0
	for {
		start, end := n.find(text, done)
		if start < 0 {
			return out.String() + text[done:]
		}
		out.WriteString(text[done:start] + by)
		done = end
	}
}

// find is where a name is at or after a place in the text; -1 when none is.
func (n Names) find(text string, at int) (start, end int) {
	for n.any != nil && at < len(text) {
		found := n.any.FindStringIndex(text[at:])
		if found == nil {
			break
		}
		start, end = at+found[0], at+found[1]
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		first, size := utf8.DecodeRuneInString(text[start:])
		last, _ := utf8.DecodeLastRuneInString(text[:end])
		if !(spelled(before) && spelled(first)) && !(spelled(last) && spelled(after)) {
			return start, end
		}
		at = start + size
	}
	return -1, -1
}

// spelled reports whether a letter goes on a word: those of Chinese do not.
func spelled(c rune) bool { return unicode.IsLetter(c) && !unicode.Is(unicode.Han, c) }

// Of are the names that residents have or had by their files.
func Of(ctx context.Context, db bun.IDB, residents ...string) (Names, error) {
	var now []struct{ Name, Called string }
	if err := db.NewSelect().Table("residents").Column("name", "called").Where("id IN (?)", bun.In(residents)).Scan(ctx, &now); err != nil {
		return Names{}, fmt.Errorf("read what residents are called: %w", err)
	}
	var bodies []string
	if err := db.NewSelect().Table("resident_versions").Column("body").Where("resident IN (?)", bun.In(residents)).Scan(ctx, &bodies); err != nil {
		return Names{}, fmt.Errorf("read what residents were called: %w", err)
	}
	var all []string
	for _, is := range now {
		all = append(all, is.Name, is.Called)
	}
	for _, body := range bodies {
		var was struct{ Name, Called string }
		if err := json.Unmarshal([]byte(body), &was); err != nil {
			return Names{}, fmt.Errorf("read what residents were called: %w", err)
		}
		all = append(all, was.Name, was.Called)
	}
	return New(all...), nil
}
