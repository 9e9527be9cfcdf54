package deliveries

import (
	"strings"
	"text/template"
	"time"
)

// audience is who hears it.
type audience string

const (
	plainly      audience = "plainly"
	forResident  audience = "resident"
	forNeighbour audience = "neighbour"
	forFamily    audience = "family"
	forCare      audience = "care"
)

// audienceOf says who hears it. The words for residents and neighbours hold no
// health detail and nobody's name, so that any channel may carry them.
func audienceOf(r Relation, trusted bool) audience {
	switch {
	case r == Resident:
		return forResident
	case r == Neighbour:
		return forNeighbour
	case !trusted:
		return plainly
	case r == Family:
		return forFamily
	}
	return forCare
}

// plainer are the words to use where there are none for an audience.
var plainer = map[audience]audience{forCare: forFamily, forFamily: plainly, forResident: plainly, forNeighbour: plainly}

// said is what templates name.
type said struct {
	Name, Place, Rule, Severity, Message, Why string
	Holder, Until, Verdict                    string
	Mine, Critical, Emergency, Late           bool
	Drill                                     bool
	// Urgency is that of a question to experts.
	Urgency Urgency
	// At is when the alert began and Where the place, "" when that is not known. Again
	// is when somebody called again, "" when that is not news. Held is set while
	// somebody has it, Unanswered when help was asked for before in vain.
	At, Where, Again string
	Held, Unanswered bool
	// Phones are numbers to call, with whose they are where there are several.
	Phones []string
	// Of a digest.
	Count, Grave, More, MoreGrave int
	Lines                         []string
}

// pen writes in one language, and keeps the first error.
type pen struct {
	language string
	words    *template.Template
	err      error
}

func (w *Writer) pen(language string) *pen {
	if strings.HasPrefix(language, "zh") {
		return &pen{language: "zh", words: w.words["zh"]}
	}
	return &pen{language: "en", words: w.words["en"]}
}

// tag is the language that it writes in, by BCP 47.
func (p *pen) tag() string {
	if p.language == "zh" {
		return "zh-CN"
	}
	return p.language
}

func (p *pen) word(name string, data any) string {
	var b strings.Builder
	if err := p.words.ExecuteTemplate(&b, name, data); err != nil && p.err == nil {
		p.err = err
	}
	return strings.TrimSpace(b.String())
}

func (p *pen) letter(says Says, to audience, s said) Letter {
	name := string(says) + "." + string(to)
	for p.words.Lookup(name+".text") == nil && to != "" {
		to = plainer[to]
		name = string(says) + "." + string(to)
	}
	l := Letter{Subject: p.word(name+".subject", s), Text: p.word(name+".text", s)}
	if s.Drill {
		mark := p.word("drill", nil)
		if p.language == "en" {
			mark += " "
		}
		l.Subject, l.Text = mark+l.Subject, mark+l.Text
	}
	return l
}

// links are what a contact may do about it with one tap.
func (p *pen) links(links *Links, d *Draft, f *facts, now time.Time) []Link {
	if d.Relation == Resident || links.url(Look, d.ID, now) == "" {
		return nil
	}
	var list []Link
	add := func(a Action, word string) {
		list = append(list, Link{a, p.word(word, nil), links.url(a, d.ID, now)})
	}
	if asks := d.Says == Call || d.Says == Unheard || d.Says == Remind; asks && f.alert.Open() {
		mine := f.mine(d) // who has it already needs not take it
		switch {
		case d.Relation == Neighbour && !mine:
			add(Claim, "claim.neighbour")
		case d.Relation != Neighbour && !mine:
			add(Claim, "claim")
		}
		if d.Relation != Neighbour {
			add(FalseAlarm, "false_alarm")
		}
	}
	add(Look, "open")
	return list
}
