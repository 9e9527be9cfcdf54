package engine

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/vitals"
)

// saved is a state as it is written: rules and windows by what they are, not by
// their numbers, so that another set of rules can read what is still of it.
type saved struct {
	Format      int                `cbor:"1,keyasint"`
	Resident    string             `cbor:"2,keyasint,omitempty"`
	Home        string             `cbor:"3,keyasint,omitempty"`
	Now         int64              `cbor:"4,keyasint,omitempty"`
	Seq         uint64             `cbor:"5,keyasint,omitempty"`
	Input       uint64             `cbor:"6,keyasint,omitempty"`
	Since       int64              `cbor:"7,keyasint,omitempty"`
	Profile     *savedProfile      `cbor:"8,keyasint,omitempty"`
	Latest      []savedLatest      `cbor:"9,keyasint,omitempty"`
	Past        []savedPast        `cbor:"10,keyasint,omitempty"`
	Moved       int64              `cbor:"11,keyasint,omitempty"`
	Rhythm      rhythm             `cbor:"12,keyasint"`
	Episodes    [numEpisodes]int64 `cbor:"13,keyasint"`
	Judged      []savedRule        `cbor:"14,keyasint,omitempty"`
	Deaf        int64              `cbor:"15,keyasint,omitempty"`
	Blind       int64              `cbor:"16,keyasint,omitempty"`
	Lost        uint8              `cbor:"35,keyasint,omitempty"`
	Dark        bool               `cbor:"33,keyasint,omitempty"`
	Residents   []string           `cbor:"34,keyasint,omitempty"`
	Devices     []saved            `cbor:"17,keyasint,omitempty"`
	Gear        *savedGear         `cbor:"18,keyasint,omitempty"`
	Lit         int64              `cbor:"19,keyasint,omitempty"`
	Late        *finding           `cbor:"20,keyasint,omitempty"`
	LateStreaks []lateStreak       `cbor:"32,keyasint,omitempty"`
	Fixtures    []fixture          `cbor:"30,keyasint,omitempty"`
	Sources     []savedSource      `cbor:"31,keyasint,omitempty"`
	Adrift      []adrift           `cbor:"40,keyasint,omitempty"`
	Warm        []uint32           `cbor:"41,keyasint,omitempty"` // windows, by [nameOf]
	// Set names the rules that the state was judged by, Unseen says when all of them
	// are to be looked at: of the whole state, not of each device.
	Set    string `cbor:"42,keyasint,omitempty"`
	Unseen int64  `cbor:"43,keyasint,omitempty"`
	// Closed is how grave the alerts were whose rules are hushed, by rule.
	Closed  map[string]rules.Severity `cbor:"44,keyasint,omitempty"`
	Raised  []raised                  `cbor:"46,keyasint,omitempty"`
	Service bool                      `cbor:"47,keyasint,omitempty"`
}

type savedGear struct {
	_        struct{} `cbor:",toarray"`
	Expected Expected
	Heard    int64
	Gaps     gaps
	Charge   []charge
}

const savedFormat = 5

// ErrFormat says that a state was written by another version in a way that this
// one cannot read.
var ErrFormat = errors.New("state of another version")

type savedProfile struct {
	_          struct{} `cbor:",toarray"`
	Zone       string
	Birth      time.Time
	Conditions []string
	Limits     map[string]float64
	Scale2     bool
	Planned    map[vitals.Metric]rules.Span
	Situations map[rules.Situation]int64
	Unwatched  bool
}

type savedLatest struct {
	_               struct{} `cbor:",toarray"`
	Metric          uint8
	Marks           uint8
	Number          float64
	At, Late, Every int64 // Late is how much later it was received
	Source          int
}

type savedSource struct {
	_                   struct{} `cbor:",toarray"`
	Device, Class, Zone string
}

type savedPast struct {
	_       struct{} `cbor:",toarray"`
	Window  uint32   // by [nameOf]
	Buckets []bucket
}

type savedRule struct {
	_      struct{} `cbor:",toarray"`
	Rule   string
	Levels [mostLevels]streak
	Clear  streak
	Alert  *open
	Hushed int64
	Again  int64
	Sum    uint32 // of the rule's conditions, see [sumOf]
}

