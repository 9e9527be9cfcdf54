package assessments

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments/forms"
)

// Due is an assessment that a resident is to have now.
type Due struct {
	Resident string
	// Form is nil for one that this program does not have, whose last time is known.
	Form *forms.Form
	// FormID is its id in either case.
	FormID string
	// Last is the newest one that there is; nil when there was none yet: then it is a
	// form that everybody of the resident's age is to have.
	Last *Assessment
	// Since is the day on which it became due; zero when there was none yet.
	Since records.Date
}

// Due lists what some residents are to be assessed by, by the clock of each: what
// has been due for longest first, and then what was never done. Of each form the
// newest assessment counts.
func (b *Book) Due(ctx context.Context, residents ...records.Resident) ([]Due, error) {
	if len(residents) == 0 {
		return nil, nil
	}
	ids := make([]string, len(residents))
	for i, r := range residents {
		ids[i] = r.ID
	}
	newest, err := b.list(ctx, func(s *bun.SelectQuery) {
		s.Where(`id IN (SELECT id FROM (
				SELECT id, ROW_NUMBER() OVER (PARTITION BY resident, form ORDER BY day DESC, created_at DESC, id DESC) AS place
				FROM assessments WHERE NOT withdrawn AND resident IN (?)
			) AS placed WHERE place = 1)`, bun.In(ids))
	})
	if err != nil {
		return nil, fmt.Errorf("look what is due: %w", err)
	}
	type key struct{ resident, form string }
	last := map[key]*Assessment{}
	for i := range newest {
		last[key{newest[i].Resident, newest[i].Form}] = &newest[i]
	}
	var due []Due
	for _, r := range residents {
		today := records.DateOf(b.now().In(r.Zone()))
		for _, f := range b.forms.Forms() {
			if last[key{r.ID, f.ID}] == nil && f.Every > 0 && f.FromAge > 0 && !r.BirthDate.IsZero() && r.BirthDate.Age(today) >= f.FromAge {
				due = append(due, Due{Resident: r.ID, Form: f, FormID: f.ID})
			}
		}
		for i := range newest {
			if a := &newest[i]; a.Resident == r.ID && !a.NextDue.IsZero() && a.NextDue.Compare(today) <= 0 {
				f, _ := b.forms.Form(a.Form)
				due = append(due, Due{Resident: r.ID, Form: f, FormID: a.Form, Last: a, Since: a.NextDue})
			}
		}
	}
	slices.SortStableFunc(due, func(x, y Due) int {
		if (x.Last == nil) != (y.Last == nil) {
			if x.Last == nil {
				return 1
			}
			return -1
		}
		return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.Resident, y.Resident))
	})
	return due, nil
}
