package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/escalation"
)

// openTelling puts together what tells people of alerts: the escalation decides
// whom and when, the deliveries over what, and the channels carry it.
func (s *Service) openTelling(ctx context.Context) error {
	var err error
	if s.ways, err = s.openChannels(ctx); err != nil {
		return err
	}
	links, err := deliveries.OpenLinks(ctx, s.Records, s.cfg.PublicURL)
	if err != nil {
		return err
	}
	writer, err := deliveries.NewWriter(alerts.NewAlerts(s.Records), alerts.NewNames(s.Residents, s.Registry), s.Registry, faces{s}, links, time.Now)
	if err != nil {
		return err
	}
	writer.TellWeeks(weeks{s})
	writer.TellQuestions(questions{s})
	s.deliveries = deliveries.New(deliveries.Config{
		DB: s.Records, People: told{s.People}, Carrier: carrier{s.ways}, Author: writer, Escalation: lostOnes{s}, Occurrences: s.Reminders, Weeks: weeks{s}, Questions: questions{s},
		Metrics: deliveries.NewMetrics(s.figures), Log: s.log, Now: time.Now,
	})
	s.taps = deliveries.NewTaps(s.Records, told{s.People}, writer, s.judge, duties{s.Reminders}, time.Now)
	s.prover = deliveries.NewProver(s.Records, told{s.People}, reachAlarm{s.judge}, deliveries.WorkedWithin, s.log, time.Now)
	s.drills = deliveries.NewDrills(s.Records, pretence{s.judge})
	s.escalation = escalation.NewRunner(escalation.Config{
		DB: s.Records, Policies: s.policies, Circles: circles{s.People}, Queue: queue{s}, Feed: s.feed, Log: s.log, Now: time.Now,
	})
	return nil
}

// openChannels opens the ways to people, with keys of Web Push that are made at the
// first start and kept.
func (s *Service) openChannels(ctx context.Context) (*channels.Set, error) {
	cfg, err := s.cfg.channels()
	if err != nil {
		return nil, err
	}
	kept, err := deliveries.Secret(ctx, s.Records, "vapid", func() (string, error) {
		keys, err := channels.NewVAPID()
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(keys)
		return string(text), err
	})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(kept), &cfg.Push.VAPID); err != nil {
		return nil, fmt.Errorf("read the keys of Web Push: %w", err)
	}
	cfg.Publisher = speaking{s}
	ways, err := channels.New(cfg)
	if err != nil {
		return nil, err
	}
	if slices.Contains(ways.Kinds(), channels.WebPush) {
		s.pushKey = cfg.Push.VAPID.Public
	}
	return ways, nil
}

// speaking publishes over whichever broker there is.
type speaking struct{ s *Service }

// Publish implements [channels.Publisher].
func (p speaking) Publish(topic string, payload []byte) error {
	switch {
	case p.s.broker != nil:
		return p.s.broker.Publish(topic, payload, false)
	case p.s.subscriber != nil:
		return p.s.subscriber.Publish(topic, payload)
	}
	return errors.New("there is no broker yet")
}

// carrier hands messages to the channels.
type carrier struct{ ways *channels.Set }

// Carry implements [deliveries.Carrier].
func (c carrier) Carry(ctx context.Context, m deliveries.Message) (deliveries.Receipt, error) {
	out := channels.Message{
		ID: m.Key, Key: m.Key, Number: m.Alert, Severity: m.Severity, Loud: m.Loud, Language: m.Language, Subject: m.Subject, Text: m.Text, Ask: m.Ask,
		Until: m.Until, Test: m.About == deliveries.OfTest,
	}
	for _, l := range m.Links {
		out.Links = append(out.Links, channels.Link{Kind: channels.LinkKind(l.Action), Label: l.Label, URL: l.URL})
	}
	receipt, err := c.ways.Send(ctx, channels.Kind(m.Channel.Kind), m.Channel.Address, out)
	return deliveries.Receipt(receipt), err
}

// queue hands whom to tell on to the deliveries.
type queue struct{ s *Service }

// Queue implements [escalation.Queue].
func (q queue) Queue(ctx context.Context, tx bun.Tx, tellings []escalation.Telling) error {
	return q.s.deliveries.Queue(ctx, tx, sayings(tellings))
}

// Queued implements [escalation.Queue].
func (q queue) Queued(tellings []escalation.Telling) { q.s.deliveries.Committed(sayings(tellings)) }

// says are what people are told for, as the deliveries call it.
var says = map[escalation.Why]deliveries.Says{
	escalation.ForStep: deliveries.Call, escalation.ForClaim: deliveries.Taken, escalation.ForNoClose: deliveries.Remind,
	escalation.ForEnd: deliveries.Over, escalation.ForGap: deliveries.Unheard,
}

func sayings(tellings []escalation.Telling) []deliveries.Telling {
	out := make([]deliveries.Telling, len(tellings))
	for i, t := range tellings {
		out[i] = deliveries.Telling{
			About: deliveries.OfAlert, Subject: t.Alert, Step: t.Step, Says: says[t.Why], Who: deliveries.Who{Resident: t.Resident, Contact: t.Contact},
			Severity: t.Severity, Holder: t.Holder, HeldUntil: t.HeldUntil, Emergency: t.Emergency, Late: t.Late,
			Again: t.Again, Unanswered: t.Unanswered,
		}
		if t.Why.News() {
			out[i].About = deliveries.OfNews
		}
	}
	return out
}

// lostOnes tells the escalation of those whom no channel reached.
type lostOnes struct{ s *Service }

// Lost implements [deliveries.Escalation].
func (l lostOnes) Lost(ctx context.Context, tx bun.Tx, lost []deliveries.Lost) error {
	out := make([]escalation.Lost, len(lost))
	for i, one := range lost {
		out[i] = escalation.Lost{Alert: one.Alert, Step: one.Step, Contact: one.Contact}
	}
	return l.s.escalation.Unreached(ctx, tx, out)
}

// Wake implements [deliveries.Escalation].
func (l lostOnes) Wake() { l.s.escalation.Wake() }
