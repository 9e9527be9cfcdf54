package records_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/records"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := zones.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func shift(contact string, day time.Weekday, from, to string) records.Shift {
	return records.Shift{Contact: contact, Weekday: day, Hours: records.Hours{From: minute(from), To: minute(to)}}
}

func minute(clock string) int {
	return int(clock[0]-'0')*600 + int(clock[1]-'0')*60 + int(clock[3]-'0')*10 + int(clock[4]-'0')
}

// written is stretches as people write them: "Sun 22:00-02:00 wang", by the
// clock of the zone and in elapsed hours.
func written(z *time.Location, list []records.Stretch) []string {
	var lines []string
	for _, s := range list {
		who := strings.Join(s.OnDuty, "+")
		if who == "" {
			who = "nobody"
		}
		if s.Override {
			who += "!"
		}
		lines = append(lines, fmt.Sprintf("%s-%s %g h %s", s.From.In(z).Format("Mon 15:04"), s.To.In(z).Format("15:04"), s.To.Sub(s.From).Hours(), who))
	}
	return lines
}

func TestRoster(t *testing.T) {
	nights := []records.Shift{
		shift("wang", time.Saturday, "22:00", "02:30"), shift("zhou", time.Sunday, "02:30", "06:00"), shift("wang", time.Sunday, "06:00", "12:00"),
	}
	for _, c := range []struct {
		name, zone, from, to string
		shifts               []records.Shift
		overrides            []records.Override
		want                 []string
	}{
		{name: "nobody", zone: "Asia/Shanghai", from: "2026-11-24T00:00", to: "2026-11-25T00:00", want: []string{"Tue 00:00-00:00 24 h nobody"}},
		{
			name: "overnight, and a gap", zone: "Asia/Shanghai", from: "2026-11-23T20:00", to: "2026-11-24T12:00",
			shifts: []records.Shift{shift("wang", time.Monday, "22:00", "02:00"), shift("zhou", time.Tuesday, "06:00", "14:00")},
			want:   []string{"Mon 20:00-22:00 2 h nobody", "Mon 22:00-02:00 4 h wang", "Tue 02:00-06:00 4 h nobody", "Tue 06:00-12:00 6 h zhou"},
		},
		{
			name: "two at once", zone: "Asia/Shanghai", from: "2026-11-24T08:00", to: "2026-11-24T20:00",
			shifts: []records.Shift{shift("wang", time.Tuesday, "08:00", "16:00"), shift("zhou", time.Tuesday, "12:00", "20:00")},
			want:   []string{"Tue 08:00-12:00 4 h wang", "Tue 12:00-16:00 4 h wang+zhou", "Tue 16:00-20:00 4 h zhou"},
		},
		{
			name: "an override stands in place of the week", zone: "Asia/Shanghai", from: "2026-11-24T08:00", to: "2026-11-24T20:00",
			shifts:    []records.Shift{shift("wang", time.Tuesday, "08:00", "20:00")},
			overrides: []records.Override{{Contact: "zhou", From: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)}},
			want:      []string{"Tue 08:00-10:00 2 h wang", "Tue 10:00-12:00 2 h zhou!", "Tue 12:00-20:00 8 h wang"},
		},
		{
			name: "a whole day", zone: "Asia/Shanghai", from: "2026-11-23T20:00", to: "2026-11-25T04:00",
			shifts: []records.Shift{shift("wang", time.Tuesday, "00:00", "24:00")},
			want:   []string{"Mon 20:00-00:00 4 h nobody", "Tue 00:00-00:00 24 h wang", "Wed 00:00-04:00 4 h nobody"},
		},
		{
			name: "the day that begins and ends at seven", zone: "Asia/Shanghai", from: "2026-11-24T00:00", to: "2026-11-25T12:00",
			shifts: []records.Shift{shift("wang", time.Tuesday, "07:00", "07:00")},
			want:   []string{"Tue 00:00-07:00 7 h nobody", "Tue 07:00-07:00 24 h wang", "Wed 07:00-12:00 5 h nobody"},
		},
		{
			name: "the clock leaps over the change of shifts", zone: "Europe/Berlin", from: "2026-03-28T22:00", to: "2026-03-29T12:00",
			shifts: nights,
			want:   []string{"Sat 22:00-03:00 4 h wang", "Sun 03:00-06:00 3 h zhou", "Sun 06:00-12:00 6 h wang"},
		},
		{
			name: "the clock shows it twice", zone: "Europe/Berlin", from: "2026-10-24T22:00", to: "2026-10-25T12:00",
			shifts: nights,
			want:   []string{"Sat 22:00-02:30 4.5 h wang", "Sun 02:30-06:00 4.5 h zhou", "Sun 06:00-12:00 6 h wang"},
		},
		{
			name: "a shift that the clock leaps over", zone: "Europe/Berlin", from: "2026-03-29T01:00", to: "2026-03-29T04:00",
			shifts: []records.Shift{shift("wang", time.Sunday, "02:00", "03:00")},
			want:   []string{"Sun 01:00-04:00 2 h nobody"},
		},
		{
			name: "only some weeks", zone: "Asia/Shanghai", from: "2026-11-24T08:00", to: "2026-11-24T20:00",
			shifts: []records.Shift{
				{Contact: "wang", Weekday: time.Tuesday, Hours: records.Hours{From: 480, To: 720}, Until: records.Date{Year: 2026, Month: 11, Day: 24}},
				{Contact: "zhou", Weekday: time.Tuesday, Hours: records.Hours{From: 720, To: 1200}, Since: records.Date{Year: 2026, Month: 11, Day: 25}},
			},
			want: []string{"Tue 08:00-12:00 4 h wang", "Tue 12:00-20:00 8 h nobody"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			at := func(clock string) time.Time {
				moment, err := time.ParseInLocation("2006-01-02T15:04", clock, z)
				if err != nil {
					t.Fatal(err)
				}
				return moment
			}
			roster := records.Roster{Zone: z, Shifts: c.shifts, Overrides: c.overrides}
			got := written(z, roster.Stretches(at(c.from), at(c.to)))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			gaps := written(z, roster.Gaps(at(c.from), at(c.to)))
			want := slices.DeleteFunc(slices.Clone(c.want), func(line string) bool { return !strings.HasSuffix(line, "nobody") })
			if diff := cmp.Diff(want, gaps); diff != "" && len(want)+len(gaps) > 0 {
				t.Error("gaps:", diff)
			}
		})
	}
}

