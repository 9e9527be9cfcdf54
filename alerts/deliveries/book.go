package deliveries

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Attempt is one try at a delivery.
type Attempt struct {
	N           int
	At, EndedAt time.Time // the end is zero while it is under way, and when whoever made it died
	Outcome     string    // "accepted", "refused", "failed"; "" while it is not known
	Answer      string
	// Said is what the provider was handed: subject and text, without links. It is ""
	// while that is not known, and of what went in a digest, which tells of others too.
	Said string
}

// Book is where it is read what became of deliveries.
type Book struct{ db *store.DB }

// NewBook returns the deliveries in db.
func NewBook(db *store.DB) *Book { return &Book{db} }

// Of are the deliveries about an alert, its news too, in their order.
func (b *Book) Of(ctx context.Context, alert string) ([]Delivery, error) {
	find := b.db.NewSelect().Where("subject = ?", alert).Where("about IN (?)", bun.In([]About{OfAlert, OfNews})).Order("queued_at", "id")
	list, err := b.list(ctx, find)
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of alert %s: %w", alert, err)
	}
	return list, nil
}

// Get returns one delivery.
func (b *Book) Get(ctx context.Context, id string) (Delivery, error) {
	list, err := b.list(ctx, b.db.NewSelect().Where("id = ?", id))
	if err == nil && len(list) == 0 {
		err = store.NotFound("delivery", id)
	}
	if err != nil {
		return Delivery{}, fmt.Errorf("read delivery %s: %w", id, err)
	}
	return list[0], nil
}

// Failed are the deliveries that failed last, newest first; before is the id of the
// last one of the page before, "" for the first page.
func (b *Book) Failed(ctx context.Context, before string, limit int64) ([]Delivery, error) {
	find := b.db.NewSelect().Where("status = ?", Failed).OrderExpr("ended_at DESC, id DESC").Limit(limit)
	if before != "" {
		last, err := b.Get(ctx, before)
		if err != nil {
			return nil, err
		}
		at := store.Millis(last.EndedAt)
		find = find.Where("(ended_at < ? OR ended_at = ? AND id < ?)", at, at, last.ID)
	}
	list, err := b.list(ctx, find)
	if err != nil {
		return nil, fmt.Errorf("read which deliveries failed: %w", err)
	}
	return list, nil
}

func (b *Book) list(ctx context.Context, find *bun.SelectQuery) ([]Delivery, error) {
	var rows []row
	if err := find.Model(&rows).Scan(ctx); err != nil {
		return nil, err
	}
	list := make([]Delivery, len(rows))
	for i := range rows {
		list[i] = rows[i].delivery()
	}
	return list, nil
}

// Attempts are those at deliveries, by the delivery's id, oldest first. Those at a
// digest stand for all that went in it.
func (b *Book) Attempts(ctx context.Context, of []Delivery) (map[string][]Attempt, error) {
	var ids []string
	for _, d := range of {
		ids = append(ids, d.ID)
		if d.Digest != "" {
			ids = append(ids, d.Digest)
		}
	}
	attempts := map[string][]Attempt{}
	for some := range slices.Chunk(compact(ids), rowsAtOnce) {
		var rows []attemptRow
		if err := b.db.NewSelect().Model(&rows).Where("delivery IN (?)", bun.In(some)).Order("delivery", "n").Scan(ctx); err != nil {
			return nil, fmt.Errorf("read the attempts at deliveries: %w", err)
		}
		for _, r := range rows {
			attempts[r.Delivery] = append(attempts[r.Delivery], Attempt{N: r.N, At: store.Time(r.At), EndedAt: store.Time(r.EndedAt), Outcome: r.Outcome, Answer: r.Answer, Said: r.Said})
		}
	}
	for _, d := range of {
		if d.Digest != "" && len(attempts[d.ID]) == 0 {
			attempts[d.ID] = slices.Clone(attempts[d.Digest])
			for i := range attempts[d.ID] {
				attempts[d.ID][i].Said = ""
			}
		}
	}
	return attempts, nil
}

// Disclosed are the messages about a resident that have gone out to others and may have
// said something of their health, the newest first. Whether they did is the channel's to
// say, see [Channel]: residents are told of themselves, and neighbours of nobody's health.
func (b *Book) Disclosed(ctx context.Context, resident string, limit int64) ([]Delivery, error) {
	list, err := b.list(ctx, b.db.NewSelect().Where("d.resident = ?", resident).Where("d.sent_at IS NOT NULL").
		Where("d.relation NOT IN (?)", bun.In([]Relation{Resident, Neighbour})).Where("d.about <> ?", OfTest).OrderExpr("d.sent_at DESC, d.id DESC").Limit(limit))
	if err != nil {
		return nil, fmt.Errorf("read what others were told of resident %s: %w", resident, err)
	}
	return list, nil
}
