package deliveries

import (
	"fmt"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// hours are quiet ones, by the minutes at which they begin and end in turn.
func hours(bounds ...int) []records.Hours {
	list := []records.Hours{}
	for i := 0; i < len(bounds); i += 2 {
		list = append(list, records.Hours{From: bounds[i], To: bounds[i+1]})
	}
	return list
}

func TestWhen(t *testing.T) {
	const form = "2006-01-02 15:04"
	tests := []struct {
		what     string
		zone     string
		severity rules.Severity
		about    About
		relation Relation
		quiet    []records.Hours
		delay    time.Duration
		now      string
		want     string
		gathered bool
	}{
		{what: "a warning before the night", now: "2026-11-27 21:59", want: "2026-11-27 21:59"},
		{what: "a warning as the night begins", now: "2026-11-27 22:00", want: "2026-11-28 07:00"},
		{what: "a warning after midnight", now: "2026-11-28 00:30", want: "2026-11-28 07:00"},
		{what: "a warning just before the night ends", now: "2026-11-28 06:59", want: "2026-11-28 07:00"},
		{what: "a warning as the night ends", now: "2026-11-28 07:00", want: "2026-11-28 07:00"},
		{what: "a warning before the nap", now: "2026-11-27 12:29", want: "2026-11-27 12:29"},
		{what: "a warning in the nap", now: "2026-11-27 12:30", want: "2026-11-27 14:00"},
		{what: "a warning as the nap ends", now: "2026-11-27 14:00", want: "2026-11-27 14:00"},
		{what: "a caregiver at night", relation: Caregiver, now: "2026-11-27 23:00", want: "2026-11-27 23:00"},
		{what: "staff at night", relation: Staff, now: "2026-11-27 23:00", want: "2026-11-27 23:00"},
		{what: "a doctor at night", relation: Doctor, now: "2026-11-27 23:00", want: "2026-11-28 07:00"},
		{what: "the resident at night", relation: Resident, now: "2026-11-27 23:00", want: "2026-11-28 07:00"},
		{what: "critical at night", severity: rules.Critical, now: "2026-11-27 23:00", want: "2026-11-27 23:00"},
		{what: "critical, for one who wants it later", severity: rules.Critical, delay: time.Hour, now: "2026-11-27 15:00", want: "2026-11-27 15:00"},
		{what: "a reminder, to the resident in the nap", about: OfOccurrence, severity: rules.Info, relation: Resident, now: "2026-11-27 13:00", want: "2026-11-27 13:00", gathered: true},
		{what: "a reminder, to the family in the afternoon", about: OfOccurrence, severity: rules.Info, now: "2026-11-27 15:00", want: "2026-11-27 15:00", gathered: true},
		{what: "a reminder, to the family in the nap", about: OfOccurrence, severity: rules.Info, now: "2026-11-27 13:00", want: "2026-11-27 14:00", gathered: true},
		{what: "a reminder, to a caregiver at night", about: OfOccurrence, severity: rules.Info, relation: Caregiver, now: "2026-11-27 23:00", want: "2026-11-27 23:00", gathered: true},
		{what: "one that does not bear waiting", about: OfOccurrence, severity: rules.Warning, now: "2026-11-27 23:00", want: "2026-11-27 23:00"},
		{what: "a test", about: OfTest, severity: rules.Info, now: "2026-11-27 23:00", want: "2026-11-27 23:00"},
		{what: "their own delay", delay: 20 * time.Minute, now: "2026-11-27 15:00", want: "2026-11-27 15:20"},
		{what: "their own delay ends in the night", delay: 20 * time.Minute, now: "2026-11-27 21:45", want: "2026-11-28 07:00"},
		{what: "news are not delayed", about: OfNews, delay: 20 * time.Minute, now: "2026-11-27 15:00", want: "2026-11-27 15:00"},
		{what: "news wait for the morning", about: OfNews, now: "2026-11-27 23:00", want: "2026-11-28 07:00"},
		{what: "information before the morning's digest", severity: rules.Info, now: "2026-11-27 08:29", want: "2026-11-27 08:30", gathered: true},
		{what: "information as the digest goes", severity: rules.Info, now: "2026-11-27 08:30", want: "2026-11-27 18:30", gathered: true},
		{what: "information before the evening's", severity: rules.Info, now: "2026-11-27 18:29", want: "2026-11-27 18:30", gathered: true},
		{what: "information in the evening", severity: rules.Info, relation: Staff, now: "2026-11-27 18:30", want: "2026-11-28 08:30", gathered: true},
		{what: "no quiet hours", quiet: hours(), now: "2026-11-27 23:00", want: "2026-11-27 23:00"},
		{what: "their own hours", quiet: hours(9*60, 17*60), now: "2026-11-27 09:00", want: "2026-11-27 17:00"},
		{what: "hours that end in others", quiet: hours(20*60, 23*60, 22*60, 6*60), now: "2026-11-27 20:00", want: "2026-11-28 06:00"},
		{what: "never any time for it", quiet: hours(0, 12*60, 12*60, 0), now: "2026-11-27 15:00", want: "2026-11-27 18:30", gathered: true},
		{what: "the night when clocks go forward", zone: "Europe/Berlin", now: "2026-03-28 23:00", want: "2026-03-29 07:00"},
		{what: "the night when they go back", zone: "Europe/Berlin", now: "2026-10-24 23:00", want: "2026-10-25 07:00"},
		{what: "quiet until a minute that is leapt over", zone: "Europe/Berlin", quiet: hours(22*60, 2*60+30), now: "2026-03-29 01:00", want: "2026-03-29 03:00"},
		{what: "quiet until a minute that comes twice", zone: "Europe/Berlin", quiet: hours(22*60, 2*60+30), now: "2026-10-25 01:00", want: "2026-10-25 02:30"},
		{what: "half an hour's change", zone: "Australia/Lord_Howe", now: "2026-10-03 23:00", want: "2026-10-04 07:00"},
		{what: "the digest over New York's change", zone: "America/New_York", severity: rules.Info, now: "2026-11-01 00:30", want: "2026-11-01 08:30", gathered: true},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			name := test.zone
			if name == "" {
				name = "Asia/Shanghai"
			}
			zone := zoneOf(t, name)
			now, err := time.ParseInLocation(form, test.now, zone)
			if err != nil {
				t.Fatal(err)
			}
			telling := Telling{About: OfAlert, Severity: rules.Warning}
			if test.severity != 0 {
				telling.Severity = test.severity
			}
			if test.about != "" {
				telling.About = test.about
			}
			contact := Contact{Relation: Family, Zone: zone, Quiet: records.Contact{TimeZone: name, Quiet: test.quiet}, Delay: test.delay}
			if test.relation != "" {
				contact.Relation = test.relation
			}
			got := when(&telling, &contact, now.UTC())
			if at := got.at.In(zone).Format(form); at != test.want || got.gathered != test.gathered {
				t.Errorf("told at %s, in a digest: %t; want %s, %t", at, got.gathered, test.want, test.gathered)
			}
		})
	}
}

