package codec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Native is Anxin's own format: a JSON object of metric names and values, or an
// array of them, on anxin/v1/devices/{device}/readings.
//
//	{"ts": 1795435200000, "heart_rate": 72, "body_temperature": 97.9, "units": {"body_temperature": "[degF]"}}
//
// ts is when it was measured: Unix milliseconds, or RFC 3339 with a zone.
// Values are numbers, numbers as text, booleans, a state's word, or a meter's
// LO, HI, "<20". What cannot be used is passed over and spoils nothing else; a
// message of which nothing can be used is an error.
type Native struct{}

// Name implements [Codec].
func (Native) Name() string { return "native" }

// Filters implements [Codec].
func (Native) Filters() []string { return []string{"anxin/v1/devices/+/readings"} }

// errNoReading says that a message was read and holds nothing for us.
var errNoReading = errors.New("there is no reading in it")

// Decode implements [Codec].
func (Native) Decode(m Message) ([]Report, error) {
	d := nativeDecoder{s: scanner{b: m.Payload}}
	switch d.s.next() {
	case '{':
		d.sample()
	case '[':
		// An object of a stored reading takes at least 30 bytes.
		d.samples = make([]vitals.Sample, 0, min(len(m.Payload)/30+1, 1<<18))
		d.s.array(func() {
			if d.s.next() == '{' {
				d.sample()
				return
			}
			d.pass("element", "not an object")
			d.s.skip(1)
		})
	default:
		d.s.fail("want an object of readings, or an array of them")
	}
	d.s.end()
	if d.s.err != nil {
		return nil, d.s.err
	}
	if len(d.samples) == 0 {
		if passed := d.passed.list(); len(passed) > 0 {
			return nil, fmt.Errorf("%w: %s", errNoReading, strings.Join(passed, "; "))
		}
		return nil, errNoReading
	}
	return []Report{{Device: topicDevice(m.Topic), Samples: d.samples, Passed: d.passed.list()}}, nil
}

// topicDevice is the device's level of a native topic.
func topicDevice(topic string) string {
	rest := strings.TrimPrefix(topic, "anxin/v1/devices/")
	device, _, _ := strings.Cut(rest, "/")
	return device
}

type nativeDecoder struct {
	s       scanner
	samples []vitals.Sample
	passed  passedFields
	// pending are values whose unit may follow in the same object.
	pending []pendingValue
	units   map[string]string
}

// pendingValue is a value of one object, before the object's units are known.
type pendingValue struct {
	metric vitals.Metric
	value  value
	text   string
}

func (d *nativeDecoder) pass(field, reason string) { d.passed.add(field, reason) }

// sample reads one object.
func (d *nativeDecoder) sample() {
	d.pending, d.units = d.pending[:0], nil
	at := int64(0)
	d.s.object(func(key []byte) {
		switch {
		case string(key) == "ts":
			at = d.time()
		case string(key) == "units":
			d.readUnits()
		default:
			d.field(key)
		}
	})
	if d.s.err != nil {
		return
	}
	sample := vitals.Sample{At: at, Values: make([]vitals.Value, 0, len(d.pending))}
	for i := range d.pending {
		p := &d.pending[i]
		v, err := p.read(d.unit(p.metric))
		if err != nil {
			d.passed.addError(err)
			continue
		}
		sample.Values = put(sample.Values, v)
	}
	if len(sample.Values) > 0 {
		d.samples = append(d.samples, sample)
	}
}

// put adds a value; of a metric that is there twice the last counts, as in JSON.
func put(values []vitals.Value, v vitals.Value) []vitals.Value {
	for i := range values {
		if values[i].Metric == v.Metric {
			values[i] = v
			return values
		}
	}
	return append(values, v)
}

func (d *nativeDecoder) unit(m vitals.Metric) string {
	if d.units == nil {
		return ""
	}
	return d.units[m.String()]
}

func (d *nativeDecoder) field(key []byte) {
	metric, ok := vitals.ParseMetricBytes(key)
	if !ok {
		d.pass(clip(string(key[:min(len(key), 64)])), "no such metric")
		d.s.skip(2)
		return
	}
	p := pendingValue{metric: metric, value: d.s.value()}
	switch p.value.kind {
	case kindNull:
		if d.s.err == nil {
			d.pass(metric.String(), "null")
		}
		return
	case kindObject, kindArray:
		d.pass(metric.String(), "not a single value")
		d.s.skip(2)
		return
	case kindString:
		p.text = string(p.value.text[:min(len(p.value.text), 64)])
	}
	// Of a key that is there twice the last counts, as in JSON.
	for i := range d.pending {
		if d.pending[i].metric == metric {
			d.pending[i] = p
			return
		}
	}
	d.pending = append(d.pending, p)
}

func (p *pendingValue) read(unit string) (vitals.Value, error) {
	switch p.value.kind {
	case kindBool:
		return p.metric.Bool(p.value.truth)
	case kindString:
		return p.metric.Parse(p.text, unit)
	}
	return p.metric.Number(p.value.number, unit)
}

// time reads ts. What cannot be a time is passed over: the reading counts as
// measured when it arrived.
func (d *nativeDecoder) time() int64 {
	v := d.s.value()
	switch v.kind {
	case kindNumber:
		return d.millis(v.number)
	case kindString:
		text := string(v.text[:min(len(v.text), 64)])
		if t, ok := rfc3339(text); ok {
			return t.UnixMilli()
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			return d.millis(n)
		}
		d.pass("ts", "want Unix milliseconds, or RFC 3339 with a zone")
	case kindArray, kindObject:
		d.pass("ts", "not a single value")
		d.s.skip(2)
	case kindBool:
		d.pass("ts", "not a time")
	}
	return 0
}

// rfc3339 reads what RFC 3339 allows besides what Go reads: lower case, and a
// space for the T.
func rfc3339(text string) (time.Time, bool) {
	text = strings.Replace(strings.ToUpper(strings.TrimSpace(text)), " ", "T", 1)
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil
}

// millis is a number as Unix milliseconds. Between 1e9 and 1e11 it can only be
// seconds: as milliseconds it would be of 1970 to 1973.
func (d *nativeDecoder) millis(n float64) int64 {
	if 1e9 <= n && n < 1e11 {
		n *= 1000
	}
	if math.IsNaN(n) || math.Abs(n) > 1e17 {
		d.pass("ts", "out of all bounds")
		return 0
	}
	return int64(n)
}

func (d *nativeDecoder) readUnits() {
	if d.s.next() != '{' {
		if d.s.value().kind != kindNull {
			d.pass("units", "not an object")
		}
		if c := d.s.next(); c == '[' {
			d.s.skip(2)
		}
		return
	}
	d.units = map[string]string{}
	d.s.object(func(key []byte) {
		metric, known := vitals.ParseMetricBytes(key)
		if c := d.s.next(); c == '{' || c == '[' {
			d.pass("units", "not text")
			d.s.skip(3)
			return
		}
		switch v := d.s.value(); v.kind {
		case kindString:
			if known {
				d.units[metric.String()] = string(bytes.TrimSpace(v.text[:min(len(v.text), 64)]))
			}
		case kindNull:
		default:
			d.pass("units", "not text")
		}
	})
}
