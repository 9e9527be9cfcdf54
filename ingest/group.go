package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/vitals"
)

// group is what is committed together, and whom to tell then.
type group struct {
	journal  journal.Group
	messages int
	weight   int
	acks     []ack
	arena    []byte // of the bodies
	refused  []refusal
	registry int64 // its version when the first message was judged
}

type ack struct {
	to       Acknowledger
	token    uint32
	received int64
}

// refusal is a shelved message that was tried again in vain.
type refusal struct {
	id  uint64
	why error
}

func (g *group) empty() bool { return g.messages == 0 }

func (g *group) reset() {
	clear(g.journal.Bodies)
	clear(g.journal.Shelve)
	clear(g.acks)
	*g = group{
		journal: journal.Group{Bodies: g.journal.Bodies[:0], Shelve: g.journal.Shelve[:0], Take: g.journal.Take[:0]},
		acks:    g.acks[:0], arena: g.arena[:0], refused: g.refused[:0],
	}
}

// add settles a decoded message and puts it where it belongs: into the log,
// on the shelf, or into the counts alone.
func (p *Pipeline) add(g *group, a *arrival) {
	if g.empty() {
		g.registry = p.registry.Version()
	}
	g.messages++
	g.weight += a.weight
	if a.message.Ack != nil {
		g.acks = append(g.acks, ack{a.message.Ack, a.message.Token, a.message.Received})
	}
	again := a.message.replay
	if again.id == 0 {
		p.addParts(g, a)
		return
	}
	// A second try moves the message from the shelf to where it belongs now.
	if err := p.stillShelved(a); err != nil {
		g.refused = append(g.refused, refusal{again.id, err})
		return
	}
	p.addParts(g, a)
	g.journal.Take = append(g.journal.Take, again.id)
	g.journal.Changes.Received--
	if again.reason == journal.Quarantined {
		g.journal.Changes.Quarantined--
	} else {
		g.journal.Changes.Held--
	}
}

// errNobodys is why a held message cannot be taken off the shelf yet.
var errNobodys = errors.New("its device is not known, or nobody wears it")

// stillShelved says why a second try changes nothing, nil when it does.
func (p *Pipeline) stillShelved(a *arrival) error {
	again := &a.message.replay
	if again.reason == journal.Quarantined || a.err != nil {
		return a.err
	}
	i := slices.IndexFunc(a.reports, func(r codec.Report) bool { return r.Device == again.device })
	if i < 0 {
		// Bindings have changed, and it is of other devices by now: it is read as
		// if it had just come.
		again.device = ""
		return nil
	}
	device, ok := p.registry.Device(a.naming, again.device)
	if !ok || !p.willHavePerson(device, a.reports[i].Samples, a.message.Received) {
		return errNobodys
	}
	return nil
}

// willHavePerson is hasPerson for samples that are still to be settled.
func (p *Pipeline) willHavePerson(device string, samples []vitals.Sample, received int64) bool {
	settled := slices.Clone(samples)
	for i := range settled {
		settled[i].Values = nil // or they would be marked
	}
	settle(settled, received, p.seen.device(device).given)
	return p.hasPerson(&vitals.Report{Device: device, Received: received, Samples: settled})
}

func (p *Pipeline) addParts(g *group, a *arrival) {
	c := &g.journal.Changes
	if a.err != nil {
		c.Received++
		c.Quarantined++
		g.journal.Shelve = append(g.journal.Shelve, a.shelved(journal.Quarantined, sender(a.message.Topic)))
		return
	}
	if len(a.reports) == 0 {
		if a.message.replay.id != 0 {
			// It is among the received, and stays there.
			c.Received++
			c.Duplicate++
			return
		}
		p.metrics.passed.Inc()
		return
	}
	for i := range a.reports {
		if only := a.message.replay.device; only != "" && a.reports[i].Device != only {
			continue
		}
		var old stored
		if a.old != nil {
			old = a.old[i]
		}
		p.addPart(g, a, &a.reports[i], old)
	}
}

// addPart adds what one device said.
func (p *Pipeline) addPart(g *group, a *arrival, part *codec.Report, old stored) {
	c := &g.journal.Changes
	c.Received++
	device, ok := p.registry.Device(a.naming, part.Device)
	if !ok {
		c.Held++
		g.journal.Shelve = append(g.journal.Shelve, a.shelved(journal.Held, part.Device))
		return
	}
	if len(part.Passed) > 0 {
		p.metrics.fieldsPassed.Add(float64(len(part.Passed)))
		p.problems.Problem(device, strings.Join(part.Passed, "; "))
	}
	memory := p.seen.device(device)
	report := vitals.Report{Device: device, Received: a.message.Received, Samples: part.Samples, Firmware: part.Firmware}
	if a.message.Retained {
		dropUntimed(&report)
		if len(report.Samples) == 0 {
			c.Duplicate++
			return
		}
	}
	memory.given = settle(report.Samples, report.Received, memory.given)
	if !p.hasPerson(&report) {
		c.Held++
		g.journal.Shelve = append(g.journal.Shelve, a.shelved(journal.Held, part.Device))
		return
	}
	if p.seen.resent(&report, a.message.Dup) {
		c.Duplicate++
		c.DuplicateReadings += int64(countValues(&report))
		return
	}
	empty := countValues(&report) == 0
	known, stuck := memory.echoes(&report, part.Echoes, func(m vitals.Metric) (float64, bool) { return p.lastOf(device, m, report.Received) })
	for _, m := range stuck {
		p.problems.Problem(device, m.String()+": still the one from before; another is not heard until the device says that this one is over")
	}
	if r, ok := a.codec.(repeater); ok {
		known += memory.repeats(&report, r.RepeatWindow())
	}
	news, again := p.seen.fresh(&report, old)
	c.DuplicateReadings += int64(known + again)
	if news == 0 && !empty {
		c.Duplicate++
		return
	}
	p.markJumps(&report)
	for i := range report.Samples {
		vitals.Check(&report.Samples[i])
	}
	if err := g.append(p.byResidents(report)); err != nil {
		a.err = err
		c.Quarantined++
		g.journal.Shelve = append(g.journal.Shelve, a.shelved(journal.Quarantined, part.Device))
		return
	}
	c.Stored++
	c.Readings += int64(news)
}

