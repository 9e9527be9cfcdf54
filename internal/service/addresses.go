package service

import (
	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// addressBook takes the addresses that something can be sent to: what is kept is
// checked as what is sent.
type addressBook struct {
	registry *devices.Registry
	forms    channels.Forms
}

// Check implements [records.Addresses].
func (b addressBook) Check(kind records.ChannelKind, address string) error {
	if err := b.forms.Check(channels.Kind(kind), address); err != nil {
		return err
	}
	if kind != records.Speaker {
		return nil
	}
	if _, ok := b.registry.Device(devices.Native, address); !ok {
		return &store.Fault{Kind: store.ErrInvalid, Code: channels.CodeAddress, Entity: "channel", ID: string(kind), Detail: "is no device that is known here"}
	}
	return nil
}
