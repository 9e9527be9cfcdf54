package channels

import (
	_ "embed"
	"html/template"
	"strings"
)

// letterText is the e-mail as plain text: links in lines of their own, which can
// be tapped wherever it is read.
func letterText(m Message) string {
	var b strings.Builder
	b.WriteString(m.Text + "\n")
	for _, l := range m.Links {
		b.WriteString("\n" + l.Label + ":\n" + l.URL + "\n")
	}
	return b.String()
}

//go:embed letter.html
var letterSource string

var letterHTML = template.Must(template.New("letter").Funcs(template.FuncMap{
	"paragraphs": func(text string) [][]string {
		var paragraphs [][]string
		for p := range strings.SplitSeq(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n\n") {
			paragraphs = append(paragraphs, strings.Split(p, "\n"))
		}
		return paragraphs
	},
}).Parse(letterSource))
