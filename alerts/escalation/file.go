package escalation

import (
	"context"
	"fmt"

	"github.com/anxin-care/anxin/store"
)

// File is all that is kept about the telling of an alert.
type File struct {
	State
	// Made is what was told, oldest first.
	Made []Made
}

// Read returns what was told of an alert, and what is due next. Of one that nobody
// was told of yet it is empty.
func Read(ctx context.Context, db *store.DB, alert string) (File, error) {
	states, err := readStates(ctx, db, []string{alert})
	if err != nil {
		return File{}, err
	}
	file := File{State: states[alert]}
	var rows []stepRow
	if err := db.NewSelect().Model(&rows).Where("alert = ?", alert).OrderExpr("n").Scan(ctx); err != nil {
		return file, fmt.Errorf("read what was told of alert %s: %w", alert, err)
	}
	for i := range rows {
		file.Made = append(file.Made, rows[i].made())
	}
	return file, nil
}

// Coming is who is told next if nobody answers: the contacts of the step that is
// due, as far as the circle is the same then.
func (f *File) Coming(facts Facts, circle *Circle) (whom []string, why Why) {
	if f.Due.IsZero() {
		return nil, ""
	}
	d := Plan(f.State, facts, circle, f.Policy, f.Due)
	for _, m := range d.Made {
		whom, why = merge(whom, m.Whom), m.Why
	}
	return whom, why
}
