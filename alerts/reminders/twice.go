package reminders

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// Twice are the medicines that two residents are both reminded of, by what they are
// called: whoever is one person must not take them twice.
func Twice(ctx context.Context, db bun.IDB, one, other string) ([]string, error) {
	mine, err := listIn(ctx, db, func(q *bun.SelectQuery) {
		q.Where("resident IN (?)", bun.In([]string{one, other})).Where("kind = ?", Medication).Where("ended_at IS NULL")
	})
	if err != nil {
		return nil, fmt.Errorf("compare the reminders of two residents: %w", err)
	}
	of := map[string]string{}
	var twice []string
	for _, r := range mine {
		name := strings.ToLower(strings.Join(strings.Fields(r.What), " "))
		if whose, known := of[name]; known && whose != r.Resident {
			twice = append(twice, r.What)
		}
		of[name] = r.Resident
	}
	return twice, nil
}