// Save writes a state, for [Engine.Load] of an engine with this or another set
// of rules.
func (e *Engine) Save(s *State) ([]byte, error) {
	out := e.saved(s)
	out.Set, out.Unseen = e.set.ID(), s.unseen
	text, err := cbor.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("save the state of %s: %w", s.subject(), err)
	}
	return text, nil
}

func (e *Engine) saved(s *State) saved {
	out := saved{
		Format: savedFormat, Resident: s.Resident, Home: s.Home, Now: s.now, Seq: s.seq, Input: s.input, Since: s.since, Moved: s.moved, Rhythm: s.rhythm,
		Episodes: s.episodes, Deaf: s.deaf, Blind: s.blind, Lit: s.lit, Dark: s.dark, Lost: s.lost, Residents: s.residents, Fixtures: s.fixtures, Adrift: s.adrift,
		Raised: s.raised, Service: s.Service,
	}
	if p := s.profile; p != nil && s.parent == nil {
		zone := "UTC"
		if p.Zone != nil {
			zone = p.Zone.String()
		}
		out.Profile = &savedProfile{
			Zone: zone, Birth: p.Birth, Conditions: p.Conditions, Limits: p.Limits, Scale2: p.Scale2, Planned: p.Planned, Situations: p.Situations, Unwatched: p.Unwatched,
		}
	}
	for _, l := range s.latest {
		from := savedSource{Device: l.source.device, Class: l.source.class, Zone: l.source.zone}
		i := slices.Index(out.Sources, from)
		if i < 0 {
			i = len(out.Sources)
			out.Sources = append(out.Sources, from)
		}
		out.Latest = append(out.Latest, savedLatest{
			Metric: uint8(l.metric), Marks: uint8(l.marks), Number: l.number, At: l.at, Late: l.received - l.at, Every: l.every, Source: i,
		})
	}
	for i, r := range s.past {
		if len(r) > 0 {
			out.Past = append(out.Past, savedPast{Window: e.names[i], Buckets: r})
		}
	}
	for i, name := range e.names {
		if s.warm.has(i) {
			out.Warm = append(out.Warm, name)
		}
	}
	for _, j := range s.judged {
		id := e.set.Programs()[j.rule].ID
		if j.closed != 0 {
			if out.Closed == nil {
				out.Closed = map[string]rules.Severity{}
			}
			out.Closed[id] = j.closed
		}
		out.Judged = append(out.Judged, savedRule{
			Rule: id, Levels: j.levels, Clear: j.clear, Alert: j.alert, Hushed: j.hushed, Again: j.again, Sum: e.sums[j.rule],
		})
	}
	if s.late.Came != 0 {
		out.Late = &s.late
	}
	out.LateStreaks = s.lateStreaks
	if g := s.gear; g != nil {
		out.Gear = &savedGear{Expected: g.expected, Heard: g.heard, Gaps: g.gaps, Charge: g.charge}
	}
	for _, d := range s.devices {
		out.Devices = append(out.Devices, e.saved(d))
	}
	return out
}

// Load reads what [Engine.Save] wrote. Windows that the engine's set does not
// have are left out, and open alerts of rules that it does not have are adrift;
// rules and windows that it has besides know nothing yet. When the sets differ,
// all rules are looked at once, at the state's own time or that of
// [State.LookAt]. It is ErrFormat for what another version wrote in another way.
func (e *Engine) Load(text []byte) (*State, error) {
	var in saved
	if err := cbor.Unmarshal(text, &in); err != nil || in.Format != savedFormat {
		return nil, fmt.Errorf("load a state: %w", errors.Join(ErrFormat, err))
	}
	s, err := e.loaded(in)
	if err == nil {
		s.renew(in.Unseen, in.Set != e.set.ID())
	}
	return s, err
}

// Take makes of another engine's state what [Engine.Load] would make of it. The
// one that was given is not to be used any more if the new one is.
func (e *Engine) Take(s *State, from *Engine) *State {
	taken, err := e.loaded(from.saved(s))
	if err != nil {
		panic(err) // what was just written can be read
	}
	taken.renew(s.unseen, from.set.ID() != e.set.ID())
	return taken
}

