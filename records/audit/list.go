package audit

import (
	"context"
	"fmt"
)

// Query says which entries; the zero one means all.
type Query struct {
	Resident string
	Actor    string
	Action   Action
	// Before is the Seq of the last entry of the page before, and Limit how many
	// make a page; 0 for all.
	Before int64
	Limit  int
}

// List returns entries, the newest first.
func (l *Log) List(ctx context.Context, q Query) ([]Entry, error) {
	var rows []row
	query := l.db.NewSelect().Model(&rows).Order("seq DESC").Limit(int64(q.Limit))
	if q.Resident != "" {
		query.Where("resident = ?", q.Resident)
	}
	if q.Actor != "" {
		query.Where("actor = ?", q.Actor)
	}
	if q.Action != "" {
		query.Where("action = ?", q.Action)
	}
	if q.Before > 0 {
		query.Where("seq < ?", q.Before)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	list := make([]Entry, len(rows))
	for i, r := range rows {
		list[i] = r.entry()
	}
	return list, nil
}
