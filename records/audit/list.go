package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/store"
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

// Has reports whether there is an entry with this hash.
func (l *Log) Has(ctx context.Context, hash string) (bool, error) {
	has, err := l.db.NewSelect().Model((*row)(nil)).Where("hash = ?", hash).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for a hash in the audit: %w", err)
	}
	return has, nil
}

// Signed reports whether an entry says that this was signed. Of what was signed before
// the oldest entry that is kept it is true: nothing is known.
func (l *Log) Signed(ctx context.Context, what string, at time.Time) (bool, error) {
	// The action stands in the statement itself, for the index is of such rows alone.
	has, err := l.db.NewSelect().Model((*row)(nil)).Where("action = 'sign'").Where("what = ?", what).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for what was signed in the audit: %w", err)
	}
	if has {
		return true, nil
	}
	var chain chainRow
	if err := l.db.NewSelect().Model(&chain).Scan(ctx); err != nil {
		return false, fmt.Errorf("read the beginning of the audit: %w", err)
	}
	if chain.FirstSeq <= 1 {
		return false, nil
	}
	var oldest row
	if err := l.db.NewSelect().Model(&oldest).Order("seq").Limit(1).Scan(ctx); err != nil {
		return false, fmt.Errorf("read the beginning of the audit: %w", err)
	}
	return at.Before(store.Time(oldest.At)), nil
}

// Signatures are the entries about what was signed that begin like this, and go on with a
// hash in hexadecimal, the oldest first: what nobody can take away without breaking the
// chain.
func (l *Log) Signatures(ctx context.Context, begin string) ([]Entry, error) {
	var rows []row
	// By the index of what was signed: LIKE alone reads all that is kept of six years. What
	// it has at the ends besides goes by LIKE, whatever the database's order of letters.
	err := l.db.NewSelect().Model(&rows).Where("action = 'sign'").Where("what >= ?", begin).Where("what < ?", begin+"g").
		Where("what LIKE ?", begin+"%").Order("seq").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list what was signed in the audit: %w", err)
	}
	entries := make([]Entry, len(rows))
	for i := range rows {
		entries[i] = rows[i].entry()
	}
	return entries, nil
}

// Last is the hash of the newest entry, and which it is; 0 without any.
func (l *Log) Last(ctx context.Context) (seq int64, hash string, err error) {
	var chain chainRow
	if err := l.db.NewSelect().Model(&chain).Scan(ctx); err != nil {
		return 0, "", fmt.Errorf("read the end of the audit: %w", err)
	}
	return chain.LastSeq, chain.LastHash, nil
}
