package web

import (
	"time"
)

// alertLine is an alert as pages list it.
type alertLine struct {
	Alert
	*locale
	Who Resident
	// Where is the device or home that it is about, or where the resident lives.
	Where string
	// In are the situations that the resident is in.
	In []string
	// ShowWho is set where the page is not about that resident alone, Linked where
	// the alert has a page of its own to go to.
	ShowWho, Linked bool
	// Back is the page that its forms come back to.
	Back string
	// Called and Says are its name and message in the page's language.
	Called, Says string
	// Reason says in plain words what the rule saw, where a page goes into it.
	Reason string
	Mine   bool // the user who looks has claimed it
	// Alike are how many alerts may be closed with it.
	Alike int
	now   time.Time
	// Under are the lines of its parts.
	Under []alertLine
}

func (p *page) alertLine(a Alert, who Resident) alertLine {
	line := alertLine{
		Alert: a, locale: p.locale, Who: who, Back: p.Path, Called: p.in(a.Name), Says: p.in(a.Message), now: p.Now,
		In: p.situations(who), Mine: a.Holder.ID != "" && a.Holder.ID == p.User.ID,
	}
	if line.Where = a.Place; line.Where == "" {
		line.Where = who.Home
		if who.Room != "" {
			line.Where += " · " + who.Room
		}
	}
	for _, part := range a.Parts {
		under := p.alertLine(part, who)
		under.Linked = true
		line.Under = append(line.Under, under)
	}
	return line
}

// alertLines are those of the alerts about residents whom the page knows, and
// about no resident.
func (p *page) alertLines(all []Alert, known map[string]Resident) []alertLine {
	var lines []alertLine
	for _, a := range all {
		who, ok := known[a.Resident]
		if a.Resident == "" {
			who, ok = Resident{Zone: a.Zone}, true
		}
		if ok {
			line := p.alertLine(a, who)
			line.ShowWho, line.Linked = true, true
			lines = append(lines, line)
		}
	}
	return lines
}

// Open reports that it is not resolved.
func (l alertLine) Open() bool { return l.ResolvedAt.IsZero() }

// Grave is the severity's word.
func (l alertLine) Grave() string { return l.T("severity." + l.Severity.String()) }

// Age is how long ago it began, as people say it.
func (l alertLine) Age() string { return l.age(l.now.Sub(l.BeganAt)) }

// Lasted is how long it was open.
func (l alertLine) Lasted() string { return l.span(l.ResolvedAt.Sub(l.BeganAt)) }

// Clock is a time of the resident's day, with its date when that is another one
// than today.
func (l alertLine) Clock(t time.Time) string { return clock(t, l.now, l.Who.Zone) }

// Stamp is a whole time in the resident's zone.
func (l alertLine) Stamp(t time.Time) string { return stamp(t, l.Who.Zone) }

// Held says who looks after it.
func (l alertLine) Held() string {
	switch {
	case l.Holder.ID == "":
		return l.T("alert.nobody")
	case l.Mine:
		return l.T("alert.mine", "time", l.Clock(l.HeldUntil))
	}
	return l.T("alert.held", "name", l.Holder.Name, "time", l.Clock(l.HeldUntil))
}

// Again says how often somebody has called again, and when; "" for never.
func (l alertLine) Again() string {
	switch at := l.Clock(l.RepeatedAt); l.Repeats {
	case 0:
		return ""
	case 1:
		return l.T("alert.again", "time", at)
	default:
		return l.T("alert.again_and_again", "n", l.Repeats, "time", at)
	}
}

// Claim is what the button says that claims it.
func (l alertLine) Claim() string {
	switch {
	case l.Holder.ID == "":
		return l.T("act.claim", "n", claimMinutes)
	case l.Mine:
		return l.T("act.claim_on", "n", claimMinutes)
	}
	return l.T("act.claim_over", "n", claimMinutes)
}

// Urgent reports that somebody should claim it: it is more than a notice, not
// kept quiet, and nobody has it.
func (l alertLine) Urgent() bool {
	return l.worst() > Info && l.Holder.ID == "" && l.SnoozedUntil.IsZero()
}

// More is what the panel offers that opens below it.
func (l alertLine) More() string {
	switch {
	case l.Linked && l.Severity == Critical:
		return l.T("act.more_critical")
	case l.Linked:
		return l.T("act.more")
	case l.Severity == Critical:
		return l.T("act.close")
	}
	return l.T("act.close_snooze")
}

// Snoozes are the lengths to choose from; none for what cannot be snoozed.
func (l alertLine) Snoozes() []choice {
	if l.Severity == Critical {
		return nil
	}
	var all []choice
	for _, minutes := range snoozeMinutes {
		all = append(all, choice{Value: minutes, Label: l.span(time.Duration(minutes) * time.Minute)})
	}
	return all
}

// choice is one of several buttons.
type choice struct {
	Value int
	Label string
}

// Ended says how it ended.
func (l alertLine) Ended() string {
	if l.Verdict == "" {
		return l.T("alert.cleared")
	}
	return l.T("verdict." + string(l.Verdict))
}

// clock is a time of day in a zone, with the date when that is not today's.
func clock(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

// worst is the severity of an alert, or of its worst part that is open.
func (a Alert) worst() Severity {
	worst := a.Severity
	for _, part := range a.Parts {
		if part.ResolvedAt.IsZero() {
			worst = max(worst, part.worst())
		}
	}
	return worst
}

// in is a text in the page's language.
func (l *locale) in(t Text) string {
	if l.Tag == "zh-CN" {
		return t.ZH
	}
	return t.EN
}
