package simulate

import (
	"context"
	"errors"
	"fmt"
)

// SOS is the button by which a resident calls for help, and what it publishes when
// it is pressed; false for a resident who has none.
func (n *Homes) SOS(resident string) (*Device, Message, bool) {
	for i := range n.Residents {
		if n.Residents[i].ID != resident {
			continue
		}
		for _, d := range n.DevicesOf(&n.Residents[i]) {
			if d.Make == SOSButton {
				return d, Message{Topic: d.External, Payload: []byte(`{"action":"emergency"}`)}, true
			}
		}
	}
	return nil, Message{}, false
}

// Press presses the SOS button of a resident, and waits until the broker has it.
func (p *Player) Press(ctx context.Context, resident string) error {
	button, message, ok := p.cfg.Homes.SOS(resident)
	if !ok {
		return fmt.Errorf("resident %s has no SOS button", resident)
	}
	for _, l := range p.links {
		if l.login != button.Login() {
			continue
		}
		token := l.client.Publish(message.Topic, 1, false, message.Payload)
		select {
		case <-token.Done():
			return token.Error()
		case <-ctx.Done():
			return fmt.Errorf("press the button of %s: %w", resident, ctx.Err())
		}
	}
	return errors.New("the home is not connected")
}
