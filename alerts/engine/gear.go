package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Equipment is what is expected of the devices of a home. It makes a [State] one
// of a home, about which rules of homes and of devices are judged; a new one
// takes the place of the one before. Expectations come from the registry, not
// from what was heard: a device that never says anything is missed, too.
type Equipment struct {
	Zone    *time.Location
	Devices []Expected
	// Residents are those whom a dark home is about.
	Residents []string
}

// Expected is what is expected of a device.
type Expected struct {
	ID string `json:"id"`
	// Every is how often it says something by itself at the least, in milliseconds;
	// 0 for one that speaks when somebody uses it.
	Every int64 `json:"every"`
	// Safety says that an alarm depends on it.
	Safety bool `json:"safety"`
	// Since is when it came to where it is, in Unix milliseconds.
	Since int64 `json:"since"`
	// From is from when on something is expected, when that is later: its wearer is
	// in hospital until then.
	From int64 `json:"from,omitempty"`
}

// Heard is that a device of the home has said something.
type Heard struct {
	Device  string
	Samples []vitals.Sample
}

// Deaf is that Anxin itself took nothing in until a moment, in Unix
// milliseconds: who was silent meanwhile nobody knows.
type Deaf struct{ From, To int64 }

// gear is what is known of a device, beside its readings.
type gear struct {
	expected Expected
	heard    int64 // when it last said something; 0 for never
	gaps     gaps
	charge   []charge // the newest reading of each day since it was last charged
}

type charge struct {
	_     struct{} `cbor:",toarray"`
	Day   int32
	Level float32 // %
}

const (
	// gapDays is of how many days the longest silences are kept; until there are
	// leastGapDays, the second longest of all counts.
	gapDays      = 14
	leastGapDays = 3
	// batteryDays is over how many days the use of a battery is looked at, and
	// leastBatteryDays how many make a rate.
	batteryDays      = 14
	leastBatteryDays = 3
	// charged is by how much a battery's level must rise to have been charged or
	// changed, in %.
	charged = 5
)

// gaps are the longest silences of a device's days.
type gaps struct {
	_       struct{} `cbor:",toarray"`
	Day     int64
	Longest int32 // of today, in seconds
	Of      []int32
	Top     [2]int32 // the longest of all, and the second
}

func (g *gaps) add(day, gap int64) (turned bool) {
	if day > g.Day {
		if g.Longest > 0 {
			g.Of = append(g.Of, g.Longest)
			g.Of = slices.Clip(g.Of[max(0, len(g.Of)-gapDays):])
		}
		g.Day, g.Longest, turned = day, 0, true
	}
	seconds := int32(min(gap/1000, 1<<30))
	g.Longest = max(g.Longest, seconds)
	if len(g.Of) < leastGapDays {
		g.Top = [2]int32{max(g.Top[0], seconds), max(g.Top[1], min(g.Top[0], seconds))}
	}
	return turned
}

// usual is the longest silence of a usual day, in milliseconds: the middle one,
// or at first the second, so that one outage does not make silence usual.
func (g *gaps) usual() int64 {
	if len(g.Of) < leastGapDays {
		return int64(g.Top[1]) * 1000
	}
	sorted := slices.Sorted(slices.Values(g.Of))
	return int64(sorted[len(sorted)/2]) * 1000
}

// interval is how often the device says something; not ok for one that speaks
// when it is used.
func (g *gear) interval() (int64, bool) {
	if g.expected.Every == 0 {
		return 0, false
	}
	return max(g.expected.Every, g.gaps.usual()), true
}

// level notes the charge of a battery.
func (g *gear) level(day int64, level float64) {
	n := len(g.charge)
	switch {
	case n > 0 && level > float64(g.charge[n-1].Level)+charged:
		g.charge = append(g.charge[:0], charge{Day: int32(day), Level: float32(level)})
	case n > 0 && int64(g.charge[n-1].Day) >= day:
		g.charge[n-1].Level = float32(level)
	default:
		g.charge = append(g.charge, charge{Day: int32(day), Level: float32(level)})
		g.charge = slices.Clip(g.charge[max(0, len(g.charge)-batteryDays):])
	}
}

// batteryLeft is how many days the battery will last by the rate of the days
// before; not ok until that is known.
func (g *gear) batteryLeft() (float64, bool) {
	if len(g.charge) == 0 {
		return 0, false
	}
	first, last := g.charge[0], g.charge[len(g.charge)-1]
	days, used := float64(last.Day-first.Day), float64(first.Level-last.Level)
	if days < leastBatteryDays || used < 1 {
		return 0, false
	}
	return float64(last.Level) / used * days, true
}

