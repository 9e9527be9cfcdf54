package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/anxin-care/anxin/internal/mailbox"
	"github.com/anxin-care/anxin/internal/service"

	"github.com/anxin-care/anxin/simulate"
)

// demoSender is from whom the demo's e-mails come.
const demoSender = "Anxin 安心 <anxin@example.org>"

// demoPost takes the e-mails that the demo sends, and shows them.
type demoPost struct {
	*mailbox.Server
	box    *mailbox.Box
	log    *slog.Logger
	player atomic.Pointer[simulate.Player] // nil until the homes are connected
}

func openPost(ctx context.Context, log *slog.Logger) (*demoPost, error) {
	p := &demoPost{box: &mailbox.Box{}, log: log}
	var err error
	p.Server, err = mailbox.Listen(ctx, p.box, log)
	return p, err
}

// show adds the page of the e-mails to the dashboard, with a button by which a
// resident calls for help.
func (p *demoPost) show(ctx context.Context, s *service.Service, r *simulate.Resident) error {
	people, err := s.People.Contacts(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{} // by address
	for _, c := range people {
		for _, ch := range c.Channels {
			names[ch.Address] = c.Name
		}
	}
	nameOf := func(address string) string {
		if name, ok := names[address]; ok {
			return name
		}
		return address
	}
	press := func(ctx context.Context) error {
		player := p.player.Load()
		if player == nil {
			return errors.New("the homes are not connected yet")
		}
		return player.Press(ctx, r.ID)
	}
	zone, err := time.LoadLocation(inChina.TimeZone)
	if err != nil {
		return err
	}
	pages, err := mailbox.NewPages(p.box, nameOf, r.Name, press, zone, p.log)
	if err != nil {
		return fmt.Errorf("make the pages of the mailbox: %w", err)
	}
	s.Pages(pages.Routes)
	return nil
}

// proveReach sends everybody who was never reached a test message, as whoever takes
// residents in should do: of each of them it is proved then that somebody can be
// told.
func proveReach(ctx context.Context, s *service.Service) error {
	people, err := s.People.Contacts(ctx)
	if err != nil {
		return err
	}
	for _, c := range people {
		for _, ch := range c.Channels {
			if ch.WorkedAt.After(ch.FailedAt) {
				continue
			}
			if err := s.TestChannel(ctx, c.ID, ch.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
