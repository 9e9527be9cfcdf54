package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

const (
	// mostChannels bounds how many a contact has.
	mostChannels = 20
	// longestAddress is in characters; a browser's subscription takes some 500.
	longestAddress = 4000
)

// Masked is the address as it may be shown: without what lets its reader send.
func (c Channel) Masked() string {
	const hidden = "…"
	address := c.Address
	switch c.Kind {
	case Chat: // which part is the secret differs by service
		if u, err := url.Parse(address); err == nil && u.Scheme != "" {
			return u.Scheme + "://" + hidden
		}
		return hidden
	case WebPush:
		var subscription struct {
			Endpoint string `json:"endpoint"`
		}
		if json.Unmarshal([]byte(address), &subscription) == nil {
			address = subscription.Endpoint
		}
		fallthrough
	case Webhook:
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return u.Scheme + "://" + u.Host + "/" + hidden
		}
		return hidden
	}
	return address
}

// AddChannel gives a contact one more channel, behind those that it has, and
// returns it as it is kept.
func (p *People) AddChannel(ctx context.Context, c Channel) (Channel, error) {
	c.ID, c.AddedAt = ulid.Make().String(), p.moment()
	if err := p.fit(&c, ""); err != nil {
		return Channel{}, fmt.Errorf("add %w", err)
	}
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		of, err := findContact(ctx, tx, c.Contact)
		if err != nil {
			return err
		}
		if len(of.Channels) >= mostChannels {
			return &store.Fault{Kind: ErrConflict, Code: CodeManyChannels, Entity: "contact", ID: of.ID, Detail: "has no room for more channels"}
		}
		if err := only(of.Channels, c); err != nil {
			return err
		}
		row := channelRowOf(c)
		row.N = len(of.Channels) + 1
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		return Channel{}, fmt.Errorf("add a channel: %w", about("contact", c.Contact, err))
	}
	return c, nil
}

// fit puts the channel in the form in which it is kept, and checks it. An address
// that was kept is not checked again: what is allowed may have changed.
func (p *People) fit(c *Channel, kept string) error {
	wrong := c.settle()
	if c.Kind == WebPush {
		c.Address = settleSubscription(c.Address)
	}
	if c.Address == kept {
		return store.Invalid("channel", c.ID, wrong)
	}
	var why *store.Fault
	if text := checkLength("address", c.Address, longestAddress); len(text) > 0 {
		wrong = append(wrong, text...)
	} else if slices.Contains(channelKinds, c.Kind) {
		if err := p.addresses.Check(c.Kind, c.Address); err != nil {
			message := err.Error()
			if fault, ok := errors.AsType[*store.Fault](err); ok {
				why, message = fault, fault.Detail
			}
			wrong = append(wrong, store.Field{Path: "address", Message: message})
		}
	}
	if why == nil || len(wrong) > 1 {
		return store.Invalid("channel", c.ID, wrong)
	}
	// Programs and pages go by what is wrong with the address alone.
	return &store.Fault{Kind: ErrInvalid, Code: why.Code, Entity: "channel", ID: c.ID, Params: map[string]string{"kind": string(c.Kind)}, Fields: wrong}
}

// only checks that no other of the channels leads to the same address.
func only(channels []Channel, c Channel) error {
	same := func(other Channel) bool {
		return other.ID != c.ID && other.Kind == c.Kind && other.Address == c.Address
	}
	if slices.ContainsFunc(channels, same) {
		return &store.Fault{Kind: ErrConflict, Code: CodeChannelExists, Entity: "contact", ID: c.Contact, Detail: "has this channel already"}
	}
	return nil
}

func channelRowOf(c Channel) channelRow {
	return channelRow{
		ID: c.ID, Contact: c.Contact, Kind: c.Kind, Address: c.Address, Label: c.Label, Trusted: c.Trusted, From: c.From, LoudFrom: c.LoudFrom,
		AddedAt: store.Millis(c.AddedAt), ConfirmedAt: store.Millis(c.ConfirmedAt), WorkedAt: store.Millis(c.WorkedAt), FailedAt: store.Millis(c.FailedAt), Fault: c.Fault,
	}
}

// ChannelChange is what becomes different of a channel; nil for what stays.
type ChannelChange struct {
	Address, Label *string
	Trusted        *bool
	From, LoudFrom *Severity
	// Place is where it comes in the order, from 1.
	Place *int
}

