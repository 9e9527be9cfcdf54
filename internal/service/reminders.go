package service

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// openReminders opens what works off reminders.
func (s *Service) openReminders(context.Context) error {
	s.remind = reminders.NewRunner(s.Reminders, s.judge, s.notAllHeard, s.log)
	return nil
}

// notAllHeard reports that devices may have said what the reminders do not know.
func (s *Service) notAllHeard() bool { return !s.hearing() || s.follower(remindersReader).Lag() > 0 }

// reminded is what reminders go by of residents.
type reminded struct{ s *Service }

// TimeZones implements [reminders.People].
func (r reminded) TimeZones(ctx context.Context, residents ...string) (map[string]string, error) {
	zones := map[string]string{}
	if len(residents) == 0 {
		all, err := r.s.Residents.List(ctx, records.ResidentQuery{})
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			zones[one.ID] = one.TimeZone
		}
		return zones, nil
	}
	for _, id := range residents {
		one, err := r.s.Residents.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		zones[id] = one.TimeZone
	}
	return zones, nil
}

// Version implements [reminders.People].
func (r reminded) Version() int64 { return r.s.Registry.Version() }

// Excused implements [reminders.People]: in hospital others see to it, and who is
// away is among others.
func (r reminded) Excused(ctx context.Context, residents ...string) (map[string]string, error) {
	underWay, err := r.s.Care.Situations(ctx, residents...)
	if err != nil {
		return nil, err
	}
	excused := map[string]string{}
	for _, in := range underWay {
		switch {
		case in.Kind == records.InHospital:
			excused[in.Resident] = string(in.Kind)
		case in.Kind == records.AwayFromHome && excused[in.Resident] == "":
			excused[in.Resident] = reminders.Away
		}
	}
	return excused, nil
}

// remindPeople runs the reminders until ctx ends: what is due, what is said at
// home, and what devices show.
func (s *Service) remindPeople(ctx context.Context) error {
	witness := reminders.NewWitness(s.Reminders, s.remind)
	cursor, err := witness.Cursor(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.remind.Run(ctx) })
	g.Go(func() error {
		return s.follower(remindersReader).Run(ctx, cursor, toWitness(&s.decoder, &s.attribution, witness))
	})
	g.Go(func() error {
		s.tellReminders(ctx)
		return nil
	})
	return g.Wait()
}

// toWitness lets the witness hear entries.
func toWitness(d *decoder, whose *attribution, witness *reminders.Witness) journal.Apply {
	return func(ctx context.Context, entries []journal.Entry) error {
		reports, err := d.decode(entries)
		if err != nil {
			return err
		}
		var heard []alerts.Passed // the witness looks at one resident's readings after the other
		for _, p := range whose.passed(entries, reports) {
			heard = append(heard, alerts.Passed{Seq: p.Seq, Report: p.Report})
			for _, other := range p.Others {
				heard = append(heard, alerts.Passed{Seq: p.Seq, Report: other})
			}
		}
		return witness.Hear(ctx, heard)
	}
}

// replyWithin bounds how long a device's connection waits for its reply to be
// noted.
const replyWithin = 5 * time.Second

// replied takes in what a home speaker replies: about a reminder, or about an alert
// that it was to tell of.
func (s *Service) replied(device string, payload []byte) {
	reply, err := channels.ParseReply(strings.Replace(channels.Replies, "+", device, 1), payload)
	if err != nil {
		s.log.Debug("a reply cannot be read", "error", err)
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), replyWithin)
	defer stop()
	reminder, err := s.answered(ctx, reply)
	if err == nil && !reminder {
		err = s.deliveries.Replied(ctx, deliveries.Reply{Device: device, Delivery: reply.ID, Said: reply.Said, Answer: reply.Answer})
	}
	if err != nil {
		s.log.Warn("note what a home speaker was told; it is asked again", "device", device, "error", err)
	}
}

// answered reports whether a reply is about a reminder. A "yes" is that it was
// done; what a "no" is, the reminder knows.
func (s *Service) answered(ctx context.Context, reply channels.Reply) (bool, error) {
	now := time.Now()
	for _, resident := range s.Registry.ResidentsAt(reply.Device, now.UnixMilli()) {
		o, err := s.Reminders.OfTelling(ctx, resident, reply.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		switch {
		case err != nil:
		case slices.Contains([]string{"yes", "done", "是", "好了", "好"}, reply.Answer):
			_, err = s.Reminders.Finish(ctx, resident, o.ID, reminders.Finish{Device: reply.Device, At: now})
		case slices.Contains([]string{"no", "不", "不好", "没有"}, reply.Answer):
			err = s.Reminders.Refuse(ctx, resident, o.ID, reminders.Refuse{Device: reply.Device})
		}
		return true, err
	}
	return false, nil
}
