package timeline

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// leavingPoints are the roll-ups that Move looks at.
type leavingPoints struct {
	whole, mixed int
	leaving      points
}

// leavingHours finds out which hours leave: of a device, all its roll-ups of an
// hour or none, for several metrics share a line, and a line can only be deleted
// as a whole.
func (s *Influx) leavingHours(ctx context.Context, m Move) (h leavingPoints, err error) {
	h.leaving = points{}
	p := m.span()
	around := s.visibleHours(p.hours())
	if around.start >= around.stop {
		return h, nil
	}
	all, err := s.countedHours(ctx, around, m)
	if err != nil {
		return h, err
	}
	ends := all.ends()
	whole, mixed := map[deviceMetricHour]bool{}, map[deviceMetricHour]bool{}
	for line, fields := range all {
		k := deviceHour{line.device, line.at}
		inside, any := p.holds(ends[k].start, ends[k].stop)
		if inside {
			h.leaving[line] = fields
		}
		for _, metric := range metricsIn(fields) {
			switch {
			case inside:
				whole[deviceMetricHour{k, metric}] = true
			case any:
				mixed[deviceMetricHour{k, metric}] = true
			}
		}
	}
	h.whole, h.mixed = len(whole), len(mixed)
	return h, nil
}

type deviceHour struct {
	device string
	at     int64
}

// The fields of a roll-up that say when its first and its last reading were.
const (
	firstAt = "_first_at"
	lastAt  = "_last_at"
)

// ends are from when to when each device measured in each hour.
func (ps points) ends() map[deviceHour]span {
	ends := map[deviceHour]span{}
	for line, fields := range ps {
		k := deviceHour{line.device, line.at}
		e, ok := ends[k]
		if !ok {
			e = span{lastMilli, firstMilli}
		}
		for _, metric := range metricsIn(fields) {
			e.start = min(e.start, int64(fields[metric+firstAt]))
			e.stop = max(e.stop, int64(fields[metric+lastAt]))
		}
		ends[k] = e
	}
	return ends
}

// metricsIn names the metrics that a line of roll-ups holds.
func metricsIn(fields map[string]float64) (metrics []string) {
	for field := range fields {
		if metric, ok := strings.CutSuffix(field, firstAt); ok {
			metrics = append(metrics, metric)
		}
	}
	return metrics
}

// deviceMetricHour is what roll-ups of several runs of Retain may be of.
type deviceMetricHour struct {
	deviceHour
	metric string
}

// whole are the hours with what all lines hold of them, but for those left out.
func (ps points) whole(leftOut func(point) bool) (map[deviceMetricHour]window, error) {
	all := map[deviceMetricHour]window{}
	for line, fields := range ps {
		if leftOut(line) {
			continue
		}
		for _, metric := range metricsIn(fields) {
			w := window{start: line.at}
			for _, part := range rollupParts(&w) {
				n, ok := fields[metric+"_"+part.name]
				if !ok {
					return nil, fmt.Errorf("a roll-up of %s has no %s: nothing is moved", metric, part.name)
				}
				part.set(n)
			}
			w.sum *= w.count // which is kept as the mean
			k := deviceMetricHour{deviceHour{line.device, line.at}, metric}
			if other, ok := all[k]; ok {
				w.add(other)
			}
			all[k] = w
		}
	}
	return all, nil
}

// arriving are the roll-ups as they are to be the other's, without those of which
// the other has the same already.
func (ps points) arriving(there points, from string) (points, error) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(from))
	moved := func(line point) point {
		line.generation += fmt.Sprintf("m%08x", h.Sum32())
		return line
	}
	copies := map[point]bool{}
	for line := range ps {
		copies[moved(line)] = true
	}
	theirs, err := there.whole(func(line point) bool { return copies[line] })
	if err != nil {
		return nil, err
	}
	ours, err := ps.whole(func(point) bool { return false })
	if err != nil {
		return nil, err
	}
	all := points{}
	for line, fields := range ps {
		rest := maps.Clone(fields)
		for _, metric := range metricsIn(fields) {
			k := deviceMetricHour{deviceHour{line.device, line.at}, metric}
			if other, ok := theirs[k]; !ok || !other.sameReadings(ours[k]) {
				continue
			}
			for _, part := range rollupParts(&window{}) {
				delete(rest, metric+"_"+part.name)
			}
		}
		if len(rest) > 0 {
			all[moved(line)] = rest
		}
	}
	return all, nil
}

