package service

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/rules"
)

type broker struct{ said []byte }

func (b *broker) Publish(_ string, payload []byte) error {
	b.said = payload
	return nil
}

// A speaker that was off is not to speak of what has long been over.
func TestASpeakerIsToldWhenItIsTooLate(t *testing.T) {
	b := &broker{}
	ways, err := channels.New(channels.Config{Publisher: b})
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2026, 11, 27, 4, 10, 0, 0, time.UTC)
	_, err = carrier{ways}.Carry(t.Context(), deliveries.Message{
		Key: "d1", Alert: "a1", About: deliveries.OfAlert, Severity: rules.Critical, Channel: deliveries.Channel{Kind: deliveries.Speaker, Address: "speaker-1"},
		Letter: deliveries.Letter{Text: "Somebody is coming."}, Until: until,
	})
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Until time.Time }
	if err := json.Unmarshal(b.said, &said); err != nil || !said.Until.Equal(until) {
		t.Errorf("said %s, %v: want until %s", b.said, err, until)
	}
}
