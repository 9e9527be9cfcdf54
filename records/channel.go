package records

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/uptrace/bun"
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

// ChannelWorked notes that something got through over a channel.
func (p *People) ChannelWorked(ctx context.Context, db bun.IDB, channel string, at time.Time) error {
	_, err := db.NewUpdate().Model((*channelRow)(nil)).Set("worked_at = ?", at.UnixMilli()).Set("fault = ''").Where("id = ?", channel).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note that channel %q worked: %w", channel, err)
	}
	return nil
}

// ChannelFailed notes that something did not get through over a channel, and why.
func (p *People) ChannelFailed(ctx context.Context, db bun.IDB, channel string, at time.Time, fault string) error {
	_, err := db.NewUpdate().Model((*channelRow)(nil)).Set("failed_at = ?", at.UnixMilli()).Set("fault = ?", fault).Where("id = ?", channel).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note that channel %q failed: %w", channel, err)
	}
	return nil
}
