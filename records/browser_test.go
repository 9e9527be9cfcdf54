package records_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

const (
	subscribed = `{"endpoint":"https://push.example.org/a&b","expirationTime":null,"keys":{"auth":"c2VjcmV0","p256dh":"cG9pbnQ"}}`
	kept       = `{"endpoint":"https://push.example.org/a\u0026b","keys":{"p256dh":"cG9pbnQ","auth":"c2VjcmV0"}}`
	renewed    = `{"endpoint":"https://push.example.org/c","keys":{"p256dh":"cG9pbnQ","auth":"c2VjcmV0"}}`
)

func (n *neighbourhood) browser(contact string) records.Channel {
	n.Helper()
	c, err := n.people.AddChannel(n.Context(), records.Channel{Contact: contact, Kind: records.WebPush, Address: subscribed, Label: "phone of " + contact})
	n.must(err)
	return c
}

// A browser says itself where it is reached from now on, whoever uses it.
func TestABrowserRenewsItsSubscription(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		n.contact("lin", "")
		n.contact("hong", "")
		first, second := n.browser("lin"), n.browser("hong")
		if first.Address != kept || first.Endpoint() != "https://push.example.org/a&b" {
			n.Errorf("kept as %s, endpoint %s", first.Address, first.Endpoint())
		}
		_, err := n.people.AddChannel(ctx, records.Channel{Contact: "lin", Kind: records.WebPush, Address: kept})
		n.refused(err, records.ErrConflict, records.CodeChannelExists, "this channel already")
		n.must(n.people.ChannelWorked(ctx, n.db, first.ID, n.now))

		n.must(n.people.RenewSubscription(ctx, subscribed, renewed))
		for contact, id := range map[string]string{"lin": first.ID, "hong": second.ID} {
			c, err := n.people.Contact(ctx, contact)
			n.must(err)
			if len(c.Channels) != 1 || c.Channels[0].ID != id || c.Channels[0].Address != renewed {
				n.Errorf("%s: %+v", contact, c.Channels)
			}
		}
		if c, err := n.people.Contact(ctx, "lin"); err != nil || !c.Channels[0].WorkedAt.Equal(n.now) {
			n.Errorf("it is another browser: %+v %v", c.Channels, err)
		}
		n.refused(n.people.RenewSubscription(ctx, subscribed, renewed), records.ErrNotFound, "channel.not_found", "not found")
		n.refused(n.people.RenewSubscription(ctx, renewed, "wrong"), records.ErrInvalid, "channel.invalid", "is wrong")
		n.refused(n.people.RenewSubscription(ctx, "", renewed), records.ErrNotFound, "channel.not_found", "not found")
	})
}

// What ended is used no more, and its person hears of it.
func TestAChannelThatEnded(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		n.contact("lin", "")
		n.contact("hong", "")
		c := n.browser("lin")
		n.must(n.people.ChannelEnded(ctx, n.db, c.ID, n.now)) // which did not fail
		if of, err := n.people.Contact(ctx, "lin"); err != nil || len(of.Channels) != 1 {
			n.Fatalf("it is taken out: %+v %v", of, err)
		}
		at := n.now.Add(-time.Minute)
		n.must(n.people.ChannelFailed(ctx, n.db, c.ID, at, "HTTP 410"))
		n.must(n.people.ChannelEnded(ctx, n.db, c.ID, n.now))
		if of, err := n.people.Contact(ctx, "lin"); err != nil || len(of.Channels) != 0 {
			n.Errorf("it is there: %+v %v", of, err)
		}
		ended, err := n.people.EndedChannels(ctx, "lin")
		n.must(err)
		if len(ended) != 1 || ended[0].ID != c.ID || ended[0].Label != "phone of lin" || ended[0].Fault != "HTTP 410" || !ended[0].FailedAt.Equal(at) || ended[0].Address != "" {
			n.Errorf("ended: %+v", ended)
		}
		n.refused(n.people.RenewSubscription(ctx, subscribed, renewed), records.ErrNotFound, "channel.not_found", "not found")
		n.refused(n.people.ForgetEnded(ctx, "hong", c.ID), records.ErrNotFound, "channel.not_found", "not found")
		n.must(n.people.ForgetEnded(ctx, "lin", c.ID))
		n.refused(n.people.ForgetEnded(ctx, "lin", c.ID), records.ErrNotFound, "channel.not_found", "not found")
		if ended, err := n.people.EndedChannels(ctx, "lin"); err != nil || len(ended) != 0 {
			n.Errorf("forgotten: %+v %v", ended, err)
		}

		again := n.browser("lin")
		n.must(n.people.ChannelFailed(ctx, n.db, again.ID, at, "HTTP 404"))
		n.must(n.people.ChannelEnded(ctx, n.db, again.ID, n.now))
		n.must(n.people.RemoveContact(ctx, "lin", ""))
		if ended, err := n.people.EndedChannels(ctx, "lin"); err != nil || len(ended) != 0 {
			n.Errorf("of somebody who is gone: %+v %v", ended, err)
		}
	})
}
