package service

import (
	"context"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Who adds a table that says whose something is says what becomes of it when two files
// are made one, in the Owned of the package.
func TestEveryTableOfAResidentIsKnownToMerges(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	var columns []struct {
		Table  string `bun:"table_name"`
		Column string `bun:"column_name"`
	}
	err := db.NewRaw(`SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND (c.name LIKE '%resident%' OR c.name LIKE 'wearer%' OR EXISTS (
			SELECT 1 FROM pragma_foreign_key_list(m.name) f WHERE f."from" = c.name AND f."table" = 'residents'))`).Scan(t.Context(), &columns)
	if err != nil || len(columns) < 20 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	known := map[string]bool{}
	for _, o := range Owned() {
		name := o.Table + "." + o.Resident
		if known[name] {
			t.Errorf("%s is said twice", name)
		}
		known[name] = true
	}
	for _, c := range columns {
		if name := c.Table + "." + c.Column; !known[name] {
			t.Errorf("%s: what becomes of it when two files are made one? Say so in the Owned of its package", name)
		}
		delete(known, c.Table+"."+c.Column)
	}
	for name := range known {
		t.Errorf("%s is not there", name)
	}
}

// All that is said of who somebody is can be chosen of either file, has its words on the
// pages, and is put back.
func TestEachThingThatIsSaidOfSomebodyIsChosen(t *testing.T) {
	t.Parallel()
	tl, err := timeline.OpenSQL(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := newCouple(t, storetest.Open(t, storetest.SQLite(t)), tl, 3)
	born := records.Date{Year: 1941, Month: time.March, Day: 5}
	one := records.Resident{ID: "one", Name: "王秀英", BirthDate: born, Sex: records.Female, HomeID: "h-1", Room: "1", Called: "奶奶", Phone: "13800138000", TimeZone: "Asia/Shanghai", Language: "zh-CN"}
	other := records.Resident{ID: "other", Name: "Wang Xiuying", Sex: records.UnknownSex, HomeID: "h-2", Room: "2", Called: "Granny", Phone: "13900139000", TimeZone: "Asia/Urumqi", Language: "en"}
	for _, r := range []*records.Resident{&one, &other} {
		*r, err = c.people.Create(t.Context(), *r)
		c.must(err)
	}
	mine, theirs := reflect.ValueOf(one.Identity()), reflect.ValueOf(other.Identity())
	var all []string
	for i := range mine.NumField() {
		name, _, _ := strings.Cut(mine.Type().Field(i).Tag.Get("json"), ",")
		if all = append(all, name); mine.Field(i).Interface() == theirs.Field(i).Interface() {
			t.Fatalf("%s does not differ", name)
		}
	}
	p, err := c.book.Preview(t.Context(), one.ID, other.ID)
	c.must(err)
	var shown []string
	for _, f := range p.Fields {
		shown = append(shown, f.Name)
		for _, language := range []string{"en", "zh-CN"} {
			words, err := os.ReadFile("../../web/locales/" + language + ".json")
			if c.must(err); !strings.Contains(string(words), `"identity.`+f.Name+`"`) {
				t.Errorf("%s has no words for %s", language, f.Name)
			}
		}
	}
	if !slices.Equal(shown, all) {
		t.Fatalf("to choose from are %v, not %v", shown, all)
	}
	m, err := c.book.Merge(t.Context(), merging.Request{Survivor: one.ID, Other: other.ID, Reason: "the same person", Tag: p.Tag, FromOther: all})
	c.must(err)
	if got, err := c.people.Get(t.Context(), one.ID); err != nil || got.Identity() != other.Identity() {
		t.Errorf("all of the other's was chosen: %+v, %v", got, err)
	}
	c.follow()
	_, err = c.book.Undo(t.Context(), m.ID, "u", "they are two")
	c.must(err)
	if got, err := c.people.Get(t.Context(), one.ID); err != nil || got.Identity() != one.Identity() {
		t.Errorf("after the undoing: %+v, %v", got, err)
	}
}

// Who is around both, and wishes to be told of the weeks of the one whose file goes, is
// told of those of the one file, and of the other's again when they are two.
func TestTheWishForALetterFollows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tl, err := timeline.OpenSQL(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c := newCouple(t, db, tl, 5)
		team := records.NewPeople(db, nil, time.Now)
		for _, id := range []string{"one", "other"} {
			_, err := c.people.Create(t.Context(), records.Resident{ID: id, Name: id, TimeZone: "UTC"})
			c.must(err)
		}
		wishes := func(resident, contact string, weekly bool) {
			c.must(team.SetWishes(t.Context(), resident, contact, records.Wishes{Weekly: weekly}))
		}
		around := map[string]records.Relation{"daughter": records.AsFamily, "son": records.AsFamily, "niece": records.AsFamily, "aunt": records.AsNeighbour}
		for contact, as := range around {
			_, err := team.AddContact(t.Context(), records.Contact{ID: contact, Name: contact, TimeZone: "UTC"})
			c.must(err)
			c.must(team.SetMember(t.Context(), records.Membership{Resident: "one", Contact: contact, Relation: as}))
			c.must(team.SetMember(t.Context(), records.Membership{Resident: "other", Contact: contact, Relation: records.AsFamily}))
			wishes("other", contact, true)
		}
		wishes("one", "niece", true)
		wished := func(week string) (who []string) {
			list, err := team.Weeklies(t.Context(), week)
			c.must(err)
			for _, w := range list {
				who = append(who, w.Contact+" of "+w.Resident)
			}
			slices.Sort(who)
			return who
		}
		told := func(resident, contact, week string) {
			c.must(db.Transact(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				first, err := team.WeekTold(ctx, tx, records.Addressee{Resident: resident, Contact: contact}, week)
				if err == nil && !first {
					t.Errorf("%s was told of %s before", contact, week)
				}
				return err
			}))
		}
		are := func(when string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		two := []string{"aunt of other", "daughter of other", "niece of one", "niece of other", "son of other"}
		are("two files", wished("2026-W47"), two...)
		told("other", "daughter", "2026-W47")

		p, err := c.book.Preview(t.Context(), "one", "other")
		c.must(err)
		r := merging.Request{Survivor: "one", Other: "other", Reason: "one person", Tag: p.Tag}
		for _, who := range p.Widened {
			r.Widen = append(r.Widen, who.Contact)
		}
		m, err := c.book.Merge(t.Context(), r)
		c.must(err)
		are("told of before the merge", wished("2026-W47"), "niece of one", "son of one")
		are("one file", wished("2026-W48"), "daughter of one", "niece of one", "son of one")
		told("one", "daughter", "2026-W48")
		wishes("one", "son", false)

		c.follow()
		_, err = c.book.Undo(t.Context(), m.ID, "u", "two persons")
		c.must(err)
		are("told of while it was one", wished("2026-W48"), "aunt of other", "niece of one", "niece of other")
		are("two files again", wished("2026-W49"), "aunt of other", "daughter of other", "niece of one", "niece of other")
	})
}

