package panels

import (
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/mentions"
)

func namesOf(r records.Resident) mentions.Names { return mentions.New(r.Name, r.Called) }

// unnamed is a text as experts read it, who are not to know who it is about.
func unnamed(names mentions.Names, text string) string { return names.Replaced(text, "…") }

// unname takes the resident's names out of what people have written.
func (e *Evidence) unname(names mentions.Names) {
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
		*text = unnamed(names, *text)
	}
}