// equip takes in what is expected. What was known of a device stays with it; the
// alerts about one that is gone end.
func (r *run) equip(e Equipment) {
	home := r.state
	home.profile, home.residents = &Profile{Zone: e.Zone}, e.Residents
	expected := slices.SortedFunc(slices.Values(e.Devices), func(a, b Expected) int { return strings.Compare(a.ID, b.ID) })
	devices := make([]*State, 0, len(expected))
	for _, x := range expected {
		d := home.device(x.ID)
		if d == nil {
			d = &State{Home: home.Home, gear: &gear{}}
		}
		d.parent, d.profile, d.gear.expected = home, home.profile, x
		devices = append(devices, d)
	}
	for _, d := range home.devices {
		if !slices.Contains(devices, d) {
			r.on(d, r.withdraw)
		}
	}
	home.devices = devices
	r.judgeHome()
}

// withdraw ends the alerts about something that is not watched any more.
func (r *run) withdraw() {
	for _, j := range r.state.judged {
		if j.alert != nil {
			j.alert.Status = Resolved
			r.tell(j.alert, r.engine.set.Programs()[j.rule], &r.facts, Withdrawn)
		}
	}
	for i := range r.state.adrift {
		a := &r.state.adrift[i]
		a.Alert.Status = Resolved
		r.tell(&a.Alert, a.program(), &r.facts, Withdrawn)
	}
	r.state.judged, r.state.adrift = nil, nil
}

// on does something about a device of the home.
func (r *run) on(device *State, do func()) {
	home := r.state
	device.now, device.deaf = home.now, home.deaf
	r.state, r.facts.State = device, device
	changed := r.changed
	r.changed = false
	do()
	r.regroup()
	r.state, r.facts.State, r.changed = home, home, changed
}

// judgeHome looks at all rules about the home and its devices.
func (r *run) judgeHome() {
	r.judgeAll(r.engine.homes, nil)
	for _, d := range r.state.devices {
		r.on(d, func() { r.judgeAll(r.engine.devices, nil) })
	}
}

// lookAtAll looks at all rules about what the state is of.
func (r *run) lookAtAll() {
	r.changed = true // groups may be others
	r.ungroupAdrift()
	if r.state.Resident != "" {
		r.judgeAll(r.engine.all, nil)
		return
	}
	r.judgeHome()
}

// heard takes in that a device has said something, which was received at a time.
func (r *run) heard(h Heard, at int64) {
	home := r.state
	d := home.device(h.Device)
	if d == nil || onlyOnline(h.Samples) || at < d.gear.heard {
		return
	}
	if home.now-at <= lateness.Milliseconds() {
		at = home.now
	}
	first := d.gear.heard == 0
	day := (at + home.offset(at)) / (24 * time.Hour).Milliseconds()
	gap := int64(0)
	if !first {
		gap = at - max(d.gear.heard, home.deaf)
	}
	turned := d.gear.gaps.add(day, gap)
	d.gear.heard = at
	// What was kept on the shelf for long says nothing of now.
	r.hearing = at == home.now
	r.on(d, func() {
		for i := range h.Samples {
			r.state.reportOf(&h.Samples[i], h.Device, day, r)
		}
		if first || turned {
			r.judgeAll(r.engine.devices, nil)
			return
		}
		r.judgeAll(r.state.underWay(), nil)
	})
	if first || turned {
		r.judgeAll(r.engine.homes, nil)
	} else {
		r.judgeAll(home.underWay(), nil)
	}
	r.hearing = false
	if r.lit {
		r.lit = false
		r.judgeHome()
	}
}

// onlyOnline reports that a message says only that the device is or is not
// connected, which the broker says for it.
func onlyOnline(samples []vitals.Sample) bool {
	for i := range samples {
		for _, v := range samples[i].Values {
			if v.Metric != vitals.Online {
				return false
			}
		}
	}
	return true
}

// reportOf takes in what a device says about itself.
func (s *State) reportOf(sample *vitals.Sample, device string, day int64, r *run) {
	about, offset := []int(nil), s.offset(sample.At)
	for _, v := range sample.Values {
		if v.Marks.Unfit() || v.Metric.Info().Subject != vitals.OfDevice {
			continue
		}
		s.note(latest{metric: v.Metric, marks: v.Marks, number: v.Number, at: sample.At, received: s.now, source: s.from(device, "", "")})
		if v.Metric == vitals.DeviceBattery {
			s.gear.level(day, v.Number)
		}
		r.remember(v, sample.At, offset)
		about = append(about, r.engine.set.About(v.Metric)...)
	}
	slices.Sort(about)
	for _, i := range slices.Compact(about) {
		if r.engine.set.Programs()[i].Subject == rules.OfDevice {
			r.judge(i, sample)
		}
	}
}