// A Part of a table stands after the table itself, so that its rows go with it.
func TestPartsFollowTheirTables(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, o := range Owned() {
		if o.Of != "" && !seen[o.Of] {
			t.Errorf("%s stands before %s", o.Table, o.Of)
		}
		seen[o.Table] = true
	}
}

// Files that are made one and then two again are as they were, with all readings.
func TestMergedAndUndoneIsAsBefore(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tl, err := timeline.OpenSQL(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		mergeAndUndo(newCouple(t, db, tl, 7), rounds)
	})
	t.Run("influxdb", func(t *testing.T) {
		tl, err := timeline.OpenInflux(t.Context(), timeline.InfluxConfig{URL: influxtest.New(t).URL, Bucket: "anxin"})
		if err != nil {
			t.Fatal(err)
		}
		mergeAndUndo(newCouple(t, storetest.Open(t, storetest.SQLite(t)), tl, 8), 2)
	})
}

// Hours of which only roll-ups are left are whose they were, too: those that both had as
// well as those of one, whether they were rolled up before the merge or since.
func TestHoursComeBack(t *testing.T) {
	t.Parallel()
	for _, store := range []struct {
		name string
		open func(t *testing.T) (timeline.Store, error)
	}{
		{"sql", func(t *testing.T) (timeline.Store, error) { return timeline.OpenSQL(t.Context(), t.TempDir()) }},
		{"influxdb", func(t *testing.T) (timeline.Store, error) {
			return timeline.OpenInflux(t.Context(), timeline.InfluxConfig{URL: influxtest.New(t).URL, Bucket: "anxin"})
		}},
	} {
		t.Run(store.name, func(t *testing.T) {
			tl, err := store.open(t)
			if err != nil {
				t.Fatal(err)
			}
			c := newCouple(t, storetest.Open(t, storetest.SQLite(t)), tl, 6)
			for home, other := range map[string]string{"h-1": "shares", "h-2": "alone"} {
				c.hoursComeBack(home, "one-"+other, other)
			}
		})
	}
}

