package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/likeness"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// identityPages shows the pages who residents are, and makes files of one person one.
type identityPages struct{ s *Service }

// identityFault makes a fault what the pages say to it.
func identityFault(err error) error {
	fault, ok := errors.AsType[*store.Fault](err)
	if !ok {
		return err
	}
	var says error
	switch fault.Code {
	case records.CodeForbidden, "resident.not_found", "merge.not_found":
		says = web.ErrNotFound
	case records.CodeIdentityChanged, merging.CodeChanged:
		says = web.ErrChanged
	case "resident.invalid", records.CodeResidentExists:
		says = web.RefusedIdentity
	case merging.CodeObstacle, merging.CodeUndecided, merging.CodeWidens, merging.CodeSelf, records.CodeMerged:
		says = web.RefusedMerge
	case "merge.invalid":
		says = web.RefusedMergeReason
	case merging.CodeNotLast:
		says = web.RefusedUndo
	default:
		return err
	}
	return fmt.Errorf("%w: %w", says, err)
}

// Identity implements [web.Identities].
func (p identityPages) Identity(ctx context.Context, user web.User, resident string) (web.IdentityFile, error) {
	who, err := p.sees(ctx, user, records.File, resident)
	if err != nil {
		return web.IdentityFile{}, err
	}
	versions, err := p.s.Residents.Identities(ctx, resident)
	if err != nil {
		return web.IdentityFile{}, identityFault(err)
	}
	if !p.s.access.LooksAfter(ctx, who, resident) {
		for i := range versions {
			versions[i].Phone = ""
		}
	}
	places, err := p.places(ctx)
	if err != nil {
		return web.IdentityFile{}, err
	}
	file := web.IdentityFile{Version: versions[0].Version, Identity: shownIdentity(versions[0].Identity, places), Keeps: p.s.access.Keeps(ctx, who, resident)}
	names := userNames{s: p.s}
	for _, v := range versions {
		by, err := names.of(ctx, v.ChangedBy)
		if err != nil {
			return file, err
		}
		file.Versions = append(file.Versions, web.IdentityVersion{Identity: shownIdentity(v.Identity, places), N: v.Version, At: v.ChangedAt, By: by, Reason: v.Reason})
	}
	if file.Merges, err = p.merged(ctx, who, resident); err != nil {
		return file, err
	}
	if file.Keeps && p.s.access.MayArrange(ctx, who) == nil {
		file.Homes = listed(places)
	}
	return file, nil
}

func (p identityPages) sees(ctx context.Context, user web.User, scope records.Scope, resident string) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, err
	}
	return who, identityFault(p.s.access.MaySee(ctx, who, scope, resident))
}

// places are the names of homes, by id.
func (p identityPages) places(ctx context.Context) (map[string]string, error) {
	homes, err := p.s.Registry.Homes(ctx)
	if err != nil {
		return nil, err
	}
	places := make(map[string]string, len(homes))
	for _, home := range homes {
		places[home.ID] = home.Name
	}
	return places, nil
}

func listed(places map[string]string) (list []web.Place) {
	for id, name := range places {
		list = append(list, web.Place{ID: id, Name: name})
	}
	slices.SortFunc(list, func(a, b web.Place) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return list
}

func shownIdentity(is records.Identity, places map[string]string) web.Identity {
	return web.Identity{
		Name: is.Name, Born: is.BirthDate, Sex: string(is.Sex), Home: is.HomeID, HomeName: places[is.HomeID], Room: is.Room, Called: is.Called, Phone: is.Phone, TimeZone: is.TimeZone, Language: is.Language,
	}
}

// Correct implements [web.Identities].
func (p identityPages) Correct(ctx context.Context, user web.User, resident string, is web.Identity, reason string, from int) error {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return err
	}
	if err := p.s.access.MayKeep(ctx, who, resident); err != nil {
		return identityFault(err)
	}
	r, err := p.s.Residents.Get(ctx, resident)
	if err != nil {
		return identityFault(err)
	}
	if is.Home != r.HomeID {
		if err := p.s.access.MayArrangeFor(ctx, who, resident); err != nil {
			return identityFault(err)
		}
	}
	if err := fillIn(&r, is); err != nil {
		return err
	}
	_, err = p.s.Residents.Correct(ctx, r, records.Change{By: who.ID, Reason: reason, From: &from})
	return identityFault(err)
}

