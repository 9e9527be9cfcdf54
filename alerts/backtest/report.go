package backtest

import (
	"cmp"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Report says what came of trying rules.
type Report struct {
	// From and To are the first and the last moment that counted.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// WarmUp is how long before it the rules were let hear.
	WarmUp        rules.Span `json:"warm_up"`
	Residents     int        `json:"residents"`
	ResidentWeeks float64    `json:"resident_weeks"`
	// Messages and Readings are what was heard in the period.
	Messages int `json:"messages"`
	Readings int `json:"readings"`
	// Unfit are the readings by metric that were kept out of the rules: artefacts.
	Unfit map[string]int `json:"unfit,omitempty"`
	// NotJudged are the rules of the set that were not tried: those about devices and
	// homes, where nothing is known of what is expected of devices.
	NotJudged []string `json:"not_judged,omitempty"`

	All   Figures     `json:"all"`
	Today *Figures    `json:"today,omitempty"`
	Rules []RuleTrial `json:"rules"`
	// Worst are the residents with the most alerts, at most ten.
	Worst  []Share         `json:"worst"`
	Budget budget.Standing `json:"budget"`

	// Alerts are all of them, by resident and time; they are many, and no part of
	// the JSON.
	Alerts []Alert `json:"-"`

	names map[string]rules.Text // of the rules, by their ids
}

// RuleTrial is what came of one rule.
type RuleTrial struct {
	ID   string     `json:"id"`
	Name rules.Text `json:"name"`
	Try  Figures    `json:"try"`
	// Today is what the rule of today with that id gave; nil when there is none.
	Today *Figures `json:"today,omitempty"`
	// Plain is what its threshold alone would have given; nil for a rule without one.
	Plain *Plain  `json:"plain,omitempty"`
	Worst []Share `json:"worst"`
}

// Figures are what alerts come to.
type Figures struct {
	Alerts   int `json:"alerts"`
	Info     int `json:"info"`
	Warning  int `json:"warning"`
	Critical int `json:"critical"`
	// Parts are those that were told as parts of others, for they have one cause.
	Parts int `json:"parts"`
	// Night are those that began between 22:00 and 07:00 on the resident's clock.
	Night int `json:"night"`
	// Residents are how many have any.
	Residents int `json:"residents"`
	// PerWeek are those a resident and week; less than a week counts as one.
	PerWeek float64 `json:"per_resident_week"`
	// Median and Longest are how long those lasted that ended by themselves; OpenAtEnd
	// had not ended, OpenBefore had begun before the period and are not counted.
	Median     rules.Span `json:"median_open"`
	Longest    rules.Span `json:"longest_open"`
	OpenAtEnd  int        `json:"open_at_end"`
	OpenBefore int        `json:"open_before"`
	// Then says which of them there was an alert of the same resident and rule for.
	Then Beside `json:"then"`
}

// Beside is how alerts stand beside those that there were. A pair overlaps, or is
// less than half an hour apart.
type Beside struct {
	True  int `json:"found_true"`
	False int `json:"found_false"`
	Test  int `json:"found_test"`
	Open  int `json:"no_verdict"`
	// New are those that there was no alert for.
	New int `json:"new"`
	// MissedTrue are alerts found true then that these rules would not have given,
	// SparedFalse those found false.
	MissedTrue  int `json:"missed_true"`
	SparedFalse int `json:"spared_false"`
}

// Share is a resident's number of alerts.
type Share struct {
	Resident string `json:"resident"`
	Alerts   int    `json:"alerts"`
}

const (
	mostWorst = 10
	apart     = 30 * time.Minute
)

func (r *runner) report(residents []Resident, outcomes []outcome) *Report {
	out := &Report{WarmUp: rules.Span(r.warmUp), Residents: len(residents), Unfit: map[string]int{}, Rules: []RuleTrial{}, names: namesOf(r.cfg.Rules.Rules())}
	watched := make(budget.Watched, len(residents))
	plain := make([]Plain, len(r.plain.all))
	unfit := map[vitals.Metric]int{}
	var try, today []Alert
	equipped := false
	tryBefore, todayBefore := map[string]int{}, map[string]int{}
	for i, o := range outcomes {
		who := &residents[i]
		watched.Add(who.ID, o.since(who), who.From, who.To)
		equipped = equipped || len(who.Equipment.Devices) > 0
		if out.From.IsZero() || who.From.Before(out.From) {
			out.From = who.From.UTC()
		}
		if who.To.After(out.To) {
			out.To = who.To.UTC()
		}
		out.Messages += o.messages
		out.Readings += o.readings
		try, today = append(try, o.try...), append(today, o.today...)
		addTo(tryBefore, o.tryBefore)
		addTo(todayBefore, o.todayBefore)
		addTo(unfit, o.unfit)
		for n, p := range o.plain {
			plain[n].Readings += p.Readings
			plain[n].Runs += p.Runs
		}
	}
	for m, n := range unfit {
		out.Unfit[m.String()] = n
	}
	sum := func(alerts []Alert, before map[string]int, rule string) Figures {
		return figures(ofRule(alerts, rule), ofRule(r.cfg.Then, rule), before, rule, watched)
	}
	out.ResidentWeeks = watched.Weeks()
	try, today = once(try), once(today)
	r.judge(try)
	out.Alerts = try
	out.All = sum(try, tryBefore, "")
	out.Worst = worst(try)
	if r.today != nil {
		f := sum(today, todayBefore, "")
		out.Today = &f
	}
	for i, p := range r.cfg.Rules.Programs() {
		if p.Subject != rules.OfResident && !equipped {
			out.NotJudged = append(out.NotJudged, p.ID)
			continue
		}
		rule := RuleTrial{ID: p.ID, Name: p.Name, Try: sum(try, tryBefore, p.ID), Worst: worst(ofRule(try, p.ID))}
		if r.today != nil {
			if _, ok := r.cfg.Today.Find(p.ID); ok {
				f := sum(today, todayBefore, p.ID)
				rule.Today = &f
			}
		}
		if n := slices.Index(r.plain.of, i); n >= 0 {
			rule.Plain = &plain[n]
		}
		out.Rules = append(out.Rules, rule)
	}
	slices.SortStableFunc(out.Rules, func(a, b RuleTrial) int { return cmp.Compare(b.Try.Alerts, a.Try.Alerts) })
	out.Budget = Budget(try, watched)
	return out
}

// Budget puts alerts beside the budget; those that were told as parts of others cost
// nothing.
func Budget(alerts []Alert, watched budget.Watched) budget.Standing {
	var costs []budget.Alert
	for _, a := range alerts {
		if !a.Part {
			costs = append(costs, budget.Alert{Resident: a.Resident, Rule: a.Rule, Severity: a.Severity, Verdict: a.Verdict})
		}
	}
	return budget.Of(costs, watched)
}

// once leaves one of the alerts about a home that several residents share.
func once(alerts []Alert) []Alert {
	seen := make(map[string]bool, len(alerts))
	return slices.DeleteFunc(alerts, func(a Alert) bool {
		again := seen[a.ID]
		seen[a.ID] = true
		return again
	})
}

// judge gives alerts the verdict of what there was then, else what is known
// otherwise.
func (r *runner) judge(try []Alert) {
	then := byWhat(r.cfg.Then)
	for i := range try {
		for _, n := range then[try[i].what()] {
			if one := &r.cfg.Then[n]; one.Verdict != "" && meet(&try[i], one) {
				try[i].Verdict = one.Verdict
			}
		}
		if try[i].Verdict == "" && r.cfg.Truth != nil {
			try[i].Verdict = r.cfg.Truth(try[i])
		}
	}
}

func addTo[K comparable](sums, more map[K]int) {
	for k, n := range more {
		sums[k] += n
	}
}

// ofRule are the alerts of a rule; all for "".
func ofRule(alerts []Alert, rule string) []Alert {
	if rule == "" {
		return alerts
	}
	var out []Alert
	for _, a := range alerts {
		if a.Rule == rule {
			out = append(out, a)
		}
	}
	return out
}

func figures(alerts, then []Alert, before map[string]int, rule string, watched budget.Watched) Figures {
	f := Figures{Alerts: len(alerts)}
	who := map[string]bool{}
	var lasted []time.Duration
	for i := range alerts {
		a := &alerts[i]
		switch a.Severity {
		case rules.Critical:
			f.Critical++
		case rules.Warning:
			f.Warning++
		default:
			f.Info++
		}
		if a.Night {
			f.Night++
		}
		if a.Part {
			f.Parts++
		}
		who[a.Resident] = true
		if a.Ended.IsZero() {
			f.OpenAtEnd++
		} else {
			lasted = append(lasted, a.Ended.Sub(a.Began))
		}
	}
	f.Residents = len(who)
	f.PerWeek = watched.PerWeek(f.Alerts)
	if len(lasted) > 0 {
		slices.Sort(lasted)
		f.Median, f.Longest = rules.Span(lasted[len(lasted)/2].Round(time.Second)), rules.Span(lasted[len(lasted)-1].Round(time.Second))
	}
	for id, n := range before {
		if rule == "" || id == rule {
			f.OpenBefore += n
		}
	}
	f.Then = beside(alerts, then)
	return f
}

// beside compares alerts with those that there were.
func beside(alerts, then []Alert) Beside {
	var t Beside
	met, places := make([]bool, len(then)), byWhat(then)
	for i := range alerts {
		verdict, found := engine.Verdict(""), false
		for _, n := range places[alerts[i].what()] {
			if meet(&alerts[i], &then[n]) {
				met[n], found = true, true
				verdict = cmp.Or(then[n].Verdict, verdict)
			}
		}
		switch {
		case !found:
			t.New++
		case verdict == engine.TrueAlarm:
			t.True++
		case verdict == engine.FalseAlarm:
			t.False++
		case verdict == engine.TestAlarm:
			t.Test++
		default:
			t.Open++
		}
	}
	for n := range then {
		switch {
		case met[n]:
		case then[n].Verdict == engine.TrueAlarm:
			t.MissedTrue++
		case then[n].Verdict == engine.FalseAlarm:
			t.SparedFalse++
		}
	}
	return t
}

// what is a resident and a rule.
type what struct{ resident, rule string }

func (a *Alert) what() what { return what{a.Resident, a.Rule} }

// byWhat are the places of alerts by resident and rule.
func byWhat(alerts []Alert) map[what][]int {
	places := map[what][]int{}
	for i := range alerts {
		places[alerts[i].what()] = append(places[alerts[i].what()], i)
	}
	return places
}

// meet reports whether two alerts of the same resident and rule are of the same
// time.
func meet(a, b *Alert) bool { return beforeEnd(a, b) && beforeEnd(b, a) }

func beforeEnd(a, b *Alert) bool { return b.Ended.IsZero() || a.Began.Before(b.Ended.Add(apart)) }

// worst are the residents with the most alerts.
func worst(alerts []Alert) []Share {
	counts := map[string]int{}
	for _, a := range alerts {
		counts[a.Resident]++
	}
	shares := make([]Share, 0, len(counts))
	for id, n := range counts {
		shares = append(shares, Share{id, n})
	}
	slices.SortFunc(shares, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Alerts, a.Alerts), cmp.Compare(a.Resident, b.Resident))
	})
	return shares[:min(len(shares), mostWorst)]
}