// repeater is a codec whose format says the same thing several times: radio
// messages heard by two gateways, a hub that sends all it knows at each change.
type repeater interface {
	// RepeatWindow is how soon after a value the same one is the same reading.
	RepeatWindow() time.Duration
}

func countValues(r *vitals.Report) (n int) {
	for i := range r.Samples {
		n += len(r.Samples[i].Values)
	}
	return n
}

// dropUntimed leaves of a retained copy what can be known: readings with a time
// of their own, and whether the device is online. When the rest was measured
// nobody can say, and it must not look like now.
func dropUntimed(r *vitals.Report) {
	n := 0
	for _, s := range r.Samples {
		if s.At == 0 {
			s.Values = slices.DeleteFunc(s.Values, func(v vitals.Value) bool { return v.Metric != vitals.Online })
		}
		if len(s.Values) > 0 {
			r.Samples[n] = s
			n++
		}
	}
	r.Samples = r.Samples[:n]
}

// hasPerson reports whether any of the report's settled readings is somebody's.
func (p *Pipeline) hasPerson(r *vitals.Report) bool {
	if len(r.Samples) == 0 {
		return len(p.registry.ResidentsAt(r.Device, r.Received)) > 0
	}
	return slices.ContainsFunc(r.Samples, func(s vitals.Sample) bool {
		return len(p.registry.ResidentsAt(r.Device, s.At)) > 0
	})
}

// byResidents splits a report where the device changed hands between samples.
// Samples from when nobody wore it stay in the journal without a resident.
func (p *Pipeline) byResidents(r vitals.Report) []vitals.Report {
	if len(r.Samples) == 0 {
		r.Residents = p.registry.ResidentsAt(r.Device, r.Received)
		return []vitals.Report{r}
	}
	var split []vitals.Report
	start := 0
	residents := p.registry.ResidentsAt(r.Device, r.Samples[0].At)
	for i := 1; i <= len(r.Samples); i++ {
		var next []string
		if i < len(r.Samples) {
			if next = p.registry.ResidentsAt(r.Device, r.Samples[i].At); slices.Equal(residents, next) {
				continue
			}
		}
		part := r
		part.Residents, part.Samples = residents, r.Samples[start:i]
		split = append(split, part)
		start, residents = i, next
	}
	return split
}

func (p *Pipeline) markJumps(r *vitals.Report) {
	for i := range r.Samples {
		s := &r.Samples[i]
		for j := range s.Values {
			v := &s.Values[j]
			if v.Metric != vitals.BodyWeight {
				continue
			}
			for _, resident := range p.registry.ResidentsAt(r.Device, s.At) {
				last, ok := p.last.Last(resident, v.Metric)
				next := vitals.Reading{Metric: v.Metric, Number: v.Number, Marks: v.Marks, At: time.UnixMilli(s.At)}
				if ok && vitals.Jumped(last, next) {
					v.Marks |= vitals.Jump
				}
			}
		}
	}
}

// lastOf is what a device said last of a metric, as far as whom it is about shows.
func (p *Pipeline) lastOf(device string, m vitals.Metric, now int64) (number float64, known bool) {
	for _, resident := range p.registry.ResidentsAt(device, now) {
		if last, ok := p.last.Last(resident, m); ok && last.Device == device {
			return last.Number, true
		}
	}
	return 0, false
}

// append encodes reports as entries of the log: all of them or none.
func (g *group) append(reports []vitals.Report) error {
	bodies, arena := len(g.journal.Bodies), len(g.arena)
	for i := range reports {
		start := len(g.arena)
		grown, err := reports[i].AppendBinary(g.arena)
		if err != nil {
			g.journal.Bodies, g.arena = g.journal.Bodies[:bodies], g.arena[:arena]
			return fmt.Errorf("keep the report of device %s: %w", reports[i].Device, err)
		}
		g.arena = grown
		g.journal.Bodies = append(g.journal.Bodies, g.arena[start:len(g.arena):len(g.arena)])
	}
	return nil
}

// sender is whom a message that cannot be read is from, as far as its topic
// tells: the shelf has room for so much of each.
func sender(topic string) string {
	if rest, ok := strings.CutPrefix(topic, "anxin/v1/devices/"); ok {
		device, _, _ := strings.Cut(rest, "/")
		return device
	}
	return topic
}

func (a *arrival) shelved(reason journal.Reason, device string) journal.Shelved {
	m := &a.message
	s := journal.Shelved{
		Reason: reason, Device: device, Topic: m.Topic, Payload: m.Payload,
		Retained: m.Retained, Received: m.Received, Codec: a.naming,
	}
	if a.err != nil {
		s.Error = a.err.Error()
	}
	return s
}
