package panels

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/anxin-care/anxin/records"
)

// namesOf finds where a text names a resident; nil where they have no name of more than
// one letter. A name in letters is a word: "An" is not in "angina". Chinese has no space
// between words.
func namesOf(r records.Resident) *regexp.Regexp {
	var names []string
	for _, name := range []string{r.Name, r.Called} {
		letters := []rune(strings.TrimSpace(name))
		if len(letters) < 2 {
			continue
		}
		of := regexp.QuoteMeta(string(letters))
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
	for _, text := range texts {
		*text = names.ReplaceAllString(*text, "…")
	}
}