// A roster without holes on the clock on the wall has none in any week, and at
// every moment the stretches say what OnDuty says.
func TestRostersOfAnyWeek(t *testing.T) {
	contacts := []string{"a", "b", "c", "d"}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		z := zone(t, []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "America/Santiago"}[r.IntN(5)])
		roster := records.Roster{Zone: z}
		cuts := []int{0}
		for range r.IntN(6) {
			cuts = append(cuts, r.IntN(24*60))
		}
		slices.Sort(cuts)
		cuts = slices.Compact(cuts)
		hole := r.IntN(3) == 0
		for day := range 7 {
			for i, from := range cuts {
				if hole && day == 3 && i == 0 {
					continue
				}
				to := 24 * 60
				if i+1 < len(cuts) {
					to = cuts[i+1]
				}
				roster.Shifts = append(roster.Shifts, records.Shift{
					Contact: contacts[r.IntN(4)], Weekday: time.Weekday(day), Hours: records.Hours{From: from, To: to},
				})
			}
		}
		from := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		to := from.Add(time.Duration(1+r.IntN(20*24)) * time.Hour)
		if !hole {
			if gaps := roster.Gaps(from, to); len(gaps) > 0 {
				t.Fatalf("seed %d: a roster without holes has %v", seed, written(z, gaps))
			}
		}
		for range r.IntN(4) {
			begins := from.Add(time.Duration(r.Int64N(int64(to.Sub(from)))))
			roster.Overrides = append(roster.Overrides, records.Override{Contact: contacts[r.IntN(4)], From: begins, To: begins.Add(time.Duration(1+r.IntN(48)) * time.Hour)})
		}
		stretches := roster.Stretches(from, to)
		last := from
		for _, s := range stretches {
			if !s.From.Equal(last) || !s.From.Before(s.To) {
				t.Fatalf("seed %d: after %s comes %v", seed, last, s)
			}
			last = s.To
			inside := s.From.Add(time.Duration(r.Int64N(int64(s.To.Sub(s.From)))))
			for _, at := range []time.Time{s.From, inside, s.To.Add(-1)} {
				if got := roster.OnDuty(at); !slices.Equal(got, s.OnDuty) {
					t.Fatalf("seed %d: at %s on duty are %v, in the stretch %v", seed, at, got, s)
				}
				if slices.ContainsFunc(roster.Overrides, func(o records.Override) bool { return !at.Before(o.From) && at.Before(o.To) }) != s.Override {
					t.Fatalf("seed %d: at %s the override is %v", seed, at, s)
				}
			}
		}
		if !last.Equal(to) {
			t.Fatalf("seed %d: it ends at %s, not %s", seed, last, to)
		}
	}
}

func TestQuietHours(t *testing.T) {
	usual := records.Contact{TimeZone: "Asia/Shanghai"}
	none := records.Contact{TimeZone: "Asia/Shanghai", Quiet: []records.Hours{}}
	berlin := records.Contact{TimeZone: "Europe/Berlin", Quiet: []records.Hours{{From: minute("22:00"), To: minute("02:30")}}}
	joined := records.Contact{TimeZone: "Asia/Shanghai", Quiet: []records.Hours{{From: 0, To: 360}, {From: 300, To: 600}, {From: 1320, To: 1440}}}
	for _, c := range []struct {
		who      records.Contact
		at, want string
	}{
		{usual, "2026-11-24T03:00", "2026-11-24T07:00"},
		{usual, "2026-11-24T22:00", "2026-11-25T07:00"},
		{usual, "2026-11-24T07:00", ""},
		{usual, "2026-11-24T12:45", "2026-11-24T14:00"},
		{usual, "2026-11-24T21:59", ""},
		{none, "2026-11-24T03:00", ""},
		{joined, "2026-11-24T23:00", "2026-11-25T10:00"},
		{berlin, "2026-03-29T01:30", "2026-03-29T03:00"}, // 02:30 is leapt over
		{berlin, "2026-10-25T01:30", "2026-10-25T02:30"},
	} {
		z := c.who.Zone()
		at, _ := time.ParseInLocation("2006-01-02T15:04", c.at, z)
		got := ""
		if until := c.who.QuietUntil(at); !until.IsZero() {
			got = until.In(z).Format("2006-01-02T15:04")
		}
		if got != c.want {
			t.Errorf("at %s of %s quiet until %q, want %q", c.at, c.who.TimeZone, got, c.want)
		}
	}
}