// shared are the roll-ups that are to be the other's, too, where the other has none of
// the same hour. All that a device measured in an hour is one line, which is there as a
// whole or not at all.
func (ps points) shared(there points) (points, error) {
	none := func(point) bool { return false }
	theirs, err := there.whole(none)
	if err != nil {
		return nil, err
	}
	ours, err := ps.whole(none)
	if err != nil {
		return nil, err
	}
	all := points{}
	for k, w := range ours {
		if _, ok := theirs[k]; ok {
			continue
		}
		line := point{device: k.device, generation: "shared", at: k.at}
		if all[line] == nil {
			all[line] = map[string]float64{}
		}
		for _, part := range rollupParts(&w) {
			all[line][k.metric+"_"+part.name] = part.get()
		}
	}
	return all, nil
}

// Hours implements [Store].
func (s *Influx) Hours(ctx context.Context, resident string) ([]Hour, error) {
	failed := func(err error) error {
		return fmt.Errorf("list the hours of resident %s that are rolled up: %w", resident, err)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, failed(err)
	}
	all, err := s.countedHours(ctx, s.visibleHours(Move{}.span()), Move{From: resident})
	if err != nil {
		return nil, failed(err)
	}
	var list []Hour
	for of, p := range all.ends() {
		list = append(list, Hour{tagID(of.device), time.UnixMilli(p.start).UTC(), time.UnixMilli(p.stop).UTC()})
	}
	slices.SortFunc(list, Hour.compare)
	return list, nil
}

// spans are from when to when hours leave, by device. Hours that stay are at the
// borders, so that none is in between.
func (ps points) spans() map[string]span {
	all := map[string]span{}
	for line := range ps {
		p, ok := all[line.device]
		if !ok {
			p = span{line.at, line.at + hour}
		}
		all[line.device] = span{min(p.start, line.at), max(p.stop, line.at+hour)}
	}
	return all
}

// visibleHours is the part of a span that InfluxDB can hold.
func (s *Influx) visibleHours(p span) span {
	return span{max(p.start, firstMilli), min(p.stop, lastMilli)}
}

// countedHours are a resident's roll-ups, without those of a run of Retain that
// did not get to its end.
func (s *Influx) countedHours(ctx context.Context, p span, m Move) (points, error) {
	all, err := s.points(ctx, p, s.leaving(m, rollupMeasurement))
	known, _ := s.current()
	if known.phase == rolling {
		unfinished := strconv.FormatInt(known.generation, 10)
		maps.DeleteFunc(all, func(line point, _ map[string]float64) bool { return line.generation == unfinished })
	}
	return all, err
}

// moveRollups moves the hours that lie within the span. They get a generation of
// their own, which says from whom they are without saying their name, so that
// they lie beside what the other has of that hour and are written twice to the
// same place.
func (s *Influx) moveRollups(ctx context.Context, m Move) (moved, mixed int, err error) {
	h, err := s.leavingHours(ctx, m)
	if err != nil || len(h.leaving) == 0 {
		return 0, h.mixed, err
	}
	around := s.visibleHours(m.span().hours())
	other := Move{From: m.To, Device: m.Device}
	there, err := s.countedHours(ctx, around, other)
	if err != nil {
		return 0, 0, err
	}
	copied, err := h.leaving.arriving(there, m.From)
	if m.Both {
		copied, err = h.leaving.shared(there)
	}
	if err != nil {
		return 0, 0, err
	}
	if err := s.copyPoints(ctx, copied, m.To); err != nil {
		return 0, 0, err
	}
	if there, err = s.countedHours(ctx, around, other); err != nil {
		return 0, 0, err
	}
	for line, fields := range copied {
		for field, n := range fields {
			if is, ok := there[line][field]; !ok || is != n {
				return 0, 0, fmt.Errorf("roll-ups of %s: %w", time.UnixMilli(line.at).UTC().Format(time.RFC3339), errNotThere)
			}
		}
	}
	if m.Both {
		return h.whole, h.mixed, nil
	}
	for device, p := range h.leaving.spans() {
		only := m
		only.Device = tagID(device)
		if err := s.takeAway(ctx, only, rollupMeasurement, p); err != nil {
			return 0, 0, err
		}
	}
	return h.whole, h.mixed, nil
}
