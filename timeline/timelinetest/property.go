package timelinetest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// testProperty does random things to a store and to the model, and wants the
// same answers from both.
func testProperty(t *testing.T, open Open) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := &play{T: t, rand: rand.New(rand.NewPCG(seed, 1)), store: open(t, fmt.Sprintf("property-%d", seed)), begin: noon()}
			for step := range 100 {
				p.step(uint64(step))
				if t.Failed() {
					t.Fatalf("at step %d", step)
				}
			}
		})
	}
}

type play struct {
	*testing.T
	rand  *rand.Rand
	store timeline.Store
	model model
	begin time.Time
	given []vitals.Report
}

func pick[T any](p *play, from ...T) T { return from[p.rand.IntN(len(from))] }

func (p *play) resident() string { return pick(p, "r1", "r2", "长者 3", `r"4\`) }
func (p *play) device() string   { return pick(p, "d1", "d2", "d,3 =") }
func (p *play) metric() vitals.Metric {
	return pick(p, vitals.HeartRate, vitals.SpO2, vitals.BodyTemperature)
}
func (p *play) moment() time.Time {
	return p.begin.Add(time.Duration(p.rand.IntN(6*3600)) * time.Second)
}
func (p *play) residents() (s []string) { return append(s, p.resident()) }

func (p *play) report() vitals.Report {
	r := vitals.Report{Device: p.device(), Residents: p.residents()}
	if p.rand.IntN(5) == 0 {
		r.Residents = []string{"r1", "r2"}
	}
	at := p.moment()
	// One delay for each device, so that a reading given twice is the same.
	r.Received = at.UnixMilli() + int64(len(r.Device))
	for _, metric := range []vitals.Metric{vitals.HeartRate, vitals.SpO2, vitals.BodyTemperature} {
		if p.rand.IntN(2) == 0 {
			continue
		}
		value := vitals.Value{Metric: metric}
		// The number and the marks follow from what and when.
		h := fnv.New32a()
		_, _ = fmt.Fprint(h, r.Device, metric, at.UnixMilli())
		value.Number = float64(h.Sum32()%1000) / 8
		if h.Sum32()%7 == 0 {
			value.Marks = vitals.Marks(h.Sum32() >> 8 & 63)
		}
		if len(r.Samples) == 0 {
			r.Samples = []vitals.Sample{{At: at.UnixMilli()}}
		}
		r.Samples[0].Values = append(r.Samples[0].Values, value)
	}
	return r
}

func (p *play) step(step uint64) {
	p.Helper()
	ctx := p.Context()
	switch n := p.rand.IntN(22); {
	case n < 8:
		p.give(step)
	case n == 8:
		who := p.resident()
		p.must(p.store.DeleteResident(ctx, who))
		p.model.delete(who)
	case n == 9:
		before := p.begin.Add(time.Duration(p.rand.IntN(4*60)) * time.Minute)
		p.must(p.store.Retain(ctx, before))
		p.model.retain(before)
		p.given = nil // given again, what is in a roll-up would count twice
	case n >= 20:
		p.move()
	case n < 13:
		q := p.query()
		q.Limit, q.Newest = pick(p, 0, 1, 5, 50), pick(p, true, false)
		same(p, fmt.Sprintf("range %+v", q), read(p, p.store, q), p.model.read(q))
	case n < 16:
		q, fn := p.query(), pick(p, allFns()...)
		every := pick(p, time.Second, 10*time.Minute, time.Hour, 3*time.Hour, 24*time.Hour)
		same(p, fmt.Sprintf("%s by %s of %+v", fn, every, q), aggregate(p, p.store, q, every, fn), p.model.aggregate(q, every, fn))
	case n < 18:
		since, who := pick(p, time.Time{}, p.moment()), pick(p, nil, p.residents())
		same(p, fmt.Sprintf("latest since %s of %q", since, who), latest(p, p.store, since, who...), p.model.latest(since, who))
	default:
		var ask []vitals.Reading
		for range 20 {
			ask = append(ask, vitals.Reading{Device: p.device(), Metric: p.metric(), At: p.moment()})
		}
		for _, k := range p.model.kept[:min(20, len(p.model.kept))] {
			ask = append(ask, k.Reading)
		}
		have, err := p.store.Has(ctx, ask)
		p.must(err)
		same(p, "has", have, p.model.has(ask))
	}
}

// move gives what one resident has to another.
func (p *play) move() {
	m := timeline.Move{From: p.resident(), To: p.resident(), Device: pick(p, "", p.device()), Both: p.rand.IntN(3) == 0}
	if m.From == m.To {
		return
	}
	if p.rand.IntN(3) > 0 {
		m.Since = p.moment()
		m.Until = m.Since.Add(time.Duration(p.rand.IntN(240)) * time.Minute)
	}
	_, err := p.store.Move(p.Context(), m)
	p.must(err)
	p.model.move(m)
	for _, resident := range []string{m.From, m.To} {
		hours, err := p.store.Hours(p.Context(), resident)
		p.must(err)
		same(p, "hours of "+resident, hours, p.model.hours(resident))
	}
}

// give appends new reports and some that were given before.
func (p *play) give(step uint64) {
	var reports []vitals.Report
	for range 1 + p.rand.IntN(30) {
		r := p.report()
		if len(r.Samples) > 0 && p.model.rolled(r) {
			continue
		}
		reports = append(reports, r)
		if len(p.given) > 0 && p.rand.IntN(3) == 0 {
			reports = append(reports, pick(p, p.given...))
		}
	}
	p.must(p.store.Append(p.Context(), reports, step))
	p.model.append(reports)
	p.given = append(p.given, reports...)
	cursorIs(p, p.store, step)
}

// rolled reports whether a reading of the report is in a roll-up already.
func (m *model) rolled(r vitals.Report) bool {
	for _, k := range m.kept {
		if k.rolled && k.Device == r.Device && k.At.UnixMilli() == r.Samples[0].At {
			return true
		}
	}
	return false
}

func (p *play) query() timeline.Query {
	from := p.begin.Add(time.Duration(p.rand.IntN(180)) * time.Minute)
	q := timeline.Query{Resident: p.resident(), Metric: p.metric(), From: from, To: from.Add(time.Duration(p.rand.IntN(400)) * time.Minute)}
	if p.rand.IntN(3) == 0 {
		q.Device = p.device()
	}
	return q
}

func (p *play) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}
