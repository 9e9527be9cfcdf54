package timetable

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/anxin-care/anxin/records"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func day(t testing.TB, text string) records.Date {
	t.Helper()
	d, err := records.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func plan(t testing.TB, pattern, zones string) Plan {
	t.Helper()
	p, err := Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Of: "r1", Pattern: p, Zones: Zones{{Zone: zone(t, zones)}}}
}

// due lists what is due in UTC days from one to another.
func due(p Plan, from, to records.Date) (all []string) {
	for _, s := range p.Between(wall(from), wall(to)) {
		all = append(all, s.Due.Format("01-02T15:04Z"))
	}
	return all
}

// Section 6 of the clinical catalogue: a time that the clock jumps over is at the
// first moment after it, one that it shows twice is once, and a day has as many
// as ever.
func TestClocksArePutForwardAndBack(t *testing.T) {
	for _, c := range []struct {
		pattern, zone, from, to string
		want                    []string
	}{
		{"daily at 02:30", "Europe/Berlin", "2026-03-28", "2026-03-31", []string{"03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"}},
		{"daily at 02:30", "Europe/Berlin", "2026-10-24", "2026-10-27", []string{"10-24T00:30Z", "10-25T00:30Z", "10-26T01:30Z"}},
		{"cron 30 2 * * *", "Europe/Berlin", "2026-03-28", "2026-03-31", []string{"03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"}},
		{"cron 30 2 * * *", "Europe/Berlin", "2026-10-24", "2026-10-27", []string{"10-24T00:30Z", "10-25T00:30Z", "10-26T01:30Z"}},
		{"daily at 02:15", "America/New_York", "2026-03-07", "2026-03-10", []string{"03-07T07:15Z", "03-08T07:00Z", "03-09T06:15Z"}},
		{"daily at 01:30", "America/New_York", "2026-10-31", "2026-11-03", []string{"10-31T05:30Z", "11-01T05:30Z", "11-02T06:30Z"}},
		// Half an hour there: 02:00 to 02:30 is not shown, 01:30 to 02:00 is shown twice.
		{"daily at 02:10", "Australia/Lord_Howe", "2026-10-02", "2026-10-05", []string{"10-02T15:40Z", "10-03T15:30Z", "10-04T15:10Z"}},
		{"daily at 01:45", "Australia/Lord_Howe", "2026-04-03", "2026-04-06", []string{"04-03T14:45Z", "04-04T14:45Z", "04-05T15:15Z"}},
		// At midnight, in years when Beirut's clock was put forward then.
		{"daily at 00:30", "Asia/Beirut", "2021-03-26", "2021-03-29", []string{"03-26T22:30Z", "03-27T22:00Z", "03-28T21:30Z"}},
		// Elapsed time does not ask the clock.
		{"every 8h from 2026-03-28T22:00+01:00", "Europe/Berlin", "2026-03-28", "2026-03-30", []string{"03-28T21:00Z", "03-29T05:00Z", "03-29T13:00Z", "03-29T21:00Z"}},
		// What falls on one moment is done once.
		{"daily at 02:00, 03:00", "Europe/Berlin", "2026-03-29", "2026-03-30", []string{"03-29T01:00Z"}},
		// Samoa went from 29 to 31 December 2011.
		{"daily at 08:00", "Pacific/Apia", "2011-12-29", "2012-01-01", []string{"12-29T18:00Z", "12-30T18:00Z", "12-31T18:00Z"}},
	} {
		if got := due(plan(t, c.pattern, c.zone), day(t, c.from), day(t, c.to)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s in %s: %v, want %v", c.pattern, c.zone, got, c.want)
		}
	}
}

func TestAYearInShanghai(t *testing.T) {
	p := plan(t, "daily at 07:30, 12:00, 18:00, 21:00", "Asia/Shanghai")
	shanghai := p.Zones[0].Zone
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai)
	slots := p.Between(from, from.AddDate(1, 0, 0))
	if len(slots) != 4*365 {
		t.Fatalf("%d times, want %d", len(slots), 4*365)
	}
	ids := map[string]bool{}
	for i, s := range slots {
		if want := from.AddDate(0, 0, i/4); s.Day != records.DateOf(want) || s.N != i%4+1 {
			t.Fatalf("time %d is number %d of %s", i, s.N, s.Day)
		}
		if got, want := s.Due.In(shanghai).Format("15:04"), []string{"07:30", "12:00", "18:00", "21:00"}[i%4]; got != want {
			t.Fatalf("%s: due at %s, want %s", s.Day, got, want)
		}
		ids[s.ID] = true
	}
	if len(ids) != len(slots) {
		t.Errorf("%d ids for %d times", len(ids), len(slots))
	}
}

var worldwide = []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Pacific/Apia", "Asia/Kathmandu", "UTC"}