// ChangeChannel changes a channel of a contact and returns it. At another
// address it has never worked yet.
func (p *People) ChangeChannel(ctx context.Context, contact, id string, change ChannelChange) (Channel, error) {
	var c Channel
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		channels, i, err := findChannel(ctx, tx, contact, id)
		if err != nil {
			return err
		}
		c = channels[i]
		kept := c.Address
		set(&c.Label, change.Label)
		set(&c.Trusted, change.Trusted)
		set(&c.From, change.From)
		set(&c.LoudFrom, change.LoudFrom)
		if change.Address != nil && *change.Address != c.Address {
			c.Address = *change.Address
			c.ConfirmedAt, c.WorkedAt, c.FailedAt, c.Fault = time.Time{}, time.Time{}, time.Time{}, ""
		}
		if err := p.fit(&c, kept); err != nil {
			return err
		}
		if err := only(channels, c); err != nil {
			return err
		}
		place := i + 1
		set(&place, change.Place)
		channels = moved(channels, i, c, place)
		return keepChannels(ctx, tx, channels)
	})
	if err != nil {
		return Channel{}, fmt.Errorf("change the channel: %w", about("channel", id, err))
	}
	return c, nil
}

// RemoveChannel takes a channel away from a contact, and forgets its address.
func (p *People) RemoveChannel(ctx context.Context, contact, id string) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		channels, i, err := findChannel(ctx, tx, contact, id)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw("UPDATE contact_channels SET removed_at = ?, address = '', label = '', fault = '' WHERE id = ?", p.moment().UnixMilli(), id).Exec(ctx)
		if err != nil {
			return err
		}
		return keepChannels(ctx, tx, slices.Delete(channels, i, i+1))
	})
	if err != nil {
		return fmt.Errorf("remove the channel: %w", about("channel", id, err))
	}
	return nil
}

// findChannel returns all channels of a contact, and which of them has the id.
func findChannel(ctx context.Context, db bun.IDB, contact, id string) ([]Channel, int, error) {
	of, err := findContact(ctx, db, contact)
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(of.Channels, func(c Channel) bool { return c.ID == id })
	if i < 0 {
		return nil, 0, store.NotFound("channel", id)
	}
	return of.Channels, i, nil
}

// keepChannels keeps the channels of a contact in their order.
func keepChannels(ctx context.Context, tx bun.Tx, channels []Channel) error {
	for i, c := range channels {
		row := channelRowOf(c)
		row.N = i + 1
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// moved is the list with its i-th one changed and at another place, from 1; a
// place behind the end is the end.
func moved[T any](list []T, i int, one T, place int) []T {
	list = slices.Delete(list, i, i+1)
	return slices.Insert(list, min(max(place, 1)-1, len(list)), one)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// ChannelWorked notes that something got through over a channel.
func (p *People) ChannelWorked(ctx context.Context, db bun.IDB, channel string, at time.Time) error {
	return note(ctx, db, channel, "worked_at", at, "")
}

// ChannelFailed notes that something did not get through over a channel, and why.
func (p *People) ChannelFailed(ctx context.Context, db bun.IDB, channel string, at time.Time, fault string) error {
	if fault == "" {
		return errors.New("note that a channel failed: nothing is said of why")
	}
	return note(ctx, db, channel, "failed_at", at, fault)
}

// ChannelConfirmed notes that its person was seen to have a channel.
func (p *People) ChannelConfirmed(ctx context.Context, db bun.IDB, channel string, at time.Time) error {
	return note(ctx, db, channel, "confirmed_at", at, "")
}

func note(ctx context.Context, db bun.IDB, channel, column string, at time.Time, fault string) error {
	_, err := db.NewUpdate().Table("contact_channels").Set("? = ?", bun.Ident(column), at.UnixMilli()).Set("fault = ?", fault).
		Where("id = ?", channel).Where("removed_at IS NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("note %s of channel %q: %w", column, channel, err)
	}
	return nil
}

// TrustedChannels are those of some channels that carry details of somebody's health,
// also when they were taken away since.
func (p *People) TrustedChannels(ctx context.Context, ids []string) (map[string]bool, error) {
	trusted := map[string]bool{}
	for some := range slices.Chunk(ids, 500) {
		var found []string
		if err := p.db.NewSelect().Table("contact_channels").Column("id").Where("id IN (?)", bun.In(some)).Where("trusted").Scan(ctx, &found); err != nil {
			return nil, fmt.Errorf("read which channels are trusted: %w", err)
		}
		for _, id := range found {
			trusted[id] = true
		}
	}
	return trusted, nil
}
