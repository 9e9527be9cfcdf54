package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// tellEvery is how often it is looked whether something is to be told.
const tellEvery = time.Second

// tellReminders has what is to be told of reminders told until ctx ends.
func (s *Service) tellReminders(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.outbox.Empty(ctx, s.tellAll); err != nil && ctx.Err() == nil {
			s.log.Warn("tell what is due", "error", err)
		}
	}
}

// tellAll tells what there is to be told, and returns for each why it could not be.
// What is told in writing is handed over together: what is due at one moment is one
// message.
func (s *Service) tellAll(ctx context.Context, list []reminders.Telling) []error {
	errs := make([]error, len(list))
	var letters []deliveries.Telling
	var of []int // which of the list they are
	for i := range list {
		var more []deliveries.Telling
		more, errs[i] = s.tellReminder(ctx, &list[i])
		if len(more) > 0 {
			letters, of = append(letters, more...), append(of, i)
		}
	}
	if len(letters) == 0 {
		return errs
	}
	err := s.Records.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return s.deliveries.Queue(ctx, tx, letters) })
	for _, i := range of {
		errs[i] = err
	}
	if err == nil {
		s.deliveries.Committed(letters)
	}
	return errs
}

// tellReminder tells whom it is for: the resident by the speakers at home, or, where
// there is none that is online, over a telephone of their own, or else who helps with it. Where there is none of
// these it is told on the pages alone: that is [reminders.ErrNobody]. Who is not around the resident is told
// nothing, whatever the reminder says. What is to be told in writing it returns.
func (s *Service) tellReminder(ctx context.Context, t *reminders.Telling) ([]deliveries.Telling, error) {
	r, err := s.Residents.Get(ctx, t.Resident)
	if err != nil {
		return nil, fmt.Errorf("whom to tell: %w", err)
	}
	heard, mute, err := s.speakersOf(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if t.Person == "" && len(heard) > 0 {
		return nil, s.say(ctx, &r, t, heard)
	}
	circles, err := told{s.People}.Around(ctx, s.Records, time.Now(), r.ID)
	if err != nil {
		return nil, err
	}
	to := readersOf(t, circles[r.ID])
	if t.Person == "" && len(to) == 0 && len(mute) > 0 { // the broker may keep it for them
		return nil, s.say(ctx, &r, t, mute)
	}
	if len(to) == 0 {
		return nil, reminders.ErrNobody
	}
	return s.tellingsOf(ctx, &r, t, to)
}

// readersOf are those around a resident who are told of a reminder in writing.
func readersOf(t *reminders.Telling, around []deliveries.Contact) []deliveries.Contact {
	which := func(is func(*deliveries.Contact) bool) (some []deliveries.Contact) {
		for i := range around {
			if is(&around[i]) {
				some = append(some, around[i])
			}
		}
		return some
	}
	if t.Person == "" {
		own := which(func(c *deliveries.Contact) bool { return c.Relation == deliveries.Resident && readsOf(t, c) })
		if len(own) > 0 {
			return own
		}
		return which(func(c *deliveries.Contact) bool { return c.ID == t.Helper && readsOf(t, c) })
	}
	if named := which(func(c *deliveries.Contact) bool { return c.ID == t.Person }); len(named) > 0 {
		return named
	}
	named := which(func(c *deliveries.Contact) bool { return c.Name == t.Person })
	if len(named) > 1 {
		return nil // nobody knows which of the two is meant: the alert tells of it
	}
	return named
}

// readsOf reports whether a contact has a way by which to read it.
func readsOf(t *reminders.Telling, c *deliveries.Contact) bool {
	return slices.ContainsFunc(c.Channels, func(ch deliveries.Channel) bool { return slices.Contains(written, ch.Kind) && ch.From <= severityOf(t) })
}

// speakersOf are the devices by which a resident is told something aloud: those that
// are there to be heard, and those that said that they are offline.
func (s *Service) speakersOf(ctx context.Context, resident string) (heard, mute []string, err error) {
	near, err := s.Registry.List(ctx, devices.Query{Resident: resident})
	if err != nil {
		return nil, nil, fmt.Errorf("where to say it: %w", err)
	}
	for _, device := range near {
		if !devices.Speaks(device.Kind) {
			continue
		}
		if online := s.health.State(device.ID).Online; online.Known() && !online.Value {
			mute = append(mute, device.ID)
		} else {
			heard = append(heard, device.ID)
		}
	}
	return heard, mute, nil
}

// say sends a telling to speakers. It names nobody, but where several people hear
// it: then whom it is for, as that person is called there.
func (s *Service) say(ctx context.Context, r *records.Resident, t *reminders.Telling, speakers []string) error {
	set, err := channels.New(channels.Config{Publisher: speaking{s}})
	if err != nil {
		return err
	}
	language := cmp.Or(r.Language, "zh-CN")
	m := channels.Message{ID: t.ID, Severity: rules.Info, Language: language, Until: t.Until}
	if t.Occurrence != "" {
		m.Ask = []string{"yes", "no"}
	}
	var errs []error
	for _, device := range speakers {
		name := ""
		if len(s.Registry.ResidentsAt(device, time.Now().UnixMilli())) > 1 {
			name = cmp.Or(r.Called, r.Name)
		}
		m.Text = t.Words.Spoken(name).In(language)
		_, err := set.Send(ctx, channels.Speaker, device, m)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// written are the ways by which people are told of reminders: speakers have a way
// of their own.
var written = []deliveries.Kind{deliveries.Email, deliveries.WebPush, deliveries.Webhook, deliveries.Chat, deliveries.SMS}

// severityOf is how grave a reminder is: what does not bear waiting is a warning.
func severityOf(t *reminders.Telling) rules.Severity {
	if t.Urgent {
		return rules.Warning
	}
	return rules.Info
}

// tellingsOf are what people are told of a reminder in writing.
func (s *Service) tellingsOf(ctx context.Context, r *records.Resident, t *reminders.Telling, to []deliveries.Contact) ([]deliveries.Telling, error) {
	place := ""
	if home, err := s.Registry.Home(ctx, r.HomeID); err == nil {
		place = home.Name
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	all := make([]deliveries.Telling, len(to))
	for i := range to {
		all[i] = deliveries.Telling{
			About: deliveries.OfOccurrence, Subject: t.Subject(), Step: t.N, Says: deliveries.Plain, Who: deliveries.Who{Resident: r.ID, Contact: to[i].ID},
			Severity: severityOf(t), Over: written, Until: t.Over, Words: wordsFor(t, r, to[i].Relation, place),
		}
	}
	return all, nil
}

// wordsFor are what somebody is told as what they are to a resident. A neighbour
// gets no health detail over any channel, but where to look.
func wordsFor(t *reminders.Telling, r *records.Resident, as deliveries.Relation, place string) *deliveries.Words {
	name := r.Name
	if as == deliveries.Resident {
		name = ""
	}
	words := deliveries.Words{
		Subject: t.Words.Heading(name), Text: t.Words.Written(name), Plainly: t.Words.Plainly(""), Done: t.Words.Done(name == ""), Help: t.Words.Help(name == ""), Language: r.Language,
	}
	if as == deliveries.Neighbour {
		words.Subject, words.Plainly = rules.Text{EN: "Anxin", ZH: "安心"}, t.Words.Plainly(place)
		words.Text = words.Plainly
	}
	return &words
}

// duties are what residents are to do, as one-tap links know it.
type duties struct{ book *reminders.Book }

// Open implements [deliveries.Duties].
func (d duties) Open(ctx context.Context, occurrences []string) ([]string, error) {
	return d.book.Open(ctx, occurrences)
}

// Refusable implements [deliveries.Duties].
func (d duties) Refusable(ctx context.Context, occurrences []string) ([]string, error) {
	return d.book.Refusable(ctx, occurrences)
}

// Refuse implements [deliveries.Duties].
func (d duties) Refuse(ctx context.Context, occurrences []string, by string) error {
	return d.book.RefuseAll(ctx, occurrences, by)
}

// Finish implements [deliveries.Duties].
func (d duties) Finish(ctx context.Context, occurrences []string, by string) error {
	return d.book.FinishAll(ctx, occurrences, by)
}
