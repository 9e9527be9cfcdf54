package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// A card always shows these, so that what is missing is seen to be missing.
var cardAlways = []vitals.Metric{vitals.HeartRate, vitals.SpO2, vitals.BPSystolic, vitals.BodyTemperature}

// cardExtra are metrics that a card shows besides: true for those that it shows
// when there is any value, false for those it shows when the value is not the
// quiet one, such as the smoke detector's.
var cardExtra = []struct {
	metric vitals.Metric
	quiet  bool
}{
	{vitals.FallEvent, false}, {vitals.SOSButton, false}, {vitals.Smoke, false}, {vitals.CarbonMonoxide, false},
	{vitals.GasLeak, false}, {vitals.WaterLeak, false},
	{vitals.RespiratoryRate, true}, {vitals.GlucoseCGM, true}, {vitals.GlucoseRandom, true}, {vitals.GlucoseFasting, true},
	{vitals.BedPresence, true}, {vitals.Motion, true}, {vitals.Presence, true}, {vitals.DoorContact, true},
	{vitals.RoomTemperature, true},
}

type boardView struct {
	page
	Cards []card
	Query string
	// All is how many residents there are, filtered out or not.
	All int
}

// card is one resident on the board.
type card struct {
	Resident
	State    state
	In       []string    // situations
	Alerts   []alertLine // that are open
	Always   []tile
	Extra    []tile
	Troubles []trouble
}

// mostReasons are as many as a card gives for what is unknown.
const mostReasons = 2

func (s *Site) board(w http.ResponseWriter, r *http.Request, user User) error {
	if user.Expert { // who sees no residents at all
		http.Redirect(w, r, "/cases", http.StatusSeeOther)
		return nil
	}
	ctx := r.Context()
	residents, err := s.residents.List(ctx, user)
	if err != nil {
		return fmt.Errorf("list residents: %w", err)
	}
	view := boardView{page: s.listPage(r, user, "board.title"), Query: strings.TrimSpace(r.URL.Query().Get("q")), All: len(residents)}
	alarms, more, err := s.alerts.Open(ctx, user)
	if err != nil {
		return fmt.Errorf("read the open alerts: %w", err)
	}
	view.Alarms = alarmsOf(alarms, more)
	for _, resident := range residents { // whose alerts the user may not see, but that there is one
		if resident.Hidden > 0 {
			view.Alarms.N++
			view.Alarms.Worst = max(view.Alarms.Worst, resident.Hidden)
		}
	}
	zone := zoneOf(residents)
	residents = slices.DeleteFunc(residents, func(resident Resident) bool { return !matches(resident, view.Query) })
	ids := make([]string, len(residents))
	for i, resident := range residents {
		ids[i] = resident.ID
	}
	devices, err := s.devices.DevicesOf(ctx, ids...)
	if err != nil {
		return fmt.Errorf("list the residents' devices: %w", err)
	}
	open := map[string][]Alert{}
	for _, a := range alarms {
		open[a.Resident] = append(open[a.Resident], a)
	}
	for _, resident := range residents {
		view.Cards = append(view.Cards, s.card(&view.page, resident, open[resident.ID], devices[resident.ID]))
	}
	slices.SortFunc(view.Cards, func(a, b card) int {
		return cmp.Or(cmp.Compare(a.State.rank(), b.State.rank()), compareNatural(a.Home, b.Home), compareNatural(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	data := view.live("board.js", zone)
	for _, extra := range cardExtra {
		data.Extras[extra.metric.String()] = extra.quiet
	}
	s.render(w, http.StatusOK, "board", view)
	return nil
}

func (s *Site) card(p *page, resident Resident, open []Alert, devices []Device) card {
	latest := s.readings.Latest(resident.ID)
	tiles := newTiler(p.locale, p.Now, resident.Zone, shown(resident, latest))
	made := card{Resident: resident, In: p.situations(resident)}
	for _, a := range open {
		if !a.Technical { // the troubles of devices stand below
			made.Alerts = append(made.Alerts, p.alertLine(a, resident))
		}
	}
	made.State = p.stateOf(resident, made.Alerts, latest, devices)
	if more := len(made.State.Reasons) - mostReasons; more > 0 {
		made.State.Reasons = append(made.State.Reasons[:mostReasons], p.T("state.more", "n", more))
	}
	for _, m := range cardAlways {
		if !resident.Shows.Vitals {
			break
		}
		made.Always = append(made.Always, tiles.tile(m))
	}
	for _, extra := range cardExtra {
		r, ok := tiles.latest[extra.metric]
		if ok && (extra.quiet || r.Number != 0) {
			made.Extra = append(made.Extra, tiles.tile(extra.metric))
		}
	}
	for _, d := range devices {
		made.Troubles = append(made.Troubles, p.troubles(d, p.Now)...)
	}
	return made
}

// shown are the readings whose values the user may see.
func shown(resident Resident, latest []vitals.Reading) []vitals.Reading {
	if !resident.Shows.Vitals {
		return nil
	}
	return latest
}

// matches reports whether the resident is one that the filter box asks for. The
// scripts (assets/src/board.ts) must find the same.
func matches(r Resident, query string) bool {
	return strings.Contains(strings.ToLower(r.FilterText()), strings.ToLower(query))
}

// FilterText is what the filter box searches.
func (r Resident) FilterText() string { return r.Name + " " + r.Home + " " + r.Room + " " + r.ID }

// compareNatural orders texts as people do: "2-101" before "10-101".
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		partA, restA := leadingPart(a)
		partB, restB := leadingPart(b)
		if c := comparePart(partA, partB); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(a, b)
}

// leadingPart splits off the digits at the start of s, or else what stands
// before the next ones.
func leadingPart(s string) (part, rest string) {
	digits := isDigit(rune(s[0]))
	end := strings.IndexFunc(s, func(c rune) bool { return isDigit(c) != digits })
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

func comparePart(a, b string) int {
	if isDigit(rune(a[0])) && isDigit(rune(b[0])) {
		numberA, numberB := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(numberA), len(numberB)), cmp.Compare(numberA, numberB))
	}
	return cmp.Compare(a, b)
}

func isDigit(c rune) bool { return c >= '0' && c <= '9' }