// hoursComeBack has the one in h-1, the other in a home.
func (c *couple) hoursComeBack(home, one, other string) {
	c.Helper()
	begin := time.Now().Add(-72 * time.Hour).Truncate(time.Hour)
	for _, r := range []records.Resident{{ID: one, Name: "王秀英", HomeID: "h-1"}, {ID: other, Name: "王秀英", HomeID: home}} {
		_, err := c.people.Create(c.Context(), r)
		c.must(err)
	}
	door, band := "door-"+other, "band-"+other
	_, _, err := c.registry.Add(c.Context(), devices.Device{ID: door, Kind: "door contact", HomeID: home})
	c.must(err)
	_, _, err = c.registry.Add(c.Context(), devices.Device{ID: band, Kind: "bracelet"})
	c.must(err)
	c.must(c.registry.Wear(c.Context(), band, other, begin))
	for minutes := 5; minutes < 71*60; minutes += 11 {
		at := begin.Add(time.Duration(minutes) * time.Minute)
		c.measure(door, at)
		c.measure(band, at.Add(time.Minute))
	}
	hours := func(resident string) (all []string) {
		for _, m := range []vitals.Metric{vitals.HeartRate, vitals.SpO2} {
			for _, device := range []string{door, band} {
				list, err := c.timeline.Summaries(c.Context(), timeline.Query{Resident: resident, Metric: m, Device: device, From: begin, To: time.Now()}, time.Hour)
				c.must(err)
				for _, h := range list {
					all = append(all, fmt.Sprintf("%s %s %s: %d, %.3f, %g to %g", device, m, h.At.Format("02 15:04"), h.Count, h.Sum, h.Min, h.Max))
				}
			}
		}
		return all
	}
	c.must(c.timeline.Retain(c.Context(), begin.Add(24*time.Hour)))
	mine, theirs := hours(one), hours(other)
	p, err := c.book.Preview(c.Context(), one, other)
	c.must(err)
	m, err := c.book.Merge(c.Context(), merging.Request{Survivor: one, Other: other, Reason: "one person", Tag: p.Tag})
	c.must(err)
	c.follow()
	c.must(c.timeline.Retain(c.Context(), begin.Add(48*time.Hour)))
	if left := hours(other); len(left) > 0 {
		c.Errorf("%s: %d hours have not followed", other, len(left))
	}
	_, err = c.book.Undo(c.Context(), m.ID, "u", "they are two")
	c.must(err)
	c.follow()
	for resident, was := range map[string][]string{one: mine, other: theirs} {
		if is := hours(resident); !slices.Equal(is, was) {
			c.Errorf("%s has %d hours, had %d", resident, len(is), len(was))
		}
	}
}

func mergeAndUndo(c *couple, rounds int) {
	for _, contact := range []string{"c-1", "c-2", "c-3"} {
		c.exec("INSERT INTO contacts (id, name, language, time_zone, created_at, changed_at) VALUES (?, ?, '', 'UTC', 1, 1)", contact, contact)
	}
	c.exec("INSERT INTO teams (id, name, time_zone) VALUES ('t-1', 'A', 'UTC'), ('t-2', 'B', 'UTC')")
	for round := range rounds {
		c.round(round)
	}
}

