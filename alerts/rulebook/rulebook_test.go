package rulebook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// judge judges by the set that it was told last.
type judge struct {
	db   *store.DB
	set  *rules.Set
	uses int
	err  error
}

func (j *judge) Use(ctx context.Context, set *rules.Set, with ...func(context.Context, bun.Tx) error) error {
	if j.err != nil {
		return j.err
	}
	err := j.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, do := range with {
			if err := do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		j.set, j.uses = set, j.uses+1
	}
	return err
}

func standard(t *testing.T) []rules.Rule {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func rule(t *testing.T, id string) rules.Rule {
	t.Helper()
	all := standard(t)
	i := slices.IndexFunc(all, func(r rules.Rule) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("no rule %s", id)
	}
	return all[i]
}

func own(id, when string) rules.Rule {
	return rules.Rule{
		ID: id, Name: rules.Text{EN: id, ZH: id}, Message: rules.Text{EN: "{value}", ZH: "{value}"},
		Level: rules.Level{Severity: rules.Warning, When: when}, Clear: rules.Clear{By: "person"},
	}
}

func edit(t *testing.T, db *store.DB, folder ...rules.Rule) (*rulebook.Editor, *judge) {
	t.Helper()
	book, err := rulebook.New(db, standard(t), folder)
	if err != nil {
		t.Fatal(err)
	}
	now, err := book.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{db: db, set: now.Set}
	return rulebook.NewEditor(book, now, j, slog.New(slog.DiscardHandler)), j
}

// The number of one's own rules is bounded, whichever way they come; one that is
// there may be changed, and one that is taken away makes room.
func TestRulesOfOnesOwnAreBounded(t *testing.T) {
	ctx := t.Context()
	var folder []rules.Rule
	for i := range rules.MostOwn + 1 {
		folder = append(folder, own(fmt.Sprintf("own_%d", i), "heart_rate > 150"))
	}
	if _, err := rulebook.New(nil, standard(t), folder); err == nil || !strings.Contains(err.Error(), "201 rules beside the default ones, and at most 200") {
		t.Errorf("a folder of too many: %v", err)
	}
	e, _ := edit(t, storetest.Open(t, storetest.New(t)), folder[:rules.MostOwn-1]...)
	save := func(id string) error {
		_, err := e.Save(ctx, own(id, "heart_rate > 151"), rulebook.Change{By: "u1"})
		return err
	}
	if err := save("last"); err != nil {
		t.Fatal(err)
	}
	var fault *store.Fault
	if err := save("one_more"); !errors.As(err, &fault) || fault.Code != rulebook.CodeTooMany || !errors.Is(err, store.ErrConflict) {
		t.Errorf("one more: %v", err)
	}
	if err := errors.Join(save("last"), save("own_3")); err != nil {
		t.Errorf("those that are there: %v", err)
	}
	if err := e.Revert(ctx, "last", rulebook.Change{By: "u1"}); err != nil {
		t.Fatal(err)
	}
	if err := save("one_more"); err != nil {
		t.Errorf("in the place of another: %v", err)
	}
}

func TestChangesOfRules(t *testing.T) { storetest.Each(t, testChangesOfRules) }

func testChangesOfRules(t *testing.T, db *store.DB) {
	ctx := t.Context()
	inFolder := own("room_chilly", "room_temperature < 19")
	inFolder.Version = 7
	e, j := edit(t, db, inFolder)
	find := func(id string) rulebook.Entry {
		t.Helper()
		entry, ok := e.Current().Find(id)
		if !ok {
			t.Fatalf("no rule %s", id)
		}
		return entry
	}
	if r := find("water_leak"); r.From != rulebook.Pack || r.Rule.Version != 0 {
		t.Errorf("water_leak: %+v", r)
	}
	if r := find("room_chilly"); r.From != rulebook.Folder || r.Rule.Version != 7 {
		t.Errorf("room_chilly: %+v", r)
	}

	cold := rule(t, "water_leak")
	cold.When = `water_leak == "wet" and hour() > 3`
	entry, err := e.Save(ctx, cold, rulebook.Change{By: "u1", Reason: " too often \n"})
	if err != nil || entry.Rule.Version != 1 || entry.From != rulebook.Edited || entry.Reason != "too often" || entry.Default == nil || entry.Default.When == cold.When {
		t.Fatalf("saved: %+v, %v", entry, err)
	}
	if i, ok := j.set.Find("water_leak"); !ok || j.set.Programs()[i].When != cold.When || j.set.Programs()[i].Version != 1 {
		t.Error("it is not what is judged by")
	}
	cold.Off, cold.Version = true, 99 // a version rises by itself
	if entry, err = e.Save(ctx, cold, rulebook.Change{By: "u2", IfVersion: new(1)}); err != nil || entry.Rule.Version != 2 {
		t.Fatalf("saved: %+v, %v", entry, err)
	}
	if _, ok := j.set.Find("water_leak"); ok {
		t.Error("what is off is judged by")
	}
	if _, err := e.Save(ctx, cold, rulebook.Change{By: "u1", IfVersion: new(1)}); !errors.Is(err, store.ErrConflict) || !strings.Contains(err.Error(), "has version 2 by now, not 1") {
		t.Errorf("over another's change: %v", err)
	}
	if err := e.Revert(ctx, "water_leak", rulebook.Change{By: "u1", Reason: "back"}); err != nil {
		t.Fatal(err)
	}
	if r := find("water_leak"); r.From != rulebook.Pack || r.Rule.Version != 3 || r.Rule.When == cold.When || r.Rule.Off || r.Reason != "back" {
		t.Errorf("back at the default: %+v", r)
	}
	if err := e.Revert(ctx, "water_leak", rulebook.Change{By: "u1"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("back again: %v", err)
	}
	versions, err := e.Versions(ctx, "water_leak")
	if err != nil || len(versions) != 3 || versions[0].Version != 3 || versions[0].Rule != nil || versions[1].By != "u2" || !versions[1].Rule.Off || versions[2].Rule.When != `water_leak == "wet" and hour() > 3` {
		t.Errorf("versions: %+v, %v", versions, err)
	}

	if _, err := e.Save(ctx, own("room_chilly", "room_temperature < 18"), rulebook.Change{By: "u1"}); err != nil || find("room_chilly").Rule.Version != 8 {
		t.Errorf("over the folder: %+v, %v", find("room_chilly"), err)
	}
	for _, id := range []string{"zz_mine", "aa_mine"} {
		if entry, err := e.Save(ctx, own(id, "heart_rate > 90"), rulebook.Change{By: "u1"}); err != nil || entry.Default != nil || entry.Rule.Version != 1 {
			t.Fatalf("a new rule: %+v, %v", entry, err)
		}
	}
	if err := e.Revert(ctx, "zz_mine", rulebook.Change{By: "u1"}); err != nil {
		t.Fatal(err)
	}
	if _, ok := e.Current().Find("zz_mine"); ok {
		t.Error("a rule without a default is still there")
	}
	if err := e.Revert(ctx, "zz_mine", rulebook.Change{By: "u1"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no rule: %v", err)
	}
	if entry, err := e.Save(ctx, own("zz_mine", "heart_rate > 95"), rulebook.Change{By: "u1"}); err != nil || entry.Rule.Version != 3 {
		t.Errorf("the same again: %+v, %v", entry, err)
	}

	// A start reads what was left, and its name is the same.
	again, _ := edit(t, db, inFolder)
	if got, want := again.Current(), e.Current(); !reflect.DeepEqual(got.Entries, want.Entries) || got.Edition != want.Edition || got.Set.ID() != want.Set.ID() {
		t.Errorf("after a start:\n got %d %s %+v\nwant %d %s %+v", got.Edition, got.Set.ID(), got.Entries, want.Edition, want.Set.ID(), want.Entries)
	}
}

func TestRefusedChanges(t *testing.T) {
	e, j := edit(t, storetest.Open(t, storetest.New(t)))
	ctx, before := t.Context(), e.Current()
	sos := rule(t, "sos")
	sos.Off = true
	for name, tc := range map[string]struct {
		r      rules.Rule
		reason string
		want   string
	}{
		"a wrong condition": {own("mine", "heart_rat > 90"), "", `when: 1:1: there is no metric heart_rat: did you mean heart_rate?`},
		"a wrong id":        {own("Mine", "heart_rate > 90"), "", "want lower case letters"},
		"SOS off":           {sos, "", "cannot be switched off for everyone: give single residents limits of their own"},
		"a long reason":     {own("mine", "heart_rate > 90"), strings.Repeat("x", 2001), "reason want a text"},
		"no text":           {own("mine", "heart_rate > 90"), "\x00", "reason want a text"},
	} {
		if _, err := e.Save(ctx, tc.r, rulebook.Change{By: "u1", Reason: tc.reason}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	j.err = errors.New("starting")
	if _, err := e.Save(ctx, own("mine", "heart_rate > 90"), rulebook.Change{By: "u1"}); !errors.Is(err, j.err) {
		t.Errorf("a judge that refuses: %v", err)
	}
	if now, err := e.Read(ctx); err != nil || now.Edition != 0 || e.Current() != before || j.uses != 0 {
		t.Errorf("something has changed: %+v, %v", now, err)
	}
	if _, err := rulebook.New(nil, standard(t), []rules.Rule{sos}); err == nil || !strings.Contains(err.Error(), "off: rule sos is critical") {
		t.Errorf("a folder that switches SOS off: %v", err)
	}
	if _, err := rulebook.New(nil, standard(t), []rules.Rule{own("mine", "x")}); err == nil {
		t.Error("a folder with a wrong rule is taken")
	}
}

// TestTwoServicesChangeRules has two editors on one database.
func TestTwoServicesChangeRules(t *testing.T) { storetest.Each(t, testTwoServices) }

func testTwoServices(t *testing.T, db *store.DB) {
	ctx := t.Context()
	one, _ := edit(t, db)
	other, otherJudge := edit(t, db)
	if _, err := one.Save(ctx, own("mine", "heart_rate > 90"), rulebook.Change{By: "u1"}); err != nil {
		t.Fatal(err)
	}
	if changed, err := other.Refresh(ctx); err != nil || !changed || other.Current().Edition != 1 {
		t.Fatalf("refreshed: %v, %v", changed, err)
	}
	if _, ok := otherJudge.set.Find("mine"); !ok {
		t.Error("the other does not judge by it")
	}
	if changed, err := other.Refresh(ctx); err != nil || changed {
		t.Errorf("refreshed without a change: %v, %v", changed, err)
	}
	var all sync.WaitGroup
	for i, e := range []*rulebook.Editor{one, other, one, other} {
		all.Go(func() {
			if _, err := e.Save(ctx, own(fmt.Sprintf("mine_%d", i), "heart_rate > 90"), rulebook.Change{By: "u1"}); err != nil {
				t.Errorf("at the same time: %v", err)
			}
		})
	}
	all.Wait()
	now, err := one.Read(ctx)
	if err != nil || now.Edition != 5 || len(now.Entries) != len(standard(t))+5 {
		t.Errorf("in the end: edition %d, %d rules, %v", now.Edition, len(now.Entries), err)
	}
}

func TestAVersionThatCannotBeJudgedBy(t *testing.T) {
	db := storetest.Open(t, storetest.New(t))
	e, _ := edit(t, db)
	ctx := t.Context()
	cold := rule(t, "water_leak")
	for _, r := range []rules.Rule{cold, own("mine", "heart_rate > 90")} {
		if _, err := e.Save(ctx, r, rulebook.Change{By: "u1"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ExecContext(ctx, `UPDATE rule_versions SET body = replace(replace(body, 'water_leak == ', 'water_lake == '), 'heart_rate', 'heart_beat')`); err != nil {
		t.Fatal(err)
	}
	again, j := edit(t, db)
	if r, ok := again.Current().Find("water_leak"); !ok || !strings.Contains(r.Problem, "water_lake") || r.Rule.When != cold.When || r.Rule.Off {
		t.Errorf("water_leak: %+v", r)
	}
	if r, ok := again.Current().Find("mine"); !ok || r.Problem == "" || !r.Rule.Off {
		t.Errorf("mine: %+v", r)
	}
	if _, ok := j.set.Find("water_leak"); !ok {
		t.Error("the default does not hold in its place")
	}
	if err := again.Revert(ctx, "mine", rulebook.Change{By: "u1"}); err != nil {
		t.Error(err)
	}
}

func TestRulesThatAreMadePartsOfEachOther(t *testing.T) {
	storetest.Each(t, testRulesThatAreMadePartsOfEachOther)
}

func testRulesThatAreMadePartsOfEachOther(t *testing.T, db *store.DB) {
	e, j := edit(t, db)
	low := rule(t, "hr_low")
	low.Parts = append(low.Parts, "hr_very_low") // which it is a part of
	if err := e.Check(low); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Save(t.Context(), low, rulebook.Change{By: "u1"}); err != nil {
		t.Fatal(err)
	}
	i, _ := j.set.Find("hr_low")
	k, _ := j.set.Find("hr_very_low")
	if a, b := slices.Contains(j.set.Programs()[i].Parts, "hr_very_low"), slices.Contains(j.set.Programs()[k].Parts, "hr_low"); a == b {
		t.Errorf("hr_very_low is a part of hr_low: %v, and that of it: %v", a, b)
	}
	_, again := edit(t, db)
	if again.set.ID() != j.set.ID() {
		t.Error("another start has other rules")
	}
	low.Parts = []string{"hr_low"}
	if _, err := e.Save(t.Context(), low, rulebook.Change{By: "u1"}); len(rules.Problems(err)) != 1 || rules.Problems(err)[0].Field != "parts" {
		t.Errorf("a part of itself: %v", err)
	}
}
