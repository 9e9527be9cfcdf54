package panels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// OpenByRules puts the questions that are to be put by rules: those of whom a rule has
// alerted so often, and of whom it has put none to the panel in as many days, nor any that is
// under way still. Of who has not agreed to ask panels none is put.
func (b *Book) OpenByRules(ctx context.Context) error {
	all, err := b.Panels(ctx, "")
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range all {
		if !p.Active {
			continue
		}
		for _, o := range p.Openers {
			if err := b.openByRule(ctx, &p, o); err != nil {
				errs = append(errs, fmt.Errorf("rule %s to panel %s: %w", o.Rule, p.ID, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (b *Book) openByRule(ctx context.Context, p *Panel, o Opener) error {
	now := b.moment()
	days := time.Duration(o.Days) * 24 * time.Hour
	counts, err := b.sources.Alerts.Counts(ctx, o.Rule, now.Add(-days))
	if err != nil {
		return err
	}
	var errs []error
	for resident, n := range counts {
		if n < o.Alerts {
			continue
		}
		put, err := putByRule(ctx, b.db, resident, p.ID, o.Rule, now.Add(-days))
		if err == nil && !put {
			_, err = b.Ask(ctx, Question{Resident: resident, Panel: p.ID, Text: b.questionOf(o, n), Urgency: Routine, Rule: o.Rule})
		}
		if fault, is := errors.AsType[*store.Fault](err); is && (fault.Code == CodeNoConsent || fault.Code == CodePut) {
			continue
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// putByRule reports whether a panel has a question about the resident under way, or was
// put one by the rule since a time.
func putByRule(ctx context.Context, db bun.IDB, resident, panel, rule string, since time.Time) (bool, error) {
	return db.NewSelect().Table("consultations").Where("resident = ?", resident).Where("panel = ?", panel).
		Where("status IN ('open', 'answered') OR rule = ? AND opened_at > ?", rule, store.Millis(since)).Exists(ctx)
}

// questionOf is what a rule asks, in both languages: it does not know who answers.
func (b *Book) questionOf(o Opener, n int) string {
	name, ok := b.sources.Alerts.RuleName(o.Rule)
	if !ok {
		name = Text{EN: o.Rule, ZH: o.Rule}
	}
	return fmt.Sprintf("The rule “%s” has alerted %d times in %d days. Is something to be changed?\n规则“%s”在 %d 天内报警 %d 次。是否需要调整？", name.EN, n, o.Days, name.ZH, o.Days, n)
}
