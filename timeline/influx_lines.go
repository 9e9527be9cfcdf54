package timeline

import (
	"math"
	"strconv"

	"github.com/anxin-care/anxin/vitals"
)

const (
	measurement       = "readings"
	rollupMeasurement = "readings_1h"
	stateMeasurement  = "anxin_state"
	receivedField     = "received"

	// A request holds at most so much: InfluxDB recommends 5,000 to 10,000 lines,
	// and refuses more than 25 MB.
	linesAtOnce = 5000
	bytesAtOnce = 4 << 20
)

// lines writes line protocol into one buffer that is used again and again.
type lines struct {
	buf   []byte
	count int
	// full is told when the buffer holds enough for a request.
	full func([]byte) error
}

// report writes a report: for each resident, sample and set of marks one line.
func (l *lines) report(r *vitals.Report) error {
	for _, resident := range r.Residents {
		device, resident := tagValue(r.Device), tagValue(resident)
		for i := range r.Samples {
			if err := l.sample(device, resident, r.Received, &r.Samples[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *lines) sample(device, resident string, received int64, s *vitals.Sample) error {
	var written [256]bool // by marks
	for i, v := range s.Values {
		if written[v.Marks] {
			continue
		}
		written[v.Marks] = true
		if !l.values(device, resident, v.Marks, s.Values[i:]) {
			continue
		}
		l.buf = append(l.buf, ","+receivedField+"="...)
		l.buf = strconv.AppendInt(l.buf, received, 10)
		l.buf = append(l.buf, "i "...)
		if err := l.end(s.At); err != nil {
			return err
		}
	}
	return nil
}

// values begins a line with the values that have the marks. It writes nothing
// and returns false when none of them is finite.
func (l *lines) values(device, resident string, marks vitals.Marks, values []vitals.Value) bool {
	start, fields := len(l.buf), 0
	l.buf = append(l.buf, measurement+",device="...)
	l.buf = append(l.buf, device...)
	if marks != 0 {
		l.buf = append(l.buf, ",marks="...)
		l.buf = append(l.buf, marksTag(marks)...)
	}
	l.buf = append(l.buf, ",resident="...)
	l.buf = append(l.buf, resident...)
	var has [4]uint64
	for _, v := range values {
		word, bit := v.Metric>>6, uint64(1)<<(v.Metric&63)
		if v.Marks != marks || has[word]&bit != 0 || !finite(v.Number) {
			continue
		}
		has[word] |= bit
		separator := byte(',')
		if fields == 0 {
			separator = ' '
		}
		l.buf = append(l.buf, separator)
		l.buf = append(l.buf, v.Metric.String()...)
		l.buf = append(l.buf, '=')
		l.buf = appendNumber(l.buf, v.Number)
		fields++
	}
	if fields == 0 {
		l.buf = l.buf[:start]
	}
	return fields > 0
}

// rollup writes an hour of one device.
func (l *lines) rollup(device, resident string, metric vitals.Metric, generation int64, w *window) error {
	l.buf = append(l.buf, rollupMeasurement+",device="...)
	l.buf = append(l.buf, device...)
	l.buf = append(l.buf, ",generation="...)
	l.buf = strconv.AppendInt(l.buf, generation, 10)
	l.buf = append(l.buf, ",resident="...)
	l.buf = append(l.buf, resident...)
	separator := byte(' ')
	for _, part := range rollupParts(w) {
		l.buf = append(l.buf, separator)
		l.buf = append(l.buf, metric.String()...)
		l.buf = append(l.buf, '_')
		l.buf = append(l.buf, part.name...)
		l.buf = append(l.buf, '=')
		l.buf = appendNumber(l.buf, part.get())
		separator = ','
	}
	l.buf = append(l.buf, ' ')
	return l.end(w.start)
}

// rollupPart is one of the fields in which a roll-up is kept: "<metric>_<name>".
type rollupPart struct {
	name string
	get  func() float64
	set  func(float64)
}

// rollupParts are the fields, all floats, which hold times in milliseconds
// exactly. The mean stands in place of the sum, for those who look at it there.
func rollupParts(w *window) []rollupPart {
	number := func(name string, n *float64) rollupPart {
		return rollupPart{name, func() float64 { return *n }, func(f float64) { *n = f }}
	}
	at := func(name string, ms *int64) rollupPart {
		return rollupPart{name, func() float64 { return float64(*ms) }, func(f float64) { *ms = int64(f) }}
	}
	return []rollupPart{
		number("count", &w.count),
		{"mean", func() float64 { return w.sum / w.count }, func(f float64) { w.sum = f }},
		number("min", &w.min), number("max", &w.max),
		number("first", &w.first.number), at("first_at", &w.first.at),
		number("last", &w.last.number), at("last_at", &w.last.at),
	}
}

// end ends a line with its time.
func (l *lines) end(at int64) error {
	l.buf = strconv.AppendInt(l.buf, at, 10)
	l.buf = append(l.buf, '\n')
	l.count++
	if l.count == linesAtOnce || len(l.buf) >= bytesAtOnce {
		return l.flush()
	}
	return nil
}

// flush hands over what there is.
func (l *lines) flush() error {
	if l.count == 0 {
		return nil
	}
	err := l.full(l.buf)
	l.reset()
	return err
}

func (l *lines) reset() { l.buf, l.count = l.buf[:0], 0 }

// appendNumber writes a float. Whole numbers, which most are, are written the
// quick way.
func appendNumber(b []byte, n float64) []byte {
	n = min(max(n, -math.MaxFloat64), math.MaxFloat64) // a mean's sum may have overflowed
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	return strconv.AppendFloat(b, n, 'g', -1, 64)
}
