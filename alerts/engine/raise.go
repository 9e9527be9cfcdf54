package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Raise says that something is the case which no reading shows: a medicine was not
// taken, nobody could be reached. Its rule is one that is raised.
type Raise struct {
	// ID tells it from all others, so that it comes to the same alert each time that
	// it is heard.
	ID   string
	Rule string
	// Severity is one of the rule's levels; 0 for the mildest.
	Severity rules.Severity `json:",omitzero"`
	// Since is when it began, in Unix milliseconds.
	Since int64
	// Incidents are what it is about, with the history of it.
	Incidents []Incident
}

// Incident is one thing that went wrong.
type Incident struct {
	_ struct{} `cbor:",toarray"`
	// Key names it, so that it can be lowered.
	Key string
	// Kind is a word for what happened, "missed"; What what it happened to, in the
	// words of whoever it concerns: "Metformin 500 mg".
	Kind, What string
	// At is when, in Unix milliseconds.
	At int64
	// Tries is how often something was done about it, such as telling somebody.
	Tries int
	// Over is set for what is told for its history alone, and for what is lowered.
	Over bool
}

// Lower says that an incident is over. The alert ends with the last one that is
// not.
type Lower struct {
	Rule, Key string
}

// raised are the incidents of a rule's open alert.
type raised struct {
	_         struct{} `cbor:",toarray"`
	Rule      string
	Incidents []Incident
}

// mostIncidents bounds how many an alert shows: the newest.
const mostIncidents = 20

// raise begins an alert; one that is open gets another incident, or worsens. There
// is one open alert of a rule.
func (r *run) raise(in Raise) {
	i, ok := r.engine.judges(r.state, in.Rule)
	if !ok || !r.engine.set.Programs()[i].Raised {
		return
	}
	s, p := r.state, r.engine.set.Programs()[i]
	f, j := r.factsFor(p, nil), s.rule(i)
	if j.alert == nil && !p.Residents.Includes(s.Resident, f.HasCondition) {
		return
	}
	severity := levelOf(p, in.Severity)
	news := s.addIncidents(p.ID, in.Incidents)
	r.changed = true
	switch {
	case j.alert == nil:
		j.alert = &open{ID: raisedID(s, in, r.came), Since: in.Since, At: s.now, Status: Firing, Severity: severity}
		j.alert.Of, j.hushed, j.closed = r.wholeOf(p, j.alert), 0, 0
		r.tell(j.alert, p, f, Began)
	case severity > j.alert.Severity:
		worse := *j.alert
		worse.Severity, worse.Snoozed = severity, 0
		j.alert = &worse
		r.tell(j.alert, p, f, Worsened)
	case news:
		again := *j.alert
		j.alert = &again
		r.tell(j.alert, p, f, Repeated)
	}
	s.remember(j)
}

// lower ends an incident, and with the last one the alert. One that only a person
// closes stays.
func (r *run) lower(l Lower) {
	i, ok := r.engine.judges(r.state, l.Rule)
	if !ok {
		return
	}
	s, p := r.state, r.engine.set.Programs()[i]
	j := s.rule(i)
	if j.alert == nil || !s.endIncident(p.ID, l.Key) || p.Clear.By == "person" {
		return
	}
	ended := *j.alert
	ended.Status = Resolved
	r.changed = true
	r.tell(&ended, p, r.factsFor(p, nil), Cleared)
	s.forgetRaised(p.ID)
	s.remember(judged{rule: i})
}

// levelOf is the gravest of a rule's levels that is not graver than asked for, the
// mildest otherwise.
func levelOf(p *rules.Program, asked rules.Severity) rules.Severity {
	levels := p.AllLevels()
	severity := levels[0].Severity
	for _, level := range levels {
		if level.Severity <= asked {
			severity = level.Severity
		}
	}
	return severity
}

// raisedID is the id of an alert that is raised: its time is when that was heard,
// its rest goes by what raised it, which is the same after any replay.
func raisedID(s *State, in Raise, at int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00raised\x00%s", s.subject(), in.Rule, in.ID))
	var id [17]byte
	var when [8]byte
	binary.BigEndian.PutUint64(when[:], uint64(at)<<16)
	copy(id[1:], when[:6])
	copy(id[7:], sum[:10])
	return shifted(id)
}

// incidents are those of a rule's open alert.
func (s *State) incidents(rule string) []Incident {
	for i := range s.raised {
		if s.raised[i].Rule == rule {
			return slices.Clone(s.raised[i].Incidents)
		}
	}
	return nil
}

// addIncidents puts incidents beside those that there are, in the place of those
// with the same key. It reports whether one of them is news.
func (s *State) addIncidents(rule string, more []Incident) (news bool) {
	all := s.incidents(rule)
	for _, one := range more {
		i := slices.IndexFunc(all, func(known Incident) bool { return known.Key == one.Key })
		switch {
		case i < 0:
			all = append(all, one)
			news = news || !one.Over
		case !one.Over:
			all[i] = one
		}
	}
	slices.SortStableFunc(all, func(a, b Incident) int { return int(min(max(a.At-b.At, -1), 1)) })
	if len(all) > mostIncidents {
		all = all[len(all)-mostIncidents:]
	}
	s.forgetRaised(rule)
	s.raised = append(s.raised, raised{Rule: rule, Incidents: all})
	return news
}

// endIncident marks an incident as over. It reports whether none is left that is
// not.
func (s *State) endIncident(rule, key string) (last bool) {
	all := s.incidents(rule)
	found := false
	for i := range all {
		if all[i].Key == key {
			found, all[i].Over = true, true
		}
	}
	if !found {
		return false
	}
	s.forgetRaised(rule)
	s.raised = append(s.raised, raised{Rule: rule, Incidents: all})
	return !slices.ContainsFunc(all, func(one Incident) bool { return !one.Over })
}

func (s *State) forgetRaised(rule string) {
	s.raised = slices.DeleteFunc(s.raised, func(one raised) bool { return one.Rule == rule })
}
