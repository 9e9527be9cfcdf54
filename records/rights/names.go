package rights

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"
)

// namesOf are what residents are called by their files, and were called before.
func namesOf(ctx context.Context, db bun.IDB, residents []string) ([]string, error) {
	var all []string
	var now []struct{ Name, Called string }
	if err := db.NewSelect().Table("residents").Column("name", "called").Where("id IN (?)", bun.In(residents)).Scan(ctx, &now); err != nil {
		return nil, fmt.Errorf("read what residents are called: %w", err)
	}
	for _, one := range now {
		all = append(all, one.Name, one.Called)
	}
	var bodies []string
	if err := db.NewSelect().Table("resident_versions").Column("body").Where("resident IN (?)", bun.In(residents)).Scan(ctx, &bodies); err != nil {
		return nil, fmt.Errorf("read what residents were called: %w", err)
	}
	for _, body := range bodies {
		var was struct{ Name, Called string }
		if err := json.Unmarshal([]byte(body), &was); err != nil {
			return nil, fmt.Errorf("read what residents were called: %w", err)
		}
		all = append(all, was.Name, was.Called)
	}
	return all, nil
}
