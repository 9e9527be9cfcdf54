package escalation

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
)

// File is all that is kept about the telling of an alert.
type File struct {
	State
	// Made is what was told, oldest first.
	Made []Made
	// Coming are whom is told when it is due, and what for, if nothing changes until
	// then.
	Coming    []string
	ComingWhy Why
}

// File returns what was told of an alert, and who is told next. Of one that nobody
// was told of yet it is empty.
func (r *Runner) File(ctx context.Context, alert string) (file File, err error) {
	err = r.DB.View(ctx, func(ctx context.Context, tx bun.Tx) error {
		file, err = r.file(ctx, tx, alert)
		return err
	})
	if err != nil {
		return File{}, fmt.Errorf("read what was told of alert %s: %w", alert, err)
	}
	return file, nil
}

func (r *Runner) file(ctx context.Context, tx bun.Tx, alert string) (file File, err error) {
	states, err := readStates(ctx, tx, []string{alert})
	if err != nil {
		return file, err
	}
	file.State = states[alert]
	var rows []stepRow
	if err := tx.NewSelect().Model(&rows).Where("alert = ?", alert).OrderExpr("n").Scan(ctx); err != nil {
		return file, err
	}
	for i := range rows {
		file.Made = append(file.Made, rows[i].made())
	}
	if file.Due.IsZero() {
		return file, nil
	}
	news, err := alerts.ReadNews(ctx, tx, []string{alert})
	if err != nil || len(news) == 0 {
		return file, err
	}
	facts := factsOf(&news[0])
	facts.New = nil
	circles, err := r.Circles.Circles(ctx, tx, []About{facts.About}, file.Due)
	if err != nil {
		return file, err
	}
	circle := circles[facts.About]
	for _, m := range Plan(file.State, facts, &circle, file.Policy, file.Due).Made {
		file.Coming, file.ComingWhy = merge(file.Coming, m.Whom), m.Why
	}
	return file, nil
}
