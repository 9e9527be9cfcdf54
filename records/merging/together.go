package merging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// All are all merges, the oldest first, read in a transaction.
func All(ctx context.Context, db bun.IDB) ([]Merge, error) {
	var rows []mergeRow
	if err := db.NewSelect().Model(&rows).Order("made_at", "id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list merges: %w", err)
	}
	list := make([]Merge, len(rows))
	for i := range rows {
		list[i] = rows[i].merge()
	}
	return list, nil
}

// Together are the names of whose file a resident's was at a moment: their own, and those
// of the files that had gone into it, undone since or not.
func Together(merges []Merge, resident string, at time.Time) []string {
	names := []string{resident}
	for i := 0; i < len(names); i++ {
		for _, m := range merges {
			held := !m.At.After(at) && (m.Holds() || !m.UndoneAt.Before(at))
			if held && m.Survivor == names[i] && !slices.Contains(names, m.Other) {
				names = append(names, m.Other)
			}
		}
	}
	return names
}