// New implements [web.Identities].
func (p identityPages) New(ctx context.Context, user web.User, is web.Identity, not []string) (string, web.Alike, error) {
	var alike web.Alike
	who, err := p.manages(ctx, user)
	if err != nil {
		return "", alike, err
	}
	var r records.Resident
	if is.TimeZone == "" && is.Home == "" {
		is.TimeZone = zones.Usual
	}
	if err := fillIn(&r, is); err != nil {
		return "", alike, err
	}
	found, err := p.s.Duplicates.Find(ctx, likeness.Person{Name: r.Name, Birth: r.BirthDate, Sex: r.Sex, Home: r.HomeID, Phone: is.Phone, IDNumber: is.IDNumber}, not...)
	if err != nil {
		return "", alike, err
	}
	places, err := p.places(ctx)
	if err != nil {
		return "", alike, err
	}
	for _, c := range found {
		may, err := p.s.access.Sees(ctx, who, records.Status, c.Resident)
		if err != nil {
			return "", alike, err
		}
		if !may {
			alike.Hidden++
			continue
		}
		shown, err := p.likeness(ctx, who, c, places)
		if err != nil {
			return "", alike, err
		}
		alike.People = append(alike.People, shown)
	}
	if len(found) > 0 {
		return "", alike, nil
	}
	r, err = p.s.Residents.Create(ctx, r, p.s.Duplicates.With(not, records.Change{By: who.ID}))
	return r.ID, alike, identityFault(err)
}

// likeness is somebody as they are compared: their numbers for who may see their file.
func (p identityPages) likeness(ctx context.Context, who records.User, c duplicates.Candidate, places map[string]string) (web.Likeness, error) {
	shown := web.Likeness{ID: c.Resident, Likely: c.Likely(), Identity: web.Identity{
		Name: c.Person.Name, Born: c.Person.Birth.String(), Sex: string(c.Person.Sex), Home: c.Person.Home, HomeName: places[c.Person.Home],
	}}
	for _, reason := range c.Reasons {
		shown.Reasons = append(shown.Reasons, string(reason))
	}
	may, err := p.s.access.Sees(ctx, who, records.File, c.Resident)
	if may {
		shown.Phone, shown.IDNumber, shown.Address = c.Person.Phone, c.Person.IDNumber, c.Person.Address
	}
	return shown, err
}

func (p identityPages) manages(ctx context.Context, user web.User) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, err
	}
	return who, identityFault(p.s.access.MayManage(ctx, who))
}

// fillIn puts what a form says into a resident.
func fillIn(r *records.Resident, is web.Identity) error {
	born, err := records.ParseDate(is.Born)
	if err != nil {
		return fmt.Errorf("%w: %w", web.RefusedIdentity, err)
	}
	r.Name, r.BirthDate, r.Sex, r.HomeID, r.Room, r.Called, r.TimeZone, r.Language = is.Name, born, records.Sex(is.Sex), is.Home, is.Room, is.Called, is.TimeZone, is.Language
	return nil
}

// Homes implements [web.Identities].
func (p identityPages) Homes(ctx context.Context, user web.User) ([]web.Place, error) {
	if _, err := p.manages(ctx, user); err != nil {
		return nil, err
	}
	places, err := p.places(ctx)
	return listed(places), err
}

// mostPairs is how many are listed at a time.
const mostPairs = 50