func TestDigestsAreTwiceADay(t *testing.T) {
	zone := zoneOf(t, "Europe/Berlin")
	c := Contact{Zone: zone}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
	days := map[string]int{}
	for at.Year() == 2026 {
		at = c.nextDigest(at)
		days[at.In(zone).Format(time.DateOnly)]++
	}
	delete(days, "2027-01-01")
	if len(days) != 365 {
		t.Errorf("digests on %d days, want 365", len(days))
	}
	for day, n := range days {
		if n != 2 {
			t.Errorf("%d digests on %s", n, day)
		}
	}
}

func TestPace(t *testing.T) {
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC) // 11:00 in Shanghai
	contact := Contact{ID: "c1", Relation: Family, Zone: zoneOf(t, "Asia/Shanghai")}
	who := Who{"r1", "c1"}
	digest := time.Date(2026, 11, 27, 10, 30, 0, 0, time.UTC)

	p := newPace()
	for i := range mostPushes {
		if got := p.fit(moment{at: now.Add(time.Duration(i) * 10 * time.Minute)}, who, &contact, "ch1", rules.Warning); got.gathered {
			t.Errorf("push %d is in a digest", i+1)
		}
	}
	for _, test := range []struct {
		what     string
		after    time.Duration
		who      Who
		severity rules.Severity
		gathered bool
	}{
		{"the fourth in the hour", 59*time.Minute + 59*time.Second, who, rules.Warning, true},
		{"what is critical", 30 * time.Minute, who, rules.Critical, false},
		{"of another resident", 31 * time.Minute, Who{"r2", "c1"}, rules.Warning, false},
		{"when the first is an hour old", time.Hour, who, rules.Warning, false},
		{"and one more", time.Hour, who, rules.Warning, true},
	} {
		got := p.fit(moment{at: now.Add(test.after)}, test.who, &contact, "ch1", test.severity)
		if got.gathered != test.gathered || got.gathered && !got.at.Equal(digest) {
			t.Errorf("%s: %+v", test.what, got)
		}
	}

	p = newPace()
	for i := range 3 * mostAtOnce {
		got := p.fit(moment{at: now.Add(7 * time.Second)}, Who{fmt.Sprint(i), "c1"}, &contact, "ch1", rules.Critical)
		if got.gathered != (i >= mostAtOnce) || got.gathered && !got.at.Equal(now.Add(15*time.Second)) {
			t.Errorf("critical %d of a storm: %+v", i+1, got)
		}
	}
	if got := p.fit(moment{at: now.Add(7 * time.Second)}, Who{"r", "c1"}, &contact, "ch1", rules.Warning); !got.at.Equal(now.Add(5 * time.Minute)) {
		t.Errorf("a warning in the storm: %+v", got)
	}
	if got := p.fit(moment{at: now.Add(7 * time.Second)}, Who{"r", "c1"}, &contact, "ch2", rules.Warning); got.gathered {
		t.Errorf("over another channel: %+v", got)
	}
	if got := p.fit(moment{at: now.Add(67 * time.Second)}, Who{"r", "c1"}, &contact, "ch1", rules.Critical); got.gathered {
		t.Errorf("a minute later: %+v", got)
	}
}
