package forms

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/anxin-care/anxin/internal/spelling"
)

//go:embed pack/*.yaml
var pack embed.FS

// Default are the forms that Anxin comes with.
func Default() (*Library, error) {
	names, err := fs.Glob(pack, "pack/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the forms: %w", err)
	}
	var all []*Form
	for _, name := range names {
		text, err := pack.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the forms: %w", err)
		}
		f, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		all = append(all, f)
	}
	return NewLibrary(all...)
}

// Library is the forms with all their versions.
type Library struct {
	all []*Form
	// chosen are the band sets that hold, by form; the first one where there is none.
	chosen map[string]string
}

// NewLibrary checks that the forms go together. Their order is that in which they
// are offered.
func NewLibrary(all ...*Form) (*Library, error) {
	l := &Library{all: all, chosen: map[string]string{}}
	var wrong []error
	for i, f := range all {
		if slices.ContainsFunc(all[:i], func(other *Form) bool { return other.ID == f.ID && other.Version == f.Version }) {
			wrong = append(wrong, fmt.Errorf("%s: there are two of it", f.named()))
		}
		if f.Scoring == nil {
			continue
		}
		for _, set := range f.Scoring.Sets {
			for _, b := range set.Bands {
				if _, ok := l.Form(b.Then); b.Then != "" && !ok {
					wrong = append(wrong, fmt.Errorf("%s: line %d: band %s: then %q: there is no such form%s", f.named(), set.line, b.ID, b.Then, spelling.DidYouMean(b.Then, idsOf(all))))
				}
			}
		}
	}
	return l, errors.Join(wrong...)
}

// Choose has a form's totals put into bands by another of its sets.
func (l *Library) Choose(form, set string) error {
	f, ok := l.Form(form)
	if !ok {
		return fmt.Errorf("there is no form %q%s", form, spelling.DidYouMean(form, idsOf(l.all)))
	}
	if _, ok := f.Set(set); !ok || set == "" {
		var sets []string
		if f.Scoring != nil {
			for _, s := range f.Scoring.Sets {
				sets = append(sets, s.ID)
			}
		}
		return fmt.Errorf("form %s has no band set %q: it has %v", form, set, sets)
	}
	l.chosen[form] = set
	return nil
}

// Set is the band set that holds for a form; "" for one without bands.
func (l *Library) Set(f *Form) string {
	if set, ok := f.Set(l.chosen[f.ID]); ok {
		return set.ID
	}
	if set, ok := f.Set(""); ok { // an older version may not have what was chosen
		return set.ID
	}
	return ""
}

// Form is the newest version of a form.
func (l *Library) Form(id string) (newest *Form, ok bool) {
	for _, f := range l.all {
		if f.ID == id && (newest == nil || f.Version > newest.Version) {
			newest = f
		}
	}
	return newest, newest != nil
}

// Version is one version of a form.
func (l *Library) Version(id string, version int) (*Form, bool) {
	i := slices.IndexFunc(l.all, func(f *Form) bool { return f.ID == id && f.Version == version })
	if i < 0 {
		return nil, false
	}
	return l.all[i], true
}

// Forms are the newest versions of all.
func (l *Library) Forms() (list []*Form) {
	for _, f := range l.all {
		if newest, _ := l.Form(f.ID); newest == f {
			list = append(list, f)
		}
	}
	return list
}