func (c *couple) round(round int) {
	c.Helper()
	begin := time.Now().Add(-48 * time.Hour).Truncate(time.Millisecond)
	one, other := fmt.Sprintf("one-%d", round), fmt.Sprintf("other-%d", round)
	homes := []string{"h-1", "h-2"}
	for i, id := range []string{one, other} {
		home := homes[c.rand.IntN(2)]
		r := records.Resident{ID: id, Name: []string{"王秀英", "王秀瑛"}[i], HomeID: home, Sex: []records.Sex{records.Female, records.UnknownSex}[i]}
		_, err := c.people.Create(c.Context(), r, c.care.With(records.Care{Conditions: []string{[]string{"copd", "dementia"}[i]}}, records.Change{}))
		c.must(err)
		c.fill(id)
	}
	bands := []string{fmt.Sprintf("band-a%d", round), fmt.Sprintf("band-b%d", round)}
	fixed := []string{fmt.Sprintf("door-1%d", round), fmt.Sprintf("door-2%d", round)}
	for i := range 2 {
		_, _, err := c.registry.Add(c.Context(), devices.Device{ID: bands[i], Kind: "bracelet"})
		c.must(err)
		_, _, err = c.registry.Add(c.Context(), devices.Device{ID: fixed[i], Kind: "door contact", HomeID: homes[i]})
		c.must(err)
	}
	// A bracelet that goes from one to the other, and one that is the other's.
	c.must(c.registry.Wear(c.Context(), bands[0], one, begin))
	c.must(c.registry.TakeOff(c.Context(), bands[0], begin.Add(10*time.Hour)))
	c.must(c.registry.Wear(c.Context(), bands[0], other, begin.Add(10*time.Hour)))
	c.must(c.registry.Wear(c.Context(), bands[1], other, begin))
	for range 60 {
		at := begin.Add(time.Duration(c.rand.IntN(40*3600)) * time.Second)
		c.measure(bands[c.rand.IntN(2)], at)
		c.measure(fixed[c.rand.IntN(2)], at)
	}
	before, mine, theirs := c.tables(), c.readings(one), c.readings(other)

	r := merging.Request{Survivor: one, Other: other, Reason: "the same person", By: "u", Care: []merging.CareChoice{merging.KeepCare, merging.OtherCare, merging.BothCare}[c.rand.IntN(3)]}
	p, err := c.book.Preview(c.Context(), one, other)
	c.must(err)
	for _, who := range p.People {
		if c.rand.IntN(2) == 0 {
			r.Along = append(r.Along, who.Contact)
		} else {
			r.Behind = append(r.Behind, who.Contact)
		}
	}
	p, err = c.book.Preview(c.Context(), one, other, r.Along...)
	c.must(err)
	for _, who := range p.Widened {
		r.Widen = append(r.Widen, who.Contact)
	}
	for _, f := range p.Fields {
		if c.rand.IntN(2) == 0 {
			r.FromOther = append(r.FromOther, f.Name)
		}
	}
	r.Tag = p.Tag
	m, err := c.book.Merge(c.Context(), r)
	c.must(err)
	if got, err := c.people.Get(c.Context(), other); err != nil || got.ID != one {
		c.Fatalf("by the other's id: %v, %v", got.ID, err)
	}
	for _, o := range Owned() {
		if left := c.left(o, other); o.Keeps == "" && o.Stays == "" && o.Of != "file_entries" && left > 0 {
			c.Errorf("%d rows of %s did not go", left, o.Table)
		}
	}
	c.follow()
	if left := c.readings(other); len(left) > 0 {
		c.Errorf("%d readings did not follow", len(left))
	}
	if got := len(c.readings(one)); got < len(mine) || got < len(theirs) {
		c.Errorf("the one file has %d readings of %d and %d", got, len(mine), len(theirs))
	}
	// What is measured while they are one is, afterwards, whose the device is.
	now := time.Now().Truncate(time.Millisecond)
	c.measure(bands[1], now)
	added := c.readings(one)

	_, err = c.book.Undo(c.Context(), m.ID, "u", "they are two")
	c.must(err)
	c.follow()
	after := c.tables()
	for _, table := range slices.Sorted(maps.Keys(before)) {
		if !slices.Equal(before[table], after[table]) {
			c.Errorf("round %d: %s\nwas %s\nis  %s", round, table, strings.Join(before[table], "\n    "), strings.Join(after[table], "\n    "))
		}
	}
	if got := c.readings(one); !slices.Equal(got, mine) {
		c.Errorf("round %d: the survivor has %d readings, had %d", round, len(got), len(mine))
	}
	if got := c.readings(other); len(got)-len(theirs) != len(added)-len(c.union(mine, theirs)) || len(c.union(got, theirs)) != len(got) {
		c.Errorf("round %d: the other has %d readings, had %d; %d were added", round, len(got), len(theirs), len(added)-len(c.union(mine, theirs)))
	}
	care, err := c.care.Care(c.Context(), one)
	if c.must(err); !slices.Equal(care.Conditions, []string{"copd"}) {
		c.Errorf("the care afterwards: %v", care.Conditions)
	}
}
