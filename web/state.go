package web

import (
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// state is how a resident is, as far as that is known. Nobody is fine for lack of
// news: where what watches over them is silent or old, it is unknown.
type state struct {
	// Kind is "alert", "unknown" or "fine".
	Kind     string
	Severity Severity // of the worst open alert, 0 without one
	Word     string
	// Reasons say why it is unknown.
	Reasons []string
}

// rank orders states: the worst alerts first, then what is unknown.
func (s state) rank() int {
	switch s.Kind {
	case "alert":
		return int(Info - s.Severity - 2)
	case "unknown":
		return -1
	}
	return 0
}

// Shape names the sign that is drawn beside the word.
func (s state) Shape() string {
	if s.Kind == "alert" {
		return s.Severity.String()
	}
	return s.Kind
}

// situations say what a resident is in, and until when.
func (p *page) situations(r Resident) []string {
	var said []string
	for _, in := range r.Situations {
		said = append(said, p.T("situation."+string(in.Kind), "time", clock(in.Until, p.Now, r.Zone)))
	}
	return said
}

// stateOf judges what is known of a resident: by the open alerts, then by what
// watches over them.
func (p *page) stateOf(resident Resident, open []alertLine, latest []vitals.Reading, devices []Device) state {
	worst := resident.Hidden
	for _, a := range open {
		worst = max(worst, a.worst())
	}
	if worst <= Info { // a notice is no news of how somebody is
		if reasons := p.unknown(latest, devices); len(reasons) > 0 {
			return state{Kind: "unknown", Word: p.T("state.unknown"), Reasons: reasons}
		}
	}
	if worst > 0 {
		return state{Kind: "alert", Severity: worst, Word: p.T("severity." + worst.String())}
	}
	return state{Kind: "fine", Word: p.T("state.fine")}
}

// unknown says what keeps us from knowing how somebody is; nothing when we do.
func (p *page) unknown(latest []vitals.Reading, devices []Device) []string {
	if p.Behind > 0 {
		return []string{p.T("state.behind")}
	}
	if len(devices) == 0 {
		return []string{p.T("state.no_device")}
	}
	var reasons []string
	for _, d := range devices {
		if quiet, ok := p.quiet(d); ok {
			reasons = append(reasons, p.T("state.reason", "what", d.Name, "how", quiet))
		}
	}
	w := watchOf(latest, devices)
	for _, r := range w.latest {
		if age := p.Now.Sub(r.At); w.bySelf(r) && age > freshFor(r.Metric) {
			reasons = append(reasons, p.T("state.reason", "what", r.Metric.Info().Display(p.Tag), "how", p.T("age.old", "age", p.age(age))))
		}
	}
	if len(reasons) == 0 && !w.anyFresh(p.Now) {
		reasons = append(reasons, p.T("state.nothing_fresh"))
	}
	return reasons
}

// leastSilence is what may always pass without a word: a device that measures by
// the minute may miss a few.
const leastSilence = 30 * time.Minute

// quiet says that a device tells less than it should. What is used by hand may
// say nothing for as long as nobody uses it.
func (p *page) quiet(d Device) (string, bool) {
	switch {
	case d.Online != nil && !*d.Online && !d.LastSeen.IsZero():
		return p.T("trouble.offline", "age", p.age(p.Now.Sub(d.LastSeen))), true
	case d.Every == 0:
		return "", false
	case d.LastSeen.IsZero():
		return p.T("trouble.never"), true
	case p.Now.Sub(d.LastSeen) > max(leastSilence, 3*d.Every):
		return p.T("trouble.silent", "age", p.age(p.Now.Sub(d.LastSeen))), true
	}
	return "", false
}

// watch is what watches over somebody: the readings of the devices that are
// theirs today. What an earlier device measured says nothing of now.
type watch struct {
	latest  []vitals.Reading
	devices map[string]Device
	out     map[string]bool // devices that say that nobody is on or before them
}

func watchOf(latest []vitals.Reading, devices []Device) watch {
	w := watch{devices: map[string]Device{}, out: map[string]bool{}}
	for _, d := range devices {
		w.devices[d.ID] = d
	}
	for _, r := range latest {
		if _, theirs := w.devices[r.Device]; !theirs || r.Metric.Info().Subject == vitals.OfDevice {
			continue
		}
		w.latest = append(w.latest, r)
		if (r.Metric == vitals.BedPresence || r.Metric == vitals.Presence) && r.Number == 0 {
			w.out[r.Device] = true
		}
	}
	return w
}

// bySelf reports that a reading is of a kind that its device takes of the person
// all the time: not one taken by hand, and not the pulse of an empty bed.
func (w *watch) bySelf(r vitals.Reading) bool {
	return freshFor(r.Metric) <= continuous && r.Metric.Info().Subject == vitals.OfResident && w.devices[r.Device].Every > 0 && !w.out[r.Device]
}

func (w *watch) anyFresh(now time.Time) bool {
	for _, r := range w.latest {
		// That somebody fell or called for help is no sign that all is well.
		isCall := r.Metric == vitals.FallEvent || r.Metric == vitals.SOSButton
		if !isCall && !r.Marks.Unfit() && now.Sub(r.At) <= freshFor(r.Metric) {
			return true
		}
	}
	return false
}