var patterns = []string{
	"daily at 00:00, 01:30, 02:30, 12:00, 23:50", "every mon, sat, sun at 02:15", "every 3 days from 2026-01-02 at 02:45, 21:00",
	"every 2 months from 2025-12-31 at 08:00", "every 7h from 2026-01-01T00:00+08:00", "cron */20 1-3 * * *", "once 2026-03-29 02:30",
}

// However time is cut, the pieces give together what the whole gives.
func TestPiecesMakeTheWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(2026, 3))
	for range 150 {
		p := plan(t, patterns[rng.IntN(len(patterns))], worldwide[rng.IntN(len(worldwide))])
		if rng.IntN(2) == 0 {
			moved := plus(day(t, "2026-01-01"), rng.IntN(330))
			p.Zones = append(p.Zones, ZoneFrom{moved, zone(t, worldwide[rng.IntN(len(worldwide))])})
		}
		p.On, p.Calendar = []Days{EveryDay, NotHolidays, WorkingDays}[rng.IntN(3)], China()
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.IntN(300*24*60)) * time.Minute)
		to := from.Add(time.Duration(rng.IntN(40*24*60)) * time.Minute)
		whole := p.Between(from, to)
		var pieces []Slot
		for at := from; at.Before(to); {
			next := at.Add(time.Duration(1+rng.IntN(3*24*60)) * time.Minute)
			if next.After(to) {
				next = to
			}
			pieces = append(pieces, p.Between(at, next)...)
			at = next
		}
		if !slices.Equal(whole, pieces) {
			t.Fatalf("%s in %v from %s to %s:\n%v\nin pieces:\n%v", p.Pattern, p.Zones, from, to, whole, pieces)
		}
	}
}

// Each day of the calendar has exactly as many times as the pattern gives it, on
// whatever clock, and through any change of the zone: but for two that a journey
// has brought to one moment.
func TestEachDayHasItsTimes(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	const pattern = "daily at 07:30, 12:00, 18:00, 21:00"
	for range 100 {
		p := plan(t, pattern, worldwide[rng.IntN(len(worldwide))])
		began := time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)
		for was, at := p.Zones[0].Zone, began; len(p.Zones) < 4; {
			at = at.Add(time.Duration(24+rng.IntN(2000)) * time.Hour)
			is := zone(t, worldwide[rng.IntN(len(worldwide))])
			p.Zones = append(p.Zones, ZoneFrom{NextDay(at, was, is), is})
			was = is
		}
		days, ids, moments := map[records.Date][]int{}, map[string]bool{}, map[time.Time]bool{}
		for _, s := range p.Between(began, began.AddDate(1, 0, 0)) {
			days[s.Day] = append(days[s.Day], s.N)
			moments[s.Due] = true
			if ids[s.ID] {
				t.Fatalf("%v: %s is there twice", p.Zones, s.ID)
			}
			ids[s.ID] = true
		}
		for d, last := day(t, "2025-12-22"), day(t, "2026-12-17"); d.Compare(last) < 0; d = plus(d, 1) {
			for n, minutes := range p.Pattern.times {
				if !slices.Contains(days[d], n+1) && moments[instant(d, minutes, p.Zones.On(d)).UTC()] {
					days[d] = append(days[d], n+1)
				}
			}
			if got := slices.Sorted(slices.Values(days[d])); !slices.Equal(got, []int{1, 2, 3, 4}) {
				t.Fatalf("%v: on %s times %v, want each of four once", p.Zones, d, days[d])
			}
		}
	}
}

// Who comes into another zone has the old one's clock until the day is over in
// both.
func TestAnotherZoneCountsFromTheNextDay(t *testing.T) {
	shanghai, york := zone(t, "Asia/Shanghai"), zone(t, "America/New_York")
	p := plan(t, "daily at 08:00, 20:00", "Asia/Shanghai")
	landed := time.Date(2026, 6, 10, 6, 0, 0, 0, time.UTC) // 14:00 and 02:00
	p.Zones = append(p.Zones, ZoneFrom{NextDay(landed, shanghai, york), york})
	want := []string{"06-10T00:00Z", "06-10T12:00Z", "06-11T12:00Z", "06-12T00:00Z", "06-12T12:00Z"}
	if got := due(p, day(t, "2026-06-10"), day(t, "2026-06-13")); !reflect.DeepEqual(got, want) {
		t.Errorf("west: %v, want %v", got, want)
	}
	// And back: it is the 20th in New York and the 21st in Shanghai.
	back := time.Date(2026, 6, 20, 18, 0, 0, 0, time.UTC)
	p.Zones = append(p.Zones, ZoneFrom{NextDay(back, york, shanghai), shanghai})
	if p.Zones[2].From != day(t, "2026-06-22") {
		t.Errorf("Shanghai counts from %s", p.Zones[2].From)
	}
	// The evening of the 21st there and the morning of the 22nd here are one moment,
	// and one dose.
	want = []string{"06-20T00:00Z", "06-20T12:00Z", "06-21T00:00Z", "06-21T12:00Z", "06-22T00:00Z", "06-22T12:00Z"}
	if got := due(p, day(t, "2026-06-20"), day(t, "2026-06-23")); !reflect.DeepEqual(got, want) {
		t.Errorf("east: %v, want %v", got, want)
	}
}

