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
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
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

// facts are what is known of an alert that somebody is told of.
type facts struct {
	alert     alerts.Alert
	about     alerts.About
	concerned []records.Resident
	home      devices.Home
	holder    string // who has it: the name
}

func (w *Writer) facts(ctx context.Context, d *Draft) (*facts, error) {
	a, err := w.alerts.One(ctx, d.Subject)
	if err != nil {
		return nil, err
	}
	f := &facts{alert: a}
	if f.about, f.concerned, err = w.names.Of(ctx, a); err != nil {
		return nil, err
	}
	home := a.Home
	if len(f.concerned) > 0 {
		home = f.concerned[0].HomeID
	}
	if home != "" {
		if f.home, err = w.homes.Home(ctx, home); err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	by := d.detail.Holder
	if by == "" {
		by = a.ClaimedBy
	}
	if by != "" {
		if f.holder, err = w.faces.NameOf(ctx, by); err != nil {
			return nil, fmt.Errorf("find who has alert %s: %w", a.ID, err)
		}
	}
	return f, nil
}

// residents are the ids of those whom it concerns.
func (f *facts) residents() []string {
	ids := make([]string, len(f.concerned))
	for i, r := range f.concerned {
		ids[i] = r.ID
	}
	return ids
}

// language is the contact's, or else the resident's.
func (f *facts) language(contact string) string {
	if contact == "" && len(f.concerned) > 0 {
		return f.concerned[0].Language
	}
	return contact
}

func (f *facts) said(d *Draft, p *pen) said {
	a := &f.alert
	s := said{
		Name: f.about.Name, Place: f.place(p), Rule: a.Rule.Name.In(p.language), Severity: p.word(a.Severity.String(), nil), Message: a.Message(p.language, f.about),
		Why: a.Why(f.about).In(p.language), Holder: f.holder, Critical: a.Severity == rules.Critical, Drill: a.Rule.ID == alerts.DrillRule,
		Emergency: d.detail.Emergency && a.Rule.ID != alerts.DrillRule, Late: d.detail.Late,
	}
	if s.Drill { // the mark says it already
		s.Rule = p.word("drill.rule", nil)
	} else { // nobody calls an old person for a drill
		s.Phones = f.numbers(d, p)
	}
	if s.Holder == "" {
		s.Holder = p.word("somebody", nil)
	}
	by, until := f.held(d)
	s.Mine, s.Held = f.mine(d), by != ""
	s.Until = until.In(d.Contact.zone()).Format("15:04")
	s.At, s.Where, s.Unanswered = f.about.Clock(a.BeganAt, a.ChangedAt), f.where(), d.detail.Unanswered
	if d.detail.Again != 0 {
		s.Again = f.about.Clock(store.Time(d.detail.Again), a.ChangedAt)
	}
	switch a.Verdict {
	case engine.TrueAlarm:
		s.Verdict = p.word("true", nil)
	case engine.FalseAlarm:
		s.Verdict = p.word("false_alarm.verdict", nil)
	case engine.TestAlarm:
		s.Verdict = p.word("test.verdict", nil)
	case engine.NotTheirs:
		s.Verdict = p.word("not_theirs.verdict", nil)
	}
	return s
}

// byContact is what somebody who does not sign in does things as, before the id of
// the contact.
const byContact = "contact:"

// held is who had the alert when it was decided to tell of it, or else who has it,
// and until when; "" for nobody.
func (f *facts) held(d *Draft) (by string, until time.Time) {
	if until = store.Time(d.detail.HeldUntil); !until.IsZero() {
		return d.detail.Holder, until
	}
	return f.alert.ClaimedBy, f.alert.ClaimedUntil
}

// mine reports whether the contact has it.
func (f *facts) mine(d *Draft) bool {
	by, _ := f.held(d)
	return by != "" && (by == d.Contact.User || by == byContact+d.Contact.ID)
}

// where is the home's name and the room, which are no person's; "" when neither is
// known.
func (f *facts) where() string {
	where := f.home.Name
	if len(f.concerned) == 1 && f.concerned[0].Room != "" {
		where = strings.TrimPrefix(where+", "+f.concerned[0].Room, ", ")
	}
	return where
}

// phones are those to call at, as whoever hears it may be told them: a neighbour
// only that of the home, where the home allows it. Words without health detail do
// not name them.
func (f *facts) phones(d *Draft) (list []Phone) {
	if d.Relation != Neighbour {
		for _, r := range f.concerned {
			if r.Phone != "" {
				list = append(list, Phone{Number: r.Phone, Of: r.Name})
			}
		}
	}
	if f.home.Phone != "" && (d.Relation != Neighbour || f.home.ForNeighbours) {
		list = append(list, Phone{Number: f.home.Phone, Home: true})
	}
	return list
}

// numbers are the phones in words, with whose they are where that is not plain.
func (f *facts) numbers(d *Draft, p *pen) (list []string) {
	for _, one := range f.phones(d) {
		of := one.Of
		if one.Home {
			of = p.word("phone.home", nil)
		}
		if d.Relation == Neighbour || !one.Home && len(f.concerned) == 1 {
			list = append(list, one.Number)
		} else {
			list = append(list, p.word("phone.of", said{Name: of, At: one.Number}))
		}
	}
	return list
}

// place is where to go.
func (f *facts) place(p *pen) string {
	if where := f.where(); where != "" {
		return where
	}
	return p.word("home", nil)
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
