package timeline

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// point is a line: what shares its tags and time, with its fields.
type point struct {
	device, marks, generation string // as tags
	at                        int64
}

// points are lines with the values of their fields.
type points map[point]map[string]float64

// points reads all fields of what passes the filter. Times of reception are whole
// numbers below 2^53, which a float holds.
func (s *Influx) points(ctx context.Context, p span, filter string) (points, error) {
	there, tags := points{}, map[string]string{}
	own := func(tag string) string { // the row's text does not last
		kept, ok := tags[tag]
		if !ok {
			kept = strings.Clone(tag)
			tags[kept] = kept
		}
		return kept
	}
	flux := s.from(p.start, p.stop) + filter +
		` |> keep(columns: ["_time", "_field", "_value", "device", "marks", "generation"])`
	err := s.query(ctx, flux, func(r answerRow) error {
		at, err := r.milli()
		if err != nil {
			return err
		}
		n, err := r.number("_value")
		line := point{own(r.text("device")), own(r.text("marks")), own(r.text("generation")), at}
		if there[line] == nil {
			there[line] = map[string]float64{}
		}
		there[line][own(r.text("_field"))] = n
		return err
	})
	return there, err
}

// measured is which device measured what and when.
type measured struct {
	device, field string
	at            int64
}

// measured are the readings among the fields.
func (ps points) measured() map[measured]bool {
	all := map[measured]bool{}
	for line, fields := range ps {
		for field := range fields {
			if field != receivedField {
				all[measured{line.device, field, line.at}] = true
			}
		}
	}
	return all
}

// count adds what the points hold, a device's metric and time once.
func (ps points) count(moved Moved) {
	for one := range ps.measured() {
		if metric, ok := vitals.ParseMetric(one.field); ok {
			moved.add(metric, 1)
		}
	}
}

// without is what is not at its place yet: what the same device measured at the
// same time is there, whatever its marks, and a line's time of reception stays
// what it is.
func (ps points) without(there points) points {
	have, left := there.measured(), points{}
	for line, fields := range ps {
		rest := maps.Clone(fields)
		maps.DeleteFunc(rest, func(field string, _ float64) bool {
			_, received := there[line][receivedField]
			return field == receivedField && received || have[measured{line.device, field, line.at}]
		})
		if _, received := rest[receivedField]; len(rest) > 1 || len(rest) == 1 && !received {
			left[line] = rest
		}
	}
	return left
}

// copyPoints writes points for a resident, those of readings or of roll-ups.
func (s *Influx) copyPoints(ctx context.Context, ps points, resident string) error {
	// A line that is refused must not be left out: it is to go where it was.
	out := lines{full: func(body []byte) error { return s.failed(s.write.WriteRecord(ctx, string(body))) }}
	for line, fields := range ps {
		if err := out.point(line, tagValue(resident), fields); err != nil {
			return err
		}
	}
	return out.flush()
}

// point writes a line as it was read.
func (l *lines) point(p point, resident string, fields map[string]float64) error {
	if p.generation == "" {
		l.buf = append(l.buf, measurement...)
	} else {
		l.buf = append(l.buf, rollupMeasurement...)
	}
	for _, tag := range [][2]string{{"device", p.device}, {"generation", p.generation}, {"marks", p.marks}, {"resident", resident}} {
		if tag[1] != "" {
			l.buf = append(l.buf, ","+tag[0]+"="+tag[1]...)
		}
	}
	separator := byte(' ')
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		l.buf = append(l.buf, separator)
		l.buf = append(l.buf, field+"="...)
		l.buf = appendNumber(l.buf, fields[field])
		if field == receivedField {
			l.buf = append(l.buf, 'i')
		}
		separator = ','
	}
	l.buf = append(l.buf, ' ')
	return l.end(p.at)
}