func TestHolidaysOfChina(t *testing.T) {
	appointments := plan(t, "daily at 09:00", "Asia/Shanghai")
	appointments.Calendar = China()
	on := func(d Days, text string) bool {
		appointments.On = d
		return len(appointments.Between(wall(day(t, text)), wall(plus(day(t, text), 1)))) == 1
	}
	for text, want := range map[string][2]bool{ // not on holidays, on working days
		"2026-02-13": {true, true},   // a Friday
		"2026-02-14": {true, true},   // a Saturday that is worked
		"2026-02-17": {false, false}, // New Year
		"2026-02-22": {false, false}, // a Sunday of it
		"2026-02-28": {true, true},   // another Saturday that is worked
		"2026-03-01": {true, false},  // a Sunday like any other
		"2026-10-07": {false, false},
		"2026-10-08": {true, true},
		"2026-10-10": {true, true},
	} {
		if got := [2]bool{on(NotHolidays, text), on(WorkingDays, text)}; got != want {
			t.Errorf("%s: not on holidays %v, on working days %v, want %v", text, got[0], got[1], want)
		}
		if !on(EveryDay, text) {
			t.Errorf("%s: nothing on every day", text)
		}
	}
	// The notice names 33 days of holiday and 6 days of weekends that are worked.
	holidays, worked := 0, 0
	for _, s := range China() {
		if s.Works {
			worked++
		} else {
			holidays++
		}
	}
	if holidays != 33 || worked != 6 {
		t.Errorf("%d holidays and %d weekends that are worked", holidays, worked)
	}
}

func TestACalendarIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"2027-01-01,holiday":                            "wrong number of fields",
		"2027-13-01,holiday,x":                          `line 1: "2027-13-01" is not a day`,
		"# of 2027\n2027-01-01,free,x":                  `line 2: "free" is neither holiday nor work`,
		"2027-01-01,holiday,x\n2027-01-01,work,x":       "line 2: 2027-01-01 is there twice",
		"2027-01-01, holiday, 元旦\n\n2027-01-03,work,元旦": "",
	} {
		c, err := ReadCalendar(strings.NewReader(text))
		if want == "" && (err != nil || len(c.Dates()) != 2) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %v, want %q", text, c, err, want)
		}
	}
}

func TestFirstAndLastDay(t *testing.T) {
	p := plan(t, "daily at 00:30, 20:00", "Asia/Shanghai")
	p.Start, p.End = day(t, "2026-05-02"), day(t, "2026-05-03")
	want := []string{"05-01T16:30Z", "05-02T12:00Z", "05-02T16:30Z", "05-03T12:00Z"}
	if got := due(p, day(t, "2026-04-01"), day(t, "2026-06-01")); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A changed time of the day is not another dose of that day.
func TestATimeThatIsChangedIsTheSameSlot(t *testing.T) {
	before, after := plan(t, "daily at 08:00, 20:00", "Asia/Shanghai"), plan(t, "daily at 09:00, 20:00", "Asia/Shanghai")
	from, to := wall(day(t, "2026-05-01")), wall(day(t, "2026-05-02"))
	a, b := before.Between(from, to), after.Between(from, to)
	if a[0].ID != b[0].ID || a[0].Due.Equal(b[0].Due) || a[0].ID == a[1].ID {
		t.Errorf("%v and %v", a, b)
	}
	other := after
	other.Of = "r2"
	if other.Between(from, to)[0].ID == b[0].ID {
		t.Error("two reminders have one id")
	}
}

func BenchmarkADay(b *testing.B) {
	p := plan(b, "daily at 07:30, 12:00, 18:00, 21:00", "Asia/Shanghai")
	from := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		if len(p.Between(from, from.Add(24*time.Hour))) != 4 {
			b.Fatal("not four")
		}
	}
}

func ExampleParse() {
	for _, text := range []string{"daily at 20:00, 8:00", "every Thursday,mon at 09:00", "every 480m from 2026-03-01t06:00+08:00", "daily at 25:00"} {
		p, err := Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(p)
	}
	// Output:
	// daily at 08:00, 20:00
	// every mon, thu at 09:00
	// every 8h from 2026-03-01T06:00+08:00
	// schedule "daily at 25:00": "25:00" is not a time such as 08:00
}
