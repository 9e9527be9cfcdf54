package panels

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
)

// CareBook keeps what the rules go by. It is records.CareBook.
type CareBook interface {
	Care(ctx context.Context, resident string) (records.CareVersion, error)
	CareHistory(ctx context.Context, resident string) ([]records.CareVersion, error)
	Check(resident string, c records.Care) error
	SetCare(ctx context.Context, resident string, c records.Care, by records.Change) (records.CareVersion, error)
}

// CareMaker makes changes of what the rules go by of a resident: limits, conditions
// and plans.
type CareMaker struct{ Book CareBook }

// Check implements [Maker].
func (m CareMaker) Check(ctx context.Context, resident string, c Change) error {
	is, err := m.Book.Care(ctx, resident)
	if err != nil {
		return err
	}
	to, err := changed(is.Care, c)
	if err != nil {
		return err
	}
	return m.Book.Check(resident, to)
}

// Is implements [Maker].
func (m CareMaker) Is(ctx context.Context, resident string, c Change) (string, error) {
	is, err := m.Book.Care(ctx, resident)
	if err != nil {
		return "", err
	}
	switch c.Kind {
	case OfLimit:
		if v, ok := is.Limits[c.Target]; ok {
			return number(v), nil
		}
		return "", nil
	case OfCondition:
		if slices.Contains(is.Conditions, c.Target) {
			return "on", nil
		}
		return "off", nil
	}
	if every, ok := is.Planned[c.Target]; ok {
		return everyText(every), nil
	}
	return "", nil
}

// Make implements [Maker].
func (m CareMaker) Make(ctx context.Context, resident string, c Change, order Order) (string, error) {
	is, err := m.Book.Care(ctx, resident)
	if err != nil {
		return "", err
	}
	to, err := changed(is.Care, c)
	if err != nil {
		return "", err
	}
	after, err := m.Book.SetCare(ctx, resident, to, records.Change{By: order.By, Reason: order.Reason, From: &is.Version})
	if err != nil {
		return "", err
	}
	return careLine(after), nil
}

// Made implements [Maker].
func (m CareMaker) Made(ctx context.Context, resident string, _ Change, order Order) (string, time.Time, error) {
	versions, err := m.Book.CareHistory(ctx, resident)
	if err != nil {
		return "", time.Time{}, err
	}
	for _, v := range versions {
		if order.made(v.Reason) {
			return careLine(v), v.ChangedAt, nil
		}
	}
	return "", time.Time{}, nil
}

func careLine(v records.CareVersion) string { return fmt.Sprintf("care version %d", v.Version) }

// made reports whether a reason is that of the change.
func (o *Order) made(reason string) bool {
	return reason == o.Key || strings.HasPrefix(reason, o.Key+": ")
}

// changed is a care after a change.
func changed(is records.Care, c Change) (records.Care, error) {
	to := is
	switch c.Kind {
	case OfLimit:
		if to.Limits = maps.Clone(is.Limits); to.Limits == nil {
			to.Limits = map[string]float64{}
		}
		if delete(to.Limits, c.Target); c.To != "" {
			v, err := strconv.ParseFloat(c.To, 64)
			if err != nil {
				return to, fmt.Errorf("limit %s: %w", c.Target, err)
			}
			to.Limits[c.Target] = v
		}
	case OfCondition:
		to.Conditions = slices.DeleteFunc(slices.Clone(is.Conditions), func(known string) bool { return known == c.Target })
		if c.To == "on" {
			to.Conditions = append(to.Conditions, c.Target)
		}
	case OfPlan:
		if to.Planned = maps.Clone(is.Planned); to.Planned == nil {
			to.Planned = map[string]time.Duration{}
		}
		if delete(to.Planned, c.Target); c.To != "" {
			every, err := parseEvery(c.To)
			if err != nil {
				return to, fmt.Errorf("plan of %s: %w", c.Target, err)
			}
			to.Planned[c.Target] = every
		}
	}
	return to, nil
}

// FileBook keeps health files. It is healthfile.Book.
type FileBook interface {
	Kind(ctx context.Context, resident string, k healthfile.Kind) ([]healthfile.Entry, error)
	Add(ctx context.Context, resident string, body healthfile.Body, by records.Change) (healthfile.Entry, error)
}

// ReferralMaker makes tasks of referrals.
type ReferralMaker struct{ Book FileBook }

// Check implements [Maker]: what is wrong with a referral it says itself.
func (ReferralMaker) Check(context.Context, string, Change) error { return nil }

// Is implements [Maker]. A referral is always new.
func (ReferralMaker) Is(context.Context, string, Change) (string, error) { return "", nil }

// Make implements [Maker].
func (m ReferralMaker) Make(ctx context.Context, resident string, c Change, order Order) (string, error) {
	what := []rune(c.After())
	task := healthfile.Task{What: string(what[:min(len(what), mostWords)]), Who: c.Errand.To, Status: "planned", Note: c.Why, Due: healthfile.Day(c.Errand.By.String())}
	e, err := m.Book.Add(ctx, resident, &task, records.Change{By: order.By, Reason: order.Reason})
	if err != nil {
		return "", err
	}
	return "task " + e.ID, nil
}

// Made implements [Maker].
func (m ReferralMaker) Made(ctx context.Context, resident string, _ Change, order Order) (string, time.Time, error) {
	tasks, err := m.Book.Kind(ctx, resident, healthfile.ATask)
	if err != nil {
		return "", time.Time{}, err
	}
	for _, e := range tasks {
		if order.made(e.Reason) {
			return "task " + e.ID, e.ChangedAt, nil
		}
	}
	return "", time.Time{}, nil
}
