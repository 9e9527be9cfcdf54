package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/internal/spelling"
	"github.com/anxin-care/anxin/vitals"
)

// Program is a rule made ready to be judged.
type Program struct {
	Rule
	// Parts are the rule's, and the parts of those.
	Parts []string
	// Levels are the rule's, mildest first, with their conditions.
	Levels []ProgramLevel
	// Cleared is the condition under which an alert resolves by itself; nil for
	// one that only a person closes.
	Cleared *Condition
	// Shown are what its message names.
	Shown []Shown
	// Bounds are the limits that its levels compare with.
	Bounds []Bound
	// Metrics are all those that its conditions are about.
	Metrics []vitals.Metric
	// Conditions are the residents' conditions that it asks for.
	Conditions []string
	// Lives says that movement is a reason to look at it again.
	Lives bool
	// Planned says that it is about planned measurements: each is a reason to look
	// at it again.
	Planned bool
	// Late says that it is about late readings.
	Late bool
}

// ProgramLevel is a level with its condition.
type ProgramLevel struct {
	Level
	Condition *Condition
}

// Shown is a value that a message names.
type Shown struct {
	Name   string
	Metric vitals.Metric // whose resolution it is shown at; 0 for none

	value func(*Look) (float64, bool)
	kind  kind
}

// Of is the value; false when it is not known.
func (s Shown) Of(f Facts) (float64, bool) { return s.value(&Look{Facts: f}) }

// IsDuration reports whether the value is a length of time, in seconds.
func (s Shown) IsDuration() bool { return s.kind == duration }

var (
	ruleID      = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)
)

// told are the placeholders that every message may have; they are filled in
// when it is told.
var told = []string{"name", "zone", "device", "since", "time", "minutes", "param", "metric", "measured"}

// compile makes the rule ready, or says all that is wrong with it.
func (r Rule) compile(windows func(Window) int) (*Program, error) {
	p := &Program{Rule: r, Parts: r.Parts, Conditions: slices.Concat(r.Residents.Conditions, r.Residents.Without)}
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if !ruleID.MatchString(r.ID) {
		wrong("id %q: want lower case letters, digits and underscores, a letter first", r.ID)
	}
	for what, text := range map[string]Text{"name": r.Name, "message": r.Message} {
		if text.EN == "" || text.ZH == "" {
			wrong("%s: want both en and zh", what)
		}
	}
	p.checkWords(wrong)
	p.compileLevels(windows, wrong)
	p.compileClear(windows, wrong)
	p.compileShown(windows, wrong)
	p.checkMessage(wrong)
	if len(errs) > 0 {
		slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return nil, &Refused{ID: r.ID, Reasons: errs}
	}
	return p, nil
}

func (p *Program) checkWords(wrong func(string, ...any)) {
	switch p.Subject {
	case "":
		p.Subject = OfResident
	case OfResident, OfHome:
	case OfDevice:
		if p.Raised {
			wrong("subject device: raised rules are about residents, homes or the service")
		}
	case OfService:
		if !p.Raised {
			wrong("subject service: no reading is about it, so want raised: true")
		}
	default:
		wrong("subject %q: want resident, device or home%s", p.Subject, spelling.DidYouMean(string(p.Subject), []string{string(OfResident), string(OfDevice), string(OfHome)}))
	}
	switch p.Tells {
	case "":
		p.Tells = Care
	case Care, Technician:
	default:
		wrong("tells %q: want care or devices%s", p.Tells, spelling.DidYouMean(string(p.Tells), []string{string(Care), string(Technician)}))
	}
	for _, s := range p.Paused {
		if s != AwayFromHome && s != InHospital && s != WithVisitors {
			wrong("paused %q: want away, hospital or visitors%s", s, spelling.DidYouMean(string(s), []string{string(AwayFromHome), string(InHospital), string(WithVisitors)}))
		}
	}
	if slices.Contains(p.Rule.Parts, p.ID) {
		wrong("parts: a rule is no part of itself")
	}
	if p.SignOf != "" && !ruleID.MatchString(p.SignOf) {
		wrong("sign_of %q: want lower case letters, digits and underscores, a letter first", p.SignOf)
	}
	for _, s := range p.Caps {
		if s == 0 {
			wrong("caps: want a severity for each kind of device")
		}
	}
}