// Duplicates implements [web.Identities].
func (p identityPages) Duplicates(ctx context.Context, user web.User) ([][2]web.Likeness, error) {
	who, err := p.manages(ctx, user)
	if err != nil {
		return nil, err
	}
	pairs, err := p.s.Duplicates.Pairs(ctx, mostPairs)
	if err != nil {
		return nil, err
	}
	places, err := p.places(ctx)
	if err != nil {
		return nil, err
	}
	var list [][2]web.Likeness
	for _, pair := range pairs {
		var shown [2]web.Likeness
		for i, c := range []duplicates.Candidate{pair.One, pair.Other} {
			if shown[i], err = p.likeness(ctx, who, c, places); err != nil {
				return nil, err
			}
		}
		list = append(list, shown)
	}
	return list, nil
}

// SayDistinct implements [web.Identities].
func (p identityPages) SayDistinct(ctx context.Context, user web.User, one, other string) error {
	who, err := p.merges(ctx, user, one, other)
	if err != nil {
		return err
	}
	return identityFault(p.s.Duplicates.SayDistinct(ctx, one, []string{other}, records.Change{By: who.ID}))
}

func (p identityPages) merges(ctx context.Context, user web.User, one, other string) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, err
	}
	return who, identityFault(p.s.access.MayMerge(ctx, who, one, other))
}

// Merged implements [web.Identities].
func (p identityPages) Merged(ctx context.Context, user web.User, resident string) ([]web.Merged, error) {
	who, err := p.sees(ctx, user, records.File, resident)
	if err != nil {
		return nil, err
	}
	return p.merged(ctx, who, resident)
}

func (p identityPages) merged(ctx context.Context, who records.User, resident string) (list []web.Merged, err error) {
	all, err := p.s.Merges.Of(ctx, resident)
	if err != nil {
		return nil, err
	}
	names := userNames{s: p.s}
	for _, m := range all {
		shown := web.Merged{ID: m.ID, Reason: m.Reason, At: m.At, UndoneAt: m.UndoneAt, Undoing: m.Undoing, Moving: m.Unfinished()}
		if shown.By, err = names.of(ctx, m.By); err != nil {
			return nil, err
		}
		if shown.UndoneBy, err = names.of(ctx, m.UndoneBy); err != nil {
			return nil, err
		}
		if shown.Survivor, err = p.named(ctx, m.Survivor); err != nil {
			return nil, err
		}
		if shown.Other, err = p.named(ctx, m.Other); err != nil {
			return nil, err
		}
		shown.MayUndo = m.Holds() && m.Survivor == resident && (who.Role == records.Administrator || who.Role == records.Caregiver) && p.s.access.Keeps(ctx, who, resident)
		list = append(list, shown)
	}
	return list, nil
}

// named is a resident by their own name, whether their file went into another's or not.
func (p identityPages) named(ctx context.Context, id string) (web.Person, error) {
	name, err := p.s.Residents.OwnName(ctx, id)
	return web.Person{ID: id, Name: name}, err
}

// Undo implements [web.Identities].
func (p identityPages) Undo(ctx context.Context, user web.User, resident, merge, reason string) error {
	who, err := p.merges(ctx, user, resident, resident)
	if err != nil {
		return err
	}
	m, err := p.s.Merges.One(ctx, merge)
	if err == nil && m.Survivor != resident {
		return web.ErrNotFound
	}
	if err == nil {
		_, err = p.s.Merges.Undo(ctx, merge, who.ID, reason)
	}
	return identityFault(err)
}

// Preview implements [web.Identities].
func (p identityPages) Preview(ctx context.Context, user web.User, survivor, other string) (web.MergePreview, error) {
	who, err := p.merges(ctx, user, survivor, other)
	if err != nil {
		return web.MergePreview{}, err
	}
	first, err := p.s.Merges.Preview(ctx, survivor, other)
	if err != nil {
		return web.MergePreview{}, identityFault(err)
	}
	along := make([]string, len(first.People))
	for i, person := range first.People {
		along[i] = person.Contact
	}
	all, err := p.s.Merges.Preview(ctx, survivor, other, along...)
	if err != nil {
		return web.MergePreview{}, identityFault(err)
	}
	return p.shownPreview(ctx, who, all)
}