// underWay are the rules of which something is remembered beside when to look
// again: what is heard may end it.
func (s *State) underWay() (all []int) {
	for i := range s.judged {
		j := &s.judged[i]
		if j.alert != nil || j.hushed != 0 || j.levels != [mostLevels]streak{} {
			all = append(all, j.rule)
		}
	}
	return all
}

func (s *State) device(id string) *State {
	i, ok := slices.BinarySearchFunc(s.devices, id, func(d *State, id string) int { return strings.Compare(d.gear.expected.ID, id) })
	if !ok {
		return nil
	}
	return s.devices[i]
}

// Residents are those who live in the home.
func (s *State) Residents() []string { return s.residents }

// Devices are the ids of those that are expected to be in the home.
func (s *State) Devices() []string {
	ids := make([]string, len(s.devices))
	for i, d := range s.devices {
		ids[i] = d.gear.expected.ID
	}
	return ids
}

// dark reports whether the silence of a device may be that of the whole home,
// and when to look again. As long as it may, it is not told for itself.
func (r *run) dark() (again int64, dark bool) {
	home := r.state.parent
	for _, i := range r.engine.homes {
		p, j := r.engine.set.Programs()[i], home.rule(i)
		if j.alert != nil || j.hushed != 0 {
			return j.hushed, true
		}
		f := facts{State: home, engine: r.engine}
		if silent, ok := f.homeSilent(); !ok || silent < f.homeInterval() {
			continue
		}
		for n := range p.Levels {
			if _, again := p.Levels[n].Condition.Holds(&f); again != 0 {
				return again, true
			}
		}
	}
	return 0, false
}

func (f *facts) home() *State {
	if f.parent != nil {
		return f.parent
	}
	return f.State
}

// homeSilent is for how long nothing was heard of the home, in milliseconds.
func (f *facts) homeSilent() (int64, bool) {
	home, heard := f.home(), int64(0)
	for _, d := range home.devices {
		heard = max(heard, d.gear.heard)
	}
	return f.now - max(heard, home.deaf), heard != 0
}

// homeInterval is how often something is heard of the home at the least, in
// milliseconds.
func (f *facts) homeInterval() int64 {
	least := int64(0)
	for _, d := range f.home().devices {
		if every, ok := d.gear.interval(); ok && d.gear.heard != 0 {
			least = sooner(least, every)
		}
	}
	return least
}

// homeDevices is how many devices are due to report and were heard once.
func (f *facts) homeDevices() (n int) {
	for _, d := range f.home().devices {
		if _, ok := d.gear.interval(); ok && d.gear.heard != 0 {
			n++
		}
	}
	return n
}

// gearField is a fact about a device or a home.
func (f *facts) gearField(field rules.Field) (float64, bool) {
	if f.Resident != "" {
		return 0, false
	}
	switch field {
	case rules.HomeSilent:
		silent, ok := f.homeSilent()
		ok = ok && (!f.clearing || f.now-silent > f.home().deaf)
		return float64(silent) / 1000, ok
	case rules.HomeInterval:
		every := f.homeInterval()
		return float64(every) / 1000, every != 0
	case rules.HomeDevices:
		return float64(f.homeDevices()), true
	}
	g := f.gear
	if g == nil {
		return 0, false
	}
	switch field {
	case rules.DeviceSilent:
		// When the lights go on again, not every device speaks at once.
		from := max(f.deaf, f.home().lit, g.expected.From)
		return float64(f.now-max(g.heard, from)) / 1000, g.heard != 0 && (!f.clearing || g.heard >= from)
	case rules.DeviceInterval:
		every, ok := g.interval()
		return float64(every) / 1000, ok
	case rules.DeviceHeard:
		return number(g.heard != 0), true
	case rules.DeviceAge:
		return float64(f.now-max(g.expected.Since, f.deaf, g.expected.From)) / 1000, true
	case rules.DeviceSafety:
		return number(g.expected.Safety), true
	case rules.DeviceBatteryDays:
		return g.batteryLeft()
	}
	return 0, false
}
