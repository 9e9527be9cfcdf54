package assessments

import (
	"slices"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

// Compare tells what has changed from one assessment to a later one; false when
// they are not of the same version of a form that this program has.
func (b *Book) Compare(before, after Assessment) (forms.Comparison, bool) {
	f, ok := b.forms.Version(after.Form, after.FormVersion)
	if !ok || before.Form != after.Form || before.FormVersion != after.FormVersion {
		return forms.Comparison{}, false
	}
	return f.Compare(before.Result, after.Result), true
}

// Before finds in a list as [Book.List] gives it the newest assessment by the same
// form that is older than one of it; false when there is none.
func Before(list []Assessment, a Assessment) (Assessment, bool) {
	at := slices.IndexFunc(list, func(one Assessment) bool { return one.ID == a.ID })
	if at < 0 {
		return Assessment{}, false
	}
	for _, one := range list[at+1:] {
		if one.Form == a.Form {
			return one, true
		}
	}
	return Assessment{}, false
}

// BandOf finds the band that an assessment is in; nil without one, or when this
// program does not have its form.
func (b *Book) BandOf(a Assessment) (*forms.BandSet, *forms.Band) {
	f, ok := b.forms.Version(a.Form, a.FormVersion)
	if !ok || !a.Scored {
		return nil, nil
	}
	set, ok := f.Set(a.Set)
	if !ok {
		return nil, nil
	}
	i := slices.IndexFunc(set.Bands, func(one forms.Band) bool { return one.ID == a.Band })
	if i < 0 {
		return set, nil
	}
	return set, &set.Bands[i]
}
