package deliveries

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// mostTests is how many tests a contact is sent an hour: whoever may name an address
// must not be able to have Anxin write to it again and again.
const mostTests = 10

// Test sends a test message to a contact over one of its channels, and returns the
// delivery's id. When it was sent the channel counts as one that works; when the
// contact answers by its link, as confirmed. Too many in an hour are a conflict.
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
		hourAgo := store.Millis(d.now().Add(-time.Hour))
		n, err := tx.NewSelect().Model((*row)(nil)).Where("contact = ?", contact).Where("NOT gathered").Where("due_at > ?", hourAgo).Where("about = ?", OfTest).Count(ctx)
		if err != nil {
			return fmt.Errorf("count the tests of an hour: %w", err)
		}
		if n >= mostTests {
			return &store.Fault{Kind: store.ErrConflict, Code: "test.too_many", Entity: "contact", ID: contact, Detail: "was sent as many tests as there may be in an hour"}
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
