package records

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// subscription is what a browser says of how it is reached by Web Push. Who knows
// all of it can send: only the browser and we do.
type subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     struct {
		P256dh string `json:"p256dh"`
		Auth   string `json:"auth"`
	} `json:"keys"`
}

// settleSubscription puts a subscription in the one form in which it is kept,
// whatever else a browser says with it, so that it is known again. What is none
// stays as it is: the check of addresses says so.
func settleSubscription(address string) string {
	var s subscription
	if json.Unmarshal([]byte(address), &s) != nil || s.Endpoint == "" || s.Keys.P256dh == "" || s.Keys.Auth == "" {
		return address
	}
	text, err := json.Marshal(s)
	if err != nil {
		return address
	}
	return string(text)
}

// Endpoint is where the push service takes what is for a browser, "" for a channel
// of another kind. It is secret.
func (c Channel) Endpoint() string {
	var s subscription
	if c.Kind != WebPush || json.Unmarshal([]byte(c.Address), &s) != nil {
		return ""
	}
	return s.Endpoint
}

// RenewSubscription keeps how a browser is reached from now on, of which the old
// subscription is proof enough: it says so at night too, when nobody is signed in.
// ErrNotFound when nobody has the old one. What is known of the channel stays, for
// it is the same browser.
func (p *People) RenewSubscription(ctx context.Context, old, fresh string) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []channelRow
		err := tx.NewSelect().Model(&rows).Where("kind = ? AND address = ?", WebPush, settleSubscription(old)).Where("removed_at IS NULL").Scan(ctx)
		if err == nil && len(rows) == 0 {
			err = store.NotFound("channel", "")
		}
		if err != nil {
			return err
		}
		for i := range rows { // of all who use the browser
			c := rows[i].channel()
			c.Address = fresh
			if err := p.fit(&c, rows[i].Address); err != nil {
				return err
			}
			if _, err := tx.NewUpdate().Table("contact_channels").Set("address = ?", c.Address).Where("id = ?", c.ID).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("renew the subscription of a browser: %w", err)
	}
	return nil
}

// ChannelEnded takes out a channel that failed and will never work again, and
// forgets its address. Why it failed, and what it was called, stay until
// [People.ForgetEnded]: its person is to hear of it.
func (p *People) ChannelEnded(ctx context.Context, db bun.IDB, channel string, at time.Time) error {
	_, err := db.NewUpdate().Table("contact_channels").Set("removed_at = ?", at.UnixMilli()).Set("address = ''").
		Where("id = ?", channel).Where("removed_at IS NULL").Where("fault <> ''").Exec(ctx)
	if err != nil {
		return fmt.Errorf("take out channel %q, which ended: %w", channel, err)
	}
	return nil
}

// EndedChannels are those of a contact that ended by themselves, the last one
// first, without addresses.
func (p *People) EndedChannels(ctx context.Context, contact string) ([]Channel, error) {
	var rows []channelRow
	err := p.db.NewSelect().Model(&rows).Where("contact = ?", contact).Where("removed_at IS NOT NULL").Where("fault <> ''").Order("removed_at DESC", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which channels of contact %q ended: %w", contact, err)
	}
	var list []Channel
	for i := range rows {
		list = append(list, rows[i].channel())
	}
	return list, nil
}

// ForgetEnded forgets a channel of a contact that ended, once its person knows.
func (p *People) ForgetEnded(ctx context.Context, contact, id string) error {
	result, err := p.db.NewUpdate().Table("contact_channels").Set("label = ''").Set("fault = ''").
		Where("id = ?", id).Where("contact = ?", contact).Where("removed_at IS NOT NULL").Where("fault <> ''").Exec(ctx)
	var n int64
	if err == nil {
		n, err = result.RowsAffected()
	}
	if err == nil && n == 0 {
		err = store.NotFound("channel", id)
	}
	if err != nil {
		return fmt.Errorf("forget a channel that ended: %w", about("channel", id, err))
	}
	return nil
}