// renew has all rules looked at when they are others than before.
func (s *State) renew(unseen int64, others bool) {
	s.unseen = unseen
	if others {
		s.unseen = max(unseen, s.now) // nothing was heard by a state whose time is 0
	}
}

// LookAt puts off the look at all rules that another set asks for until a time,
// in Unix milliseconds. It reports whether there is to be one: the state then is
// another than the one that was written.
func (s *State) LookAt(at int64) bool {
	if s.unseen == 0 {
		return false
	}
	s.unseen = max(s.unseen, at)
	return true
}

func (e *Engine) loaded(in saved) (*State, error) {
	s := &State{
		Resident: in.Resident, Home: in.Home, now: in.Now, seq: in.Seq, input: in.Input, since: in.Since, moved: in.Moved, rhythm: in.Rhythm,
		episodes: in.Episodes, deaf: in.Deaf, blind: in.Blind, lit: in.Lit, dark: in.Dark, lost: in.Lost, residents: in.Residents, fixtures: in.Fixtures,
		raised: in.Raised, Service: in.Service,
	}
	if p := in.Profile; p != nil {
		zone, err := zones.Load(p.Zone)
		if err != nil {
			return nil, fmt.Errorf("load the state of %s: %w", s.subject(), err)
		}
		s.profile = &Profile{
			Zone: zone, Birth: p.Birth, Conditions: p.Conditions, Limits: p.Limits, Scale2: p.Scale2, Planned: p.Planned, Situations: p.Situations, Unwatched: p.Unwatched,
		}
	}
	sources := make([]source, len(in.Sources))
	for i, from := range in.Sources {
		sources[i] = source{from.Device, from.Class, from.Zone}
	}
	for _, l := range in.Latest {
		if l.Source < 0 || l.Source >= len(sources) {
			return nil, fmt.Errorf("load the state of %s: %w", s.subject(), ErrFormat)
		}
		s.note(latest{
			metric: vitals.Metric(l.Metric), marks: vitals.Marks(l.Marks), number: l.Number, at: l.At, received: l.At + l.Late, source: &sources[l.Source], every: l.Every,
		})
	}
	if in.Late != nil {
		s.late = *in.Late
	}
	s.lateStreaks = in.LateStreaks
	if g := in.Gear; g != nil {
		s.gear = &gear{expected: g.Expected, heard: g.Heard, gaps: g.Gaps, charge: g.Charge}
	}
	e.loadPast(s, in)
	for _, kept := range in.Judged {
		if i, ok := e.judges(s, kept.Rule); ok {
			if kept.Sum != e.sums[i] { // what held was something else
				kept.Levels, kept.Clear = [mostLevels]streak{}, streak{}
			}
			s.remember(judged{rule: i, levels: kept.Levels, clear: kept.Clear, alert: kept.Alert, hushed: kept.Hushed, closed: in.Closed[kept.Rule], again: kept.Again})
		} else if kept.Alert != nil {
			s.adrift = append(s.adrift, adrift{Rule: kept.Rule, Alert: *kept.Alert})
		}
	}
	for _, kept := range in.Adrift {
		e.anchor(s, kept)
	}
	for _, one := range in.Devices {
		d, err := e.loaded(one)
		if err != nil {
			return nil, err
		}
		d.parent, d.profile = s, s.profile
		s.devices = append(s.devices, d)
	}
	return s, nil
}

func (e *Engine) loadPast(s *State, in saved) {
	if len(in.Past) > 0 {
		s.room(len(e.set.Windows()))
	}
	for i, name := range e.names {
		for _, kept := range in.Past {
			if name == kept.Window {
				s.past[i] = kept.Buckets
			}
		}
		if slices.Contains(in.Warm, e.names[i]) {
			s.warm = s.warm.with(i)
		}
	}
}

// sumOf names what a rule's streaks are streaks of.
func sumOf(p *rules.Program) uint32 {
	h := fnv.New32a()
	for n := range p.Levels {
		l := &p.Levels[n].Level
		fmt.Fprintf(h, "%s\x00%v\x00%s\x00", l.When, l.Confirm, l.Unconfirmed)
	}
	fmt.Fprintf(h, "%v\x00%s", p.Clear, p.Fresh)
	return h.Sum32()
}
