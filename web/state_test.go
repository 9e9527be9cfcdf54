package web

import (
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

func TestNobodyIsFineForLackOfNews(t *testing.T) {
	yes, no := true, false
	band := Device{ID: "band", Name: "Bracelet", Every: 10 * time.Minute, LastSeen: now.Add(-time.Minute), Online: &yes}
	cuff := Device{ID: "cuff", Name: "Cuff", LastSeen: now.Add(-30 * time.Hour)}
	door := Device{ID: "door", Name: "Door", Every: 9 * time.Hour, LastSeen: now.Add(-20 * time.Hour)}
	mat := Device{ID: "mat", Name: "Mat", Every: 10 * time.Minute, LastSeen: now.Add(-time.Minute)}
	with := func(d Device, change func(*Device)) Device { change(&d); return d }
	read := func(device string, m vitals.Metric, number float64, age time.Duration) vitals.Reading {
		return vitals.Reading{Device: device, Metric: m, Number: number, At: now.Add(-age)}
	}
	pulse := read("band", vitals.HeartRate, 70, time.Minute)
	for name, tc := range map[string]struct {
		devices []Device
		latest  []vitals.Reading
		behind  int
		want    []string
	}{
		"all is well":                {devices: []Device{band, cuff, door}, latest: []vitals.Reading{pulse}},
		"no device":                  {latest: []vitals.Reading{pulse}, want: []string{"no device watches over this resident"}},
		"never heard":                {devices: []Device{{ID: "band", Name: "Bracelet", Every: time.Minute}}, want: []string{"Bracelet: never heard"}},
		"offline":                    {devices: []Device{with(band, func(d *Device) { d.Online = &no })}, latest: []vitals.Reading{pulse}, want: []string{"Bracelet: offline, last heard 1 min ago"}},
		"missed a few":               {devices: []Device{with(band, func(d *Device) { d.LastSeen = now.Add(-30 * time.Minute) })}, latest: []vitals.Reading{read("band", vitals.StepCount, 1, time.Hour)}},
		"silent":                     {devices: []Device{with(band, func(d *Device) { d.LastSeen = now.Add(-31 * time.Minute) })}, latest: []vitals.Reading{read("band", vitals.StepCount, 1, time.Hour)}, want: []string{"Bracelet: silent, last heard 31 min ago"}},
		"a door that nobody opened":  {devices: []Device{door}, latest: []vitals.Reading{read("door", vitals.DoorContact, 0, 20*time.Hour)}},
		"a door that is silent":      {devices: []Device{with(door, func(d *Device) { d.LastSeen = now.Add(-28 * time.Hour) }), band}, latest: []vitals.Reading{pulse}, want: []string{"Door: silent, last heard 28 h ago"}},
		"a pulse that stopped":       {devices: []Device{band}, latest: []vitals.Reading{read("band", vitals.HeartRate, 70, 16*time.Minute), read("band", vitals.StepCount, 1, time.Minute)}, want: []string{"Heart rate: 16 min ago · old"}},
		"a pulse taken by hand":      {devices: []Device{cuff, band}, latest: []vitals.Reading{read("cuff", vitals.HeartRate, 70, 9*time.Hour), read("band", vitals.StepCount, 1, time.Minute)}},
		"a pulse of another's":       {devices: []Device{band}, latest: []vitals.Reading{read("gone", vitals.HeartRate, 70, 9*time.Hour), read("band", vitals.StepCount, 1, time.Minute)}},
		"the pulse of an empty bed":  {devices: []Device{mat}, latest: []vitals.Reading{read("mat", vitals.HeartRate, 60, 5*time.Hour), read("mat", vitals.BedPresence, 0, time.Minute)}},
		"no pulse of a full bed":     {devices: []Device{mat}, latest: []vitals.Reading{read("mat", vitals.HeartRate, 60, 5*time.Hour), read("mat", vitals.BedPresence, 1, time.Minute)}, want: []string{"Heart rate: 5 h ago · old"}},
		"only what is taken by hand": {devices: []Device{cuff}, latest: []vitals.Reading{read("cuff", vitals.BPSystolic, 130, 25*time.Hour)}},
		"by hand, and not lately":    {devices: []Device{cuff}, latest: []vitals.Reading{read("cuff", vitals.BPSystolic, 130, 27*time.Hour)}, want: []string{"nothing was measured lately"}},
		"only a battery":             {devices: []Device{band}, latest: []vitals.Reading{read("band", vitals.DeviceBattery, 80, time.Minute)}, want: []string{"nothing was measured lately"}},
		"only what is doubtful":      {devices: []Device{band}, latest: []vitals.Reading{{Device: "band", Metric: vitals.SpO2, Number: 12, Marks: vitals.Implausible, At: now}}, want: []string{"nothing was measured lately"}},
		"only a fall":                {devices: []Device{band}, latest: []vitals.Reading{read("band", vitals.FallEvent, 1, time.Minute)}, want: []string{"nothing was measured lately"}},
		"a hub that is gone":         {devices: []Device{{ID: "hub", Name: "Hub", Online: &no, LastSeen: now.Add(-time.Hour)}, band}, latest: []vitals.Reading{pulse}, want: []string{"Hub: offline, last heard 1 h ago"}},
		"we are behind":              {devices: []Device{band}, latest: []vitals.Reading{pulse}, behind: 2, want: []string{"Anxin is behind with its judging"}},
	} {
		p := page{locale: loaded(t)[0], Now: now, Behind: tc.behind}
		got := p.stateOf(Resident{}, nil, tc.latest, tc.devices)
		kind := "fine"
		if len(tc.want) > 0 {
			kind = "unknown"
		}
		if got.Kind != kind || !slices.Equal(got.Reasons, tc.want) {
			t.Errorf("%s: %s %q, want %s %q", name, got.Kind, got.Reasons, kind, tc.want)
		}
		alarm := alertLine{Alert: Alert{Severity: Info, Parts: []Alert{{Severity: Warning}, {Severity: Critical, ResolvedAt: now}}}, locale: p.locale}
		alarmed := p.stateOf(Resident{}, []alertLine{alarm}, tc.latest, tc.devices)
		if alarmed.Kind != "alert" || alarmed.Word != "Warning" || alarmed.rank() >= got.rank() {
			t.Errorf("%s, with an alert: %+v", name, alarmed)
		}
		notice := alertLine{Alert: Alert{Severity: Info}, locale: p.locale}
		if noted := p.stateOf(Resident{}, []alertLine{notice}, tc.latest, tc.devices); (noted.Kind == "unknown") != (kind == "unknown") {
			t.Errorf("%s, with a notice: %+v", name, noted)
		}
	}
}

func TestClockSaysTheDayOfAnotherDay(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]string{
		now: "12:00", now.Add(-12 * time.Hour): "00:00", now.Add(-12*time.Hour - 1): "11-22 23:59", now.Add(12 * time.Hour): "11-24 00:00", now.AddDate(-1, 0, 0): "11-23 12:00",
	} {
		if got := clock(at, now, shanghai); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

func TestBoundsAreWrittenAsTheyAreMeant(t *testing.T) {
	p := page{locale: loaded(t)[0]}
	for want, b := range map[string]Bound{
		"≥ 131":                  {Metric: vitals.HeartRate, Op: ">=", Value: 131},
		"mean of 24 h ≥ 135":     {Metric: vitals.BPSystolic, Fn: "avg", Span: 24 * time.Hour, Op: ">=", Value: 135},
		"least of 30 min < 35.0": {Metric: vitals.BodyTemperature, Fn: "min", Span: 30 * time.Minute, Op: "<", Value: 35},
		"≤ 8":                    {Metric: vitals.RespiratoryRate, Op: "<=", Value: 8},
	} {
		if got := p.boundLabel(b); got != want {
			t.Errorf("%+v is written %q, want %q", b, got, want)
		}
	}
}