func (p identityPages) shownPreview(ctx context.Context, who records.User, all merging.Preview) (web.MergePreview, error) {
	shown := web.MergePreview{Tag: all.Tag, Care: mergeCareOf(all.Care), OtherCare: mergeCareOf(all.OtherCare), Differs: !all.OtherCare.Empty() && !all.OtherCare.Same(all.Care)}
	places, err := p.places(ctx)
	if err != nil {
		return shown, err
	}
	one, other, err := p.s.Duplicates.Compare(ctx, all.Survivor.ID, all.Other.ID)
	if err != nil {
		return shown, err
	}
	if shown.Survivor, err = p.likeness(ctx, who, one, places); err != nil {
		return shown, err
	}
	if shown.Other, err = p.likeness(ctx, who, other, places); err != nil {
		return shown, err
	}
	for _, f := range all.Fields {
		field := web.MergeField(f)
		if f.Name == "home" {
			field.Survivor, field.Other = places[f.Survivor], places[f.Other]
		}
		shown.Fields = append(shown.Fields, field)
	}
	for _, o := range all.Obstacles {
		shown.Obstacles = append(shown.Obstacles, web.MergeObstacle(o))
	}
	for _, what := range []string{"file_entries", "assessments", "wearings", "alerts", "reminders", "situations", "consents", "deliveries"} {
		if n := all.Rows[what]; n > 0 {
			shown.Rows = append(shown.Rows, web.MergeRows{What: what, N: n})
		}
	}
	return shown, p.peopleOf(ctx, all, &shown)
}

// peopleOf shows who comes along, and who sees more.
func (p identityPages) peopleOf(ctx context.Context, all merging.Preview, shown *web.MergePreview) error {
	widened := map[string]merging.Widened{}
	for _, w := range all.Widened {
		widened[w.Contact] = w
	}
	person := func(contact string, relation records.Relation) (web.MergePerson, error) {
		name, err := (faces{p.s}).NameOf(ctx, "contact:"+contact)
		w := widened[contact]
		return web.MergePerson{
			Person: web.Person{ID: contact, Name: cmp.Or(name, contact)}, Relation: string(relation), Survivor: w.Survivor.Names(), Other: w.Other.Names(), New: w.New.Names(),
		}, err
	}
	for _, who := range all.People {
		one, err := person(who.Contact, who.Relation)
		if err != nil {
			return err
		}
		shown.People = append(shown.People, one)
		delete(widened, who.Contact)
	}
	for _, w := range all.Widened {
		if _, other := widened[w.Contact]; !other {
			continue
		}
		one, err := person(w.Contact, "")
		if err != nil {
			return err
		}
		shown.Widened = append(shown.Widened, one)
	}
	return nil
}

// mergeCareOf is what the rules go by, for the page.
func mergeCareOf(c records.Care) web.MergeCare {
	shown := web.MergeCare{Conditions: c.Conditions, Limits: fileLimits(c)}
	for _, name := range slices.Sorted(maps.Keys(c.Planned)) {
		if metric, known := vitals.ParseMetric(name); known {
			shown.Planned = append(shown.Planned, web.MergePlan{Metric: metric, Every: c.Planned[name]})
		}
	}
	return shown
}

// Merge implements [web.Identities].
func (p identityPages) Merge(ctx context.Context, user web.User, survivor, other string, said web.MergeSaying) error {
	who, err := p.merges(ctx, user, survivor, other)
	if err != nil {
		return err
	}
	_, err = p.s.Merges.Merge(ctx, merging.Request{
		Survivor: survivor, Other: other, Reason: said.Reason, By: who.ID, Tag: said.Tag, FromOther: said.FromOther, Care: merging.CareChoice(said.Care), Along: said.Along, Behind: said.Behind, Widen: said.Widen,
	})
	return identityFault(err)
}
