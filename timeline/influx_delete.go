package timeline

import (
	"context"
	"fmt"
	"time"
)

// DeleteResident implements [Store]. InfluxDB has been known to report a
// deletion as done that deleted nothing (influxdata/influxdb#22415), so it is
// read back.
func (s *Influx) DeleteResident(ctx context.Context, resident string) error {
	if err := s.deleteResident(ctx, resident); err != nil {
		return fmt.Errorf("delete readings of resident %s: %w", resident, err)
	}
	return nil
}

func (s *Influx) deleteResident(ctx context.Context, resident string) error {
	if err := s.past.take(ctx); err != nil {
		return err
	}
	defer s.past.release()
	if err := s.prepareAlone(ctx); err != nil {
		return err
	}
	for _, m := range []string{measurement, rollupMeasurement} {
		if err := s.deleteWhere(ctx, m, "resident", tagValue(resident)); err != nil {
			return err
		}
		left, err := s.any(ctx, s.from(firstMilli, lastMilli)+
			` |> filter(fn: (r) => r._measurement == "`+m+`" and r.resident == `+fluxString(tagValue(resident))+`)`)
		switch {
		case err != nil:
			return err
		case left:
			return fmt.Errorf("some of %s are still there after they were deleted", m)
		}
	}
	return nil
}

// any reports whether a query finds anything.
func (s *Influx) any(ctx context.Context, flux string) (found bool, err error) {
	err = s.query(ctx, flux+` |> limit(n: 1) |> keep(columns: ["_time"])`, func(answerRow) error {
		found = true
		return nil
	})
	return found, err
}

// deleteWhere deletes what has a tag. 1.8 has no API for it but InfluxQL.
func (s *Influx) deleteWhere(ctx context.Context, measurement, tag, value string) error {
	if s.is(version1) {
		return s.influxQL(ctx, `DELETE FROM "`+measurement+`" WHERE "`+tag+`" = `+influxQLString(value))
	}
	return s.deleteV2(ctx, span{firstMilli, lastMilli}, `_measurement = "`+measurement+`" AND `+tag+` = `+fluxString(value))
}

// deleteBefore deletes all readings from before the border.
func (s *Influx) deleteBefore(ctx context.Context, border int64) error {
	if s.is(version1) {
		return s.influxQL(ctx, fmt.Sprintf(`DELETE FROM %q WHERE time < %dms`, measurement, border))
	}
	return s.deleteV2(ctx, span{firstMilli, border}, `_measurement = "`+measurement+`"`)
}

// deleteSpan deletes what a resident's device wrote in a span of time.
func (s *Influx) deleteSpan(ctx context.Context, m Move, measurement string, p span) error {
	if s.is(version1) {
		command := fmt.Sprintf(`DELETE FROM %q WHERE "resident" = %s AND time >= %dms AND time < %dms`,
			measurement, influxQLString(tagValue(m.From)), p.start, p.stop)
		if m.Device != "" {
			command += ` AND "device" = ` + influxQLString(tagValue(m.Device))
		}
		return s.influxQL(ctx, command)
	}
	predicate := `_measurement = "` + measurement + `" AND resident = ` + fluxString(tagValue(m.From))
	if m.Device != "" {
		predicate += ` AND device = ` + fluxString(tagValue(m.Device))
	}
	return s.deleteV2(ctx, p, predicate)
}

// deleteV2 deletes what has the predicate and is from within the span.
func (s *Influx) deleteV2(ctx context.Context, p span, predicate string) error {
	// Its stop is included, to the nanosecond.
	last := time.UnixMilli(p.stop).Add(-time.Nanosecond)
	err := s.client.DeleteAPI().DeleteWithName(ctx, s.config.Org, s.config.Bucket, time.UnixMilli(p.start).UTC(), last.UTC(), predicate)
	return s.failed(err)
}

func (s *Influx) is(v version) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version == v
}
