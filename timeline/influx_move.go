package timeline

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Move implements [Store]. A piece of time after the other is copied, read back
// and deleted, while nobody appends. What was copied already when a run ended in
// the middle is found at its place, and is not copied again.
func (s *Influx) Move(ctx context.Context, m Move) (Moved, error) {
	moved := Moved{Readings: map[vitals.Metric]int{}}
	if err := m.check(); err != nil {
		return moved, err
	}
	// No run of Retain, no erasure and no other Move goes on meanwhile.
	if err := s.past.take(ctx); err != nil {
		return moved, err
	}
	defer s.past.release()
	err := s.prepareAlone(ctx)
	if err == nil {
		err = s.inPieces(ctx, m.span(), s.leaving(m, measurement), false, func(p span) (int, error) {
			return s.movePiece(ctx, m, p, moved)
		})
	}
	if err == nil {
		moved.Hours, moved.Mixed, err = s.moveRollups(ctx, m)
	}
	return moved, m.failed(err)
}

// Movable implements [Store].
func (s *Influx) Movable(ctx context.Context, m Move) (Moved, error) {
	moved := Moved{Readings: map[vitals.Metric]int{}}
	if err := m.check(); err != nil {
		return moved, err
	}
	err := s.prepare(ctx)
	if err == nil {
		err = s.inPieces(ctx, m.span(), s.leaving(m, measurement), false, func(p span) (int, error) {
			there, err := s.points(ctx, p, s.leaving(m, measurement))
			there.count(moved)
			return len(there), err
		})
	}
	if err != nil {
		return moved, m.failed(err)
	}
	hours, err := s.leavingHours(ctx, m)
	moved.Hours, moved.Mixed = hours.whole, hours.mixed
	return moved, m.failed(err)
}

// leaving is the filter for what a resident's device wrote into a measurement.
func (s *Influx) leaving(m Move, measurement string) string {
	f := ` |> filter(fn: (r) => r._measurement == "` + measurement + `" and r.resident == ` + fluxString(tagValue(m.From))
	if m.Device != "" {
		f += ` and r.device == ` + fluxString(tagValue(m.Device))
	}
	return f + `)`
}

// movePiece moves the readings of a piece of time.
func (s *Influx) movePiece(ctx context.Context, m Move, p span, moved Moved) (int, error) {
	if err := s.appends.take(ctx); err != nil {
		return 0, err
	}
	defer s.appends.release()
	leaving, err := s.points(ctx, p, s.leaving(m, measurement))
	if err != nil || len(leaving) == 0 {
		return 0, err
	}
	arriving := Move{From: m.To, Device: m.Device}
	there, err := s.points(ctx, p, s.leaving(arriving, measurement))
	if err != nil {
		return 0, err
	}
	if err := s.copyPoints(ctx, leaving.without(there), m.To); err != nil {
		return 0, err
	}
	if there, err = s.points(ctx, p, s.leaving(arriving, measurement)); err != nil {
		return 0, err
	}
	have := there.measured()
	for one := range leaving.measured() {
		if !have[one] {
			return 0, fmt.Errorf("%s of %s: %w", one.field, time.UnixMilli(one.at).UTC().Format(time.RFC3339), errNotThere)
		}
	}
	if !m.Both {
		if err := s.takeAway(ctx, m, measurement, p); err != nil {
			return 0, err
		}
	}
	leaving.count(moved)
	return len(leaving), nil
}

// takeAway deletes what was copied, and reads back that it is gone.
func (s *Influx) takeAway(ctx context.Context, m Move, measurement string, p span) error {
	if err := s.deleteSpan(ctx, m, measurement, p); err != nil {
		return err
	}
	left, err := s.any(ctx, s.from(p.start, p.stop)+s.leaving(m, measurement))
	if err == nil && left {
		return fmt.Errorf("some of %s are still there after they were deleted", measurement)
	}
	return err
}