func (p *Program) compileLevels(windows func(Window) int, wrong func(string, ...any)) {
	if p.Raised {
		p.checkRaised(wrong)
		return
	}
	levels := p.Rule.Levels
	if p.When != "" {
		if len(levels) > 0 {
			wrong("when and levels: want one of them")
		}
		levels = []Level{p.Level}
	}
	if len(levels) == 0 {
		wrong("when: the rule has no condition")
	}
	least := Severity(0)
	for _, level := range levels {
		if level.Severity <= least {
			wrong("severity: each level is to be graver than the one before")
		}
		least = level.Severity
		level.Confirm.check("", wrong)
		if level.Unconfirmed > 0 && level.Readings < 2 {
			wrong("unconfirmed: it needs readings: 2 or more to wait for")
		}
		c, err := compile(level.When, windows)
		if err != nil {
			wrong("when: %w", err)
			continue
		}
		p.uses(c)
		p.Bounds = append(p.Bounds, c.bounds...)
		p.Levels = append(p.Levels, ProgramLevel{level, c})
	}
}

// checkRaised is about a rule without conditions. Who raises it has seen to hours
// and situations.
func (p *Program) checkRaised(wrong func(string, ...any)) {
	least := Severity(0)
	for _, level := range p.AllLevels() {
		if level.Severity <= least {
			wrong("severity: each level is to be graver than the one before")
		}
		least = level.Severity
		if level != (Level{Severity: level.Severity}) {
			wrong("raised: there is no condition, so want a severity alone")
		}
	}
	if !p.Active.IsZero() || len(p.Paused) > 0 || len(p.Caps) > 0 || p.Fresh != 0 || len(p.Show) > 0 {
		wrong("raised: active, paused, caps, fresh and show are of rules with a condition")
	}
}

func (c Confirm) check(where string, wrong func(string, ...any)) {
	switch {
	case c.Readings < 0 || c.Readings > 100:
		wrong("%sreadings %d: want 1 to 100", where, c.Readings)
	case c.For < 0 || c.Within < 0:
		wrong("%sfor and within: want lengths of time over 0", where)
	}
}

func (p *Program) compileClear(windows func(Window) int, wrong func(string, ...any)) {
	switch {
	case p.Raised && p.Clear.When != "":
		wrong("clear: who raises it says when it is over, so want none, or by: person")
		return
	case p.Raised && p.Clear == Clear{}:
		return
	case p.Clear.By == "person":
		if p.Clear.When != "" {
			wrong("clear: by person and when: want one of them")
		}
		return
	case p.Clear.By != "":
		wrong("clear: by %q: want person", p.Clear.By)
		return
	case p.Clear.When == "":
		wrong("clear: want a condition, or by: person")
		return
	}
	p.Clear.Confirm.check("clear: ", wrong)
	c, err := compile(p.Clear.When, windows)
	if err != nil {
		wrong("clear: %w", err)
		return
	}
	p.uses(c)
	p.Cleared = c
}

func (p *Program) compileShown(windows func(Window) int, wrong func(string, ...any)) {
	names := make([]string, 0, len(p.Show))
	for name := range p.Show {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c := &compiler{text: p.Show[name], windows: windows}
		t, err := c.parse()
		if err != nil {
			wrong("show: %s: %w", name, err)
			continue
		}
		if t.value == nil || t.kind == boolean {
			wrong("show: %s: want a number, not %s", name, t.kind)
			continue
		}
		shown := Shown{Name: name, value: t.value, kind: t.kind}
		if len(c.metrics) == 1 {
			shown.Metric = c.metrics[0]
		}
		p.Shown = append(p.Shown, shown)
	}
	if _, ok := p.Show["value"]; !ok && len(p.Metrics) > 0 {
		m := p.Metrics[0]
		p.Shown = append(p.Shown, Shown{Name: "value", Metric: m, value: func(l *Look) (float64, bool) { return l.Value(m) }})
	}
}

// checkMessage refuses placeholders that nothing fills in, and messages that
// name other things in the one language than in the other.
func (p *Program) checkMessage(wrong func(string, ...any)) {
	names := func(text string) []string {
		var found []string
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	if en, zh := names(p.Message.EN), names(p.Message.ZH); !slices.Equal(en, zh) && p.Message.EN != "" && p.Message.ZH != "" {
		wrong("message: it names %s in English and %s in Chinese", strings.Join(en, ", "), strings.Join(zh, ", "))
	}
	for _, name := range append(names(p.Message.EN), names(p.Message.ZH)...) {
		known := slices.Contains(told, name) || p.Late && name == "value" || p.Raised && (name == "what" || name == "count") || slices.ContainsFunc(p.Shown, func(s Shown) bool { return s.Name == name })
		if !known {
			wrong("message: {%s} is nothing: say what it shows under show%s", name, spelling.DidYouMean(name, told))
		}
	}
}

func (p *Program) uses(c *Condition) {
	p.Lives = p.Lives || c.Lives
	p.Late = p.Late || c.Late
	p.Planned = p.Planned || c.Planned
	p.Conditions = append(p.Conditions, c.Conditions...)
	for _, m := range c.Metrics {
		if !slices.Contains(p.Metrics, m) {
			p.Metrics = append(p.Metrics, m)
		}
	}
}
