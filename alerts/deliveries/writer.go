package deliveries

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store"
)

// mostLines bounds what a digest lists. It says how many more there are.
const mostLines = 20

//go:embed words/*.tmpl
var wordFiles embed.FS

// Faces knows people by what they did something as: a user's id, or "contact:" and
// a contact's.
type Faces interface {
	// NameOf is the name, "" when it is not known.
	NameOf(ctx context.Context, by string) (string, error)
}

// Writer is the [Author] of what is told of alerts. What is said depends on who
// hears it and over what:
//   - over a channel that is not trusted with health detail nobody is named, and
//     nothing is said but that something needs its contact;
//   - a resident hears a few calm words;
//   - a neighbour is asked to ring, and told where; at which number to call only where
//     the home allows it;
//   - the family sees what was measured in plain words, and at which numbers to call;
//   - who cares for the resident as a profession gets the evidence too.
type Writer struct {
	alerts *alerts.Alerts
	names  *alerts.Names
	homes  *devices.Registry
	faces  Faces
	links  *Links
	weeks  Weeks                         // nil, weeks are told of nowhere
	asked  Questions                     // nil, so it is with questions to experts
	words  map[string]*template.Template // by language: "en", "zh"
	now    func() time.Time
}

// NewWriter returns a writer; links may be nil.
func NewWriter(book *alerts.Alerts, names *alerts.Names, homes *devices.Registry, faces Faces, links *Links, now func() time.Time) (*Writer, error) {
	words, err := readWords()
	if err != nil {
		return nil, err
	}
	return &Writer{alerts: book, names: names, homes: homes, faces: faces, links: links, words: words, now: now}, nil
}

func readWords() (map[string]*template.Template, error) {
	words := map[string]*template.Template{}
	for _, language := range []string{"en", "zh"} {
		t, err := template.ParseFS(wordFiles, "words/"+language+".tmpl")
		if err != nil {
			return nil, fmt.Errorf("read the words of deliveries: %w", err)
		}
		words[language] = t.Option("missingkey=error")
	}
	return words, nil
}

// Write implements [Author].
func (w *Writer) Write(ctx context.Context, d Draft) (Letter, error) {
	switch d.About {
	case OfDigest:
		if len(d.Members) > 0 && d.Members[0].About == OfOccurrence {
			return w.reminders(d)
		}
		return w.digest(ctx, d)
	case OfOccurrence, OfAccess:
		d.Members, d.details = []Delivery{d.Delivery}, []detail{d.detail}
		return w.reminders(d)
	case OfWeek:
		return w.week(ctx, &d)
	case OfQuestion:
		return w.question(ctx, &d)
	case OfTest:
		return w.trial(d)
	}
	f, err := w.facts(ctx, &d)
	if err != nil {
		return Letter{}, err
	}
	p := w.pen(f.language(d.Contact.Language))
	letter := p.letter(d.Says, audienceOf(d.Relation, d.Channel.Trusted), f.said(&d, p))
	letter.Links, letter.Language, letter.Concerns = p.links(w.links, &d, f, w.now()), p.tag(), f.residents()
	return letter, p.err
}

// trial says that it is a test.
func (w *Writer) trial(d Draft) (Letter, error) {
	p := w.pen(d.Contact.Language)
	letter := p.letter("test", plainly, said{})
	if url := w.links.url(Look, d.ID, w.now()); url != "" {
		letter.Links = []Link{{Look, p.word("open.test", nil), url}}
	}
	letter.Language = p.tag()
	return letter, p.err
}

// reminders says what residents are to do, or another thing, in the words that came
// with it.
func (w *Writer) reminders(d Draft) (Letter, error) {
	var given []*Words
	for _, one := range d.details {
		if one.Words == nil {
			return Letter{}, errors.New("it came without words")
		}
		given = append(given, one.Words)
	}
	language := d.Contact.Language
	if language == "" {
		language = given[0].Language
	}
	p := w.pen(language)
	letter := Letter{Subject: given[0].Subject.In(p.language)}
	var lines []string
	for _, words := range given[:min(len(given), mostLines)] {
		text := words.Text
		if !d.Channel.Trusted {
			text = words.Plainly
		}
		if line := text.In(p.language); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	letter.Text = strings.Join(lines, "\n")
	s := said{Count: len(given), More: len(given) - mostLines}
	switch {
	case !d.Channel.Trusted:
		letter.Subject = p.word("call.plainly.subject", s)
	case len(given) > 1:
		letter.Subject = p.word("reminders.subject", s)
		if s.More > 0 {
			letter.Text += "\n" + p.word("reminders.more", s)
		}
	}
	if len(given) == 1 {
		letter.Ask = given[0].Ask
	}
	letter.Links, letter.Language = w.tasks(&d, given, p), p.tag()
	return letter, p.err
}

// tasks are what a contact may do with one tap about what residents are to do.
func (w *Writer) tasks(d *Draft, given []*Words, p *pen) (list []Link) {
	add := func(a Action, label string) {
		if url := w.links.url(a, d.ID, w.now()); url != "" {
			list = append(list, Link{a, label, url})
		}
	}
	if label := given[0].Done; label != (rules.Text{}) {
		text := label.In(p.language)
		if len(given) > 1 {
			text = p.word("done.all", nil)
		}
		add(Finish, text)
	}
	if i := slices.IndexFunc(given, func(w *Words) bool { return w.Help != rules.Text{} }); i >= 0 {
		add(Help, given[i].Help.In(p.language))
	}
	add(Look, p.word("open", nil))
	return list
}

// digest says many things in one letter, gravest first.
func (w *Writer) digest(ctx context.Context, d Draft) (Letter, error) {
	language := d.Contact.Language
	s := said{Count: len(d.Members)}
	for _, m := range d.Members {
		if m.Severity == rules.Critical && m.Says != Taken && m.Says != Over {
			s.Grave++
		}
	}
	to := plainly
	p := w.pen(language)
	var concerns []string
	if d.Channel.Trusted {
		to, s.More, s.MoreGrave = forFamily, s.Count, s.Grave
		for _, m := range d.Members[:min(len(d.Members), mostLines)] {
			line, f, err := w.line(ctx, &d, m, p)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return Letter{}, err
			}
			if language == "" { // nobody said: that of the first one
				language = f.language("")
				p = w.pen(language)
			}
			s.Lines, concerns = append(s.Lines, line), append(concerns, f.residents()...)
			if s.More--; m.Severity == rules.Critical && m.Says != Taken && m.Says != Over {
				s.MoreGrave--
			}
		}
	}
	letter := p.letter(Many, to, s)
	if url := w.links.url(Look, d.ID, w.now()); url != "" {
		letter.Links = []Link{{Look, p.word("open", nil), url}}
	}
	letter.Language, letter.Concerns = p.tag(), concerns
	return letter, p.err
}

// line is one thing of a digest: when, and the subject that it would have had alone.
func (w *Writer) line(ctx context.Context, d *Draft, m Delivery, p *pen) (string, *facts, error) {
	one := Draft{Delivery: m, Contact: d.Contact, Channel: d.Channel}
	f, err := w.facts(ctx, &one)
	if err != nil {
		return "", nil, err
	}
	if d.Contact.Language == "" {
		p = w.pen(f.language(""))
	}
	letter := p.letter(m.Says, audienceOf(m.Relation, true), f.said(&one, p))
	return f.alert.BeganAt.In(d.Contact.zone()).Format("15:04") + " " + letter.Subject, f, p.err
}
