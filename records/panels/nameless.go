package panels

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/anxin-care/anxin/records"
)

// namesOf finds where a text names a resident; nil where they have no name of more than
// one letter. A name in letters is a word: "An" is not in "angina". Chinese has no space
// between words.
func namesOf(r records.Resident) *regexp.Regexp {
	var names []string
	for _, name := range slices.Concat(inEachScript(r.Name), inEachScript(r.Called)) {
		letters := []rune(name)
		if len(letters) < 2 {
			continue
		}
		of := regexp.QuoteMeta(name)
		if isLetter(letters[0]) {
			of = `\b` + of
		}
		if isLetter(letters[len(letters)-1]) {
			of += `\b`
		}
		names = append(names, of)
	}
	if names == nil {
		return nil
	}
	return regexp.MustCompile(`(?i)` + strings.Join(names, "|"))
}

// inEachScript are the names in one: "李桂芳 Li Guifang" is two.
func inEachScript(name string) (names []string) {
	latin := false
	for i, word := range strings.Fields(name) {
		is := isLetter([]rune(word)[0])
		if i > 0 && is == latin {
			names[len(names)-1] += " " + word
		} else {
			names = append(names, word)
		}
		latin = is
	}
	return names
}

func isLetter(r rune) bool { return r <= unicode.MaxASCII && unicode.IsLetter(r) }

// unname takes the resident's names out of what people have written.
func (e *Evidence) unname(names *regexp.Regexp) {
	if names == nil {
		return
	}
	texts := []*string{}
	for i := range e.File.Conditions {
		texts = append(texts, &e.File.Conditions[i].Name)
	}
	for i := range e.File.Allergies {
		a := &e.File.Allergies[i]
		texts = append(texts, &a.Substance, &a.Reaction)
	}
	for i := range e.File.Medicines {
		m := &e.File.Medicines[i]
		texts = append(texts, &m.Name, &m.Strength, &m.Dose, &m.For)
	}
	for i := range e.Adherence {
		texts = append(texts, &e.Adherence[i].What)
	}
	for i := range e.Reminders {
		texts = append(texts, &e.Reminders[i].What)
	}
	for _, text := range texts {
		*text = names.ReplaceAllString(*text, "…")
	}
}
