package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// openReminders opens the book of reminders.
func (s *Service) openReminders(context.Context) error {
	s.speakers = reminders.NewSpeakers(s.Records, time.Now)
	s.Reminders = reminders.NewBook(s.Records, reminded{s}, s.speakers, time.Now)
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

// Excused implements [reminders.People]: in hospital others see to it.
func (r reminded) Excused(ctx context.Context, residents ...string) (map[string]string, error) {
	underWay, err := r.s.Care.Situations(ctx, residents...)
	if err != nil {
		return nil, err
	}
	excused := map[string]string{}
	for _, in := range underWay {
		if in.Kind == records.InHospital {
			excused[in.Resident] = string(in.Kind)
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
	g.Go(func() error { return s.follower(remindersReader).Run(ctx, cursor, toWitness(&s.decoder, witness)) })
	g.Go(func() error {
		s.speak(ctx)
		return nil
	})
	return g.Wait()
}

// toWitness lets the witness hear entries.
func toWitness(d *decoder, witness *reminders.Witness) journal.Apply {
	return func(ctx context.Context, entries []journal.Entry) error {
		reports, err := d.decode(entries)
		if err != nil {
			return err
		}
		heard := make([]alerts.Passed, len(reports))
		for i := range reports {
			heard[i] = alerts.Passed{Seq: entries[i].Seq, Report: reports[i]}
		}
		return witness.Hear(ctx, heard)
	}
}

// speakEvery is how often it is looked whether something is to be said.
const speakEvery = time.Second

// speak has what is to be said at homes said there.
func (s *Service) speak(ctx context.Context) {
	tick := time.NewTicker(speakEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.speakers.Say(ctx, s.say); err != nil && ctx.Err() == nil {
			s.log.Warn("say at home what is due", "error", err)
		}
	}
}

// command is what a home speaker is sent. It names nobody.
type command struct {
	ID       string    `json:"id"` // the reply names it
	Kind     string    `json:"kind"`
	Resident string    `json:"resident"`
	Language string    `json:"language"`
	Text     string    `json:"text"`
	Until    time.Time `json:"until"` // it is not said any more then
	Answers  []string  `json:"answers,omitempty"`
}

// say sends a telling to all speakers of a resident. Where there is none it is told
// on the pages alone.
func (s *Service) say(ctx context.Context, t reminders.Telling) error {
	r, err := s.Residents.Get(ctx, t.Resident)
	if err != nil {
		return fmt.Errorf("whom to tell: %w", err)
	}
	near, err := s.Registry.List(ctx, devices.Query{Resident: r.ID})
	if err != nil {
		return fmt.Errorf("where to say it: %w", err)
	}
	language := r.Language
	if language == "" {
		language = "zh-CN"
	}
	c := command{ID: t.ID, Kind: "reminder", Resident: r.ID, Language: language, Text: t.Words.In(language), Until: t.Until}
	if t.Occurrence != "" {
		c.ID, c.Answers = t.Occurrence, []string{"yes", "no"}
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var errs []error
	for _, device := range near {
		if devices.Speaks(device.Kind) {
			errs = append(errs, s.publish("anxin/v1/devices/"+device.ID+"/commands", payload))
		}
	}
	return errors.Join(errs...)
}

// publish sends a message over whichever broker there is.
func (s *Service) publish(topic string, payload []byte) error {
	if s.broker != nil {
		return s.broker.Publish(topic, payload, false)
	}
	return s.subscriber.Publish(topic, payload)
}

const (
	// replyWithin bounds how long a device's connection waits for its reply to be
	// noted, and longestReply what a reply is.
	replyWithin  = 5 * time.Second
	longestReply = 4 << 10
)

// replied notes what a home speaker was told: a "yes" is that it was done.
func (s *Service) replied(device string, payload []byte) {
	var reply struct {
		ID     string `json:"id"`
		Answer string `json:"answer"`
	}
	if len(payload) > longestReply || json.Unmarshal(payload, &reply) != nil {
		s.log.Debug("a reply cannot be read", "device", device)
		return
	}
	switch strings.ToLower(reply.Answer) {
	case "yes", "done", "是", "好了":
	default:
		return // "no" is no reason to stop asking
	}
	ctx, stop := context.WithTimeout(context.Background(), replyWithin)
	defer stop()
	now := time.Now()
	for _, resident := range s.Registry.ResidentsAt(device, now.UnixMilli()) {
		_, err := s.Reminders.Occurrence(ctx, resident, reply.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			_, err = s.Reminders.Finish(ctx, resident, reply.ID, reminders.Finish{Device: device, At: now})
		}
		if err != nil {
			s.log.Warn("note what a home speaker was told; it is asked again", "device", device, "error", err)
		}
		return
	}
}
