package deliveries

import (
	"context"
	"fmt"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Test sends a test message to a contact over one of its channels, and returns the
// delivery's id. When it was sent the channel counts as one that works; when the
// contact answers by its link, as confirmed.
func (d *Deliveries) Test(ctx context.Context, contact, channel string) (id string, err error) {
	telling := Telling{About: OfTest, Subject: ulid.Make().String(), Step: 1, Says: Plain, Who: Who{Contact: contact}, Severity: rules.Critical, Channel: channel}
	err = d.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := d.people.Contacts(ctx, tx, []Who{telling.Who})
		if err != nil {
			return err
		}
		c, ok := known[telling.Who]
		if !ok {
			return store.NotFound("contact", contact)
		}
		if !slices.ContainsFunc(c.Channels, func(ch Channel) bool { return ch.ID == channel }) {
			return store.NotFound("channel", channel)
		}
		if err := d.queue(ctx, tx, []Telling{telling}); err != nil {
			return err
		}
		return tx.NewSelect().Model((*row)(nil)).Column("id").Where("subject = ?", telling.Subject).Scan(ctx, &id)
	})
	if err != nil {
		return "", fmt.Errorf("test channel %s of contact %s: %w", channel, contact, err)
	}
	d.Committed([]Telling{telling})
	return id, nil
}
