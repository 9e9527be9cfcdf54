package timeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Retain implements [Store].
//
// InfluxDB has no transactions, so each run leaves notes in the state. While it
// is rolling, roll-ups are written under the tag of its generation, which nobody
// counts yet; a run that fails there is thrown away by the next one. Then, by
// one write, it is deleting: the roll-ups count, raw readings from before the
// border do not, and are deleted; when that is interrupted it is finished before
// anything is appended. Readings from before the border that come meanwhile wait.
func (s *Influx) Retain(ctx context.Context, before time.Time) error {
	border := windowStart(min(max(before.UnixMilli(), firstMilli+hour), lastMilli), hour)
	if err := s.retainBefore(ctx, border); err != nil {
		return fmt.Errorf("roll up readings from before %s: %w", time.UnixMilli(border).UTC().Format(time.RFC3339), err)
	}
	return nil
}

func (s *Influx) retainBefore(ctx context.Context, border int64) (err error) {
	if err := s.past.take(ctx); err != nil {
		return err
	}
	defer s.past.release()
	if err := s.prepareAlone(ctx); err != nil {
		return err
	}
	if err := s.appends.take(ctx); err != nil {
		return err
	}
	s.border.Store(border)
	s.appends.release()
	defer func() {
		if err != nil {
			s.unready() // whoever comes next looks how far it got
		}
		s.border.Store(math.MinInt64)
	}()
	if err := s.discardUnfinished(ctx); err != nil {
		return err
	}
	known, _ := s.current()
	generation := known.generation + 1
	if err := s.writeState(ctx, func(next *state) {
		next.generation, next.border, next.phase = generation, border, rolling
	}); err != nil {
		return err
	}
	residents, err := s.residentsBefore(ctx, border)
	if err != nil {
		return err
	}
	for _, resident := range residents {
		if err := s.rollUp(ctx, resident, border, generation); err != nil {
			return err
		}
	}
	if err := s.writeState(ctx, func(next *state) { next.phase = deleting }); err != nil {
		return err
	}
	return s.finishRetain(ctx)
}

// discardUnfinished deletes the roll-ups of a run that did not get to deleting.
func (s *Influx) discardUnfinished(ctx context.Context) error {
	known, _ := s.current()
	if known.phase != rolling {
		return nil
	}
	return s.deleteWhere(ctx, rollupMeasurement, "generation", strconv.FormatInt(known.generation, 10))
}

// prepareAlone is prepare for those who have the past to themselves: they finish
// what a run left.
func (s *Influx) prepareAlone(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if known, _ := s.current(); known.phase != deleting {
		return nil
	}
	return s.finishRetain(ctx)
}

// finishRetain deletes the readings whose roll-ups count.
func (s *Influx) finishRetain(ctx context.Context) error {
	known, _ := s.current()
	if err := s.deleteBefore(ctx, known.border); err != nil {
		return err
	}
	left, err := s.any(ctx, s.from(firstMilli, known.border)+` |> filter(fn: (r) => r._measurement == "`+measurement+`")`)
	switch {
	case err != nil:
		return err
	case left:
		return errors.New("readings are still there after they were deleted")
	}
	return s.writeState(ctx, func(next *state) { next.phase = idle })
}

// residentsBefore lists the tags of residents with readings from before the
// border; some may have none.
func (s *Influx) residentsBefore(ctx context.Context, border int64) (tags []string, err error) {
	ids := ids{}
	flux := s.from(firstMilli, border) + ` |> filter(fn: (r) => r._measurement == "` + measurement + `")` +
		` |> keep(columns: ["resident"]) |> group() |> distinct(column: "resident")`
	err = s.query(ctx, flux, func(r answerRow) error {
		tags = append(tags, ids.of(r.text("_value")))
		return nil
	})
	return tags, err
}

// deviceMetric is whose hours are rolled up apart.
type deviceMetric struct {
	device string
	metric vitals.Metric
}

// rollUp writes the roll-ups of a resident, a chunk of time after the other.
func (s *Influx) rollUp(ctx context.Context, resident string, border, generation int64) error {
	filter := ` |> filter(fn: (r) => r._measurement == "` + measurement + `" and r.resident == ` + fluxString(tagValue(resident)) +
		` and r._field != "` + receivedField + `")`
	// A roll-up that is refused must not be left out: its readings are to go.
	out := lines{full: func(body []byte) error { return s.failed(s.write.WriteRecord(ctx, string(body))) }}
	err := s.inPieces(ctx, span{firstMilli, border}, filter, false, func(p span) (found int, err error) {
		hours := map[deviceMetric]*windows{}
		ids := ids{}
		flux := s.from(p.start, p.stop) + filter + ` |> keep(columns: ["_time", "_field", "_value", "device", "marks"])`
		err = s.query(ctx, flux, func(r answerRow) error {
			found++
			metric, ok := vitals.ParseMetric(r.text("_field"))
			if !ok {
				return fmt.Errorf("field %q is no metric that is known here: nothing is deleted", r.text("_field"))
			}
			i, fit, err := readInstant(r, ids)
			if err != nil || !fit {
				return err
			}
			k := deviceMetric{i.device, metric}
			if hours[k] == nil {
				hours[k] = newWindows(hour)
			}
			hours[k].add(newWindow(i.at, i))
			return nil
		})
		if err != nil {
			return found, err
		}
		for k, all := range hours {
			for i := range all.all {
				if err := out.rollup(tagValue(k.device), tagValue(resident), k.metric, generation, &all.all[i]); err != nil {
					return found, err
				}
			}
		}
		return found, nil
	})
	if err != nil {
		return err
	}
	return out.flush()
}
