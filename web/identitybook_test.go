package web_test

import (
	"context"
	"slices"
	"time"

	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// identityBook knows who residents are, in memory.
type identityBook struct {
	now    func() time.Time
	said   []string
	merged []web.Merged
	// obstacle has something to be settled before a merge.
	obstacle bool
}

func newIdentityBook(now func() time.Time) *identityBook {
	return &identityBook{now: now, merged: []web.Merged{{
		ID: "m-1", Survivor: web.Person{ID: "r-zhao", Name: "赵德明"}, Other: web.Person{ID: "r-old", Name: "Zhao Deming"}, Reason: "one identity card", By: "Nurse Chen",
		At: now().Add(-50 * time.Hour), MayUndo: true, Moving: true,
	}, {
		ID: "m-0", Survivor: web.Person{ID: "r-zhao", Name: "赵德明"}, Other: web.Person{ID: "r-li", Name: "李秀英"}, Reason: "one home", By: "Nurse Chen",
		At: now().Add(-90 * time.Hour), UndoneAt: now().Add(-80 * time.Hour), UndoneBy: "Nurse Chen", Undoing: "a slip",
	}}}
}

var zhaoIs = web.Identity{Name: "赵德明", Born: "1938-06-02", Sex: "male", Home: "h-1", HomeName: "10-101", TimeZone: "Asia/Shanghai", Language: "zh-CN", Phone: "13800001111"}

func (b *identityBook) Identity(context.Context, web.User, string) (web.IdentityFile, error) {
	was := zhaoIs
	was.Name, was.Born = "赵得明", "1938-02-06"
	return web.IdentityFile{
		Identity: zhaoIs, Version: 2, Merges: slices.Clone(b.merged), Keeps: true, Homes: []web.Place{{ID: "h-1", Name: "10-101"}, {ID: "h-2", Name: "2-101"}},
		Versions: []web.IdentityVersion{
			{Identity: zhaoIs, N: 2, At: b.now().Add(-time.Hour), By: "Nurse Chen", Reason: "his identity card"}, {Identity: was, N: 1, At: b.now().Add(-900 * time.Hour)},
		},
	}, nil
}

func (b *identityBook) Correct(_ context.Context, _ web.User, resident string, is web.Identity, reason string, _ int) error {
	if is.Name == "" {
		return web.RefusedIdentity
	}
	b.said = append(b.said, "correct "+resident+" "+is.Name+" "+is.Home+" "+reason)
	return nil
}

func (b *identityBook) alike() web.Likeness {
	return web.Likeness{ID: "r-zhao", Identity: zhaoIs, Reasons: []string{"birth", "name_sound", "sex"}, Likely: true}
}

func (b *identityBook) New(_ context.Context, _ web.User, is web.Identity, not []string) (string, web.Alike, error) {
	switch {
	case is.Name == "hidden":
		return "", web.Alike{Hidden: 1}, nil
	case len(not) == 0:
		return "", web.Alike{People: []web.Likeness{b.alike()}}, nil
	}
	b.said = append(b.said, "new "+is.Name+" not "+not[0])
	return "r-new", web.Alike{}, nil
}

func (b *identityBook) Homes(context.Context, web.User) ([]web.Place, error) {
	return []web.Place{{ID: "h-1", Name: "10-101"}}, nil
}

func (b *identityBook) other() web.Likeness {
	return web.Likeness{ID: "r-old", Identity: web.Identity{Name: "Zhao Deming", Born: "1938-06-02", Sex: "unknown"}, Reasons: []string{"birth", "name_sound", "sex"}, Likely: true}
}

func (b *identityBook) Duplicates(context.Context, web.User) ([][2]web.Likeness, error) {
	return [][2]web.Likeness{{b.alike(), b.other()}}, nil
}

func (b *identityBook) SayDistinct(_ context.Context, _ web.User, one, other string) error {
	b.said = append(b.said, "distinct "+one+" "+other)
	return nil
}

func (b *identityBook) Preview(context.Context, web.User, string, string) (web.MergePreview, error) {
	p := web.MergePreview{
		Survivor: b.alike(), Other: b.other(), Tag: "tag", Fields: []web.MergeField{{Name: "name", Survivor: "赵德明", Other: "Zhao Deming"}, {Name: "sex", Survivor: "male", Other: "unknown"}},
		Care:      web.MergeCare{Conditions: []string{"copd"}, Limits: []web.FileLimit{{Name: "spo2.low", Value: "88"}}, Planned: []web.MergePlan{{Metric: vitals.BPSystolic, Every: 12 * time.Hour}}},
		OtherCare: web.MergeCare{Conditions: []string{"dementia"}}, Differs: true,
		People:  []web.MergePerson{{Person: web.Person{ID: "c-fang", Name: "赵芳"}, Relation: "family", Other: []string{"status", "alerts"}, New: []string{"status", "alerts"}}},
		Widened: []web.MergePerson{{Person: web.Person{ID: "c-wu", Name: "Dr Wu"}, Survivor: []string{"status"}, New: []string{"status"}}},
		Rows:    []web.MergeRows{{What: "alerts", N: 3}, {What: "wearings", N: 1}},
	}
	if b.obstacle {
		p.Obstacles = []web.MergeObstacle{{Code: "medicine_twice", About: "Metformin 500 mg"}}
	}
	return p, nil
}

func (b *identityBook) Merge(_ context.Context, _ web.User, survivor, other string, said web.MergeSaying) error {
	if said.Reason == "" {
		return web.RefusedMergeReason
	}
	b.said = append(b.said, "merge "+other+" into "+survivor+" "+said.Care)
	return nil
}

func (b *identityBook) Undo(_ context.Context, _ web.User, resident, merge, reason string) error {
	b.said = append(b.said, "undo "+merge+" of "+resident+" "+reason)
	return nil
}

func (b *identityBook) Merged(context.Context, web.User, string) ([]web.Merged, error) {
	return slices.Clone(b.merged), nil
}
