package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// fields is a JSON object of a hub's, whose values come in any type.
type fields map[string]any

// maxHubPayload bounds what is read as one object: what hubs say of a device
// takes a few thousand bytes, and an object of them in memory many times more.
const maxHubPayload = 1 << 18

var (
	errNotObject = errors.New("want a JSON object")
	errTooLong   = errors.New("longer than anything that is said of a device")
)

// readFields reads an object that is nested no deeper than hubs do.
func readFields(payload []byte) (fields, error) {
	if len(payload) > maxHubPayload {
		return nil, errTooLong
	}
	s := scanner{b: payload}
	if s.next() != '{' {
		return nil, errNotObject
	}
	s.skip(0)
	s.end()
	if s.err != nil {
		return nil, s.err
	}
	var f fields
	d := json.NewDecoder(bytes.NewReader(payload))
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	return f, nil
}

// keys are in a fixed order, so that the same message gives the same readings.
func (f fields) keys() []string {
	keys := make([]string, 0, len(f))
	for k := range f {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (f fields) has(keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { _, ok := f[k]; return ok })
}

// text is a field's text, "" when it is none.
func (f fields) text(key string) string {
	s, _ := f[key].(string)
	return s
}

// truth is a field that says yes or no, in any of the ways that devices do.
func (f fields) truth(key string) (yes, said bool) {
	switch v := f[key].(type) {
	case bool:
		return v, true
	case float64:
		return v != 0, true
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "on", "yes", "1":
			return true, true
		case "false", "off", "no", "0":
			return false, true
		}
	}
	return false, false
}

// number is a field that is a number, or one as text.
func (f fields) number(key string) (float64, bool) {
	switch v := f[key].(type) {
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

// sampler collects the values of one device's sample.
type sampler struct {
	sample vitals.Sample
	passed passedFields
	echoes []Echo
}

// add reads a field as a metric. Null, empty and unreadable ones are passed over.
func (s *sampler) add(f fields, key string, m vitals.Metric, unit string) bool {
	raw, ok := f[key]
	if !ok {
		return false
	}
	var v vitals.Value
	var err error
	switch n := raw.(type) {
	case nil:
		s.passed.add(key, "null")
		return false
	case float64:
		v, err = m.Number(n, unit)
	case bool:
		v, err = m.Bool(n)
	case string:
		v, err = m.Parse(n, unit)
	default:
		s.passed.add(key, "not a single value")
		return false
	}
	if err != nil {
		s.passed.addError(err)
		return false
	}
	s.put(v)
	return true
}

// addUnless is add for a number that may be a sentinel: what a radio sends when
// it has no value.
func (s *sampler) addUnless(sentinels []float64, f fields, key string, m vitals.Metric, unit string) {
	if n, ok := f.number(key); ok && slices.Contains(sentinels, n) {
		s.passed.add(key, "sentinel "+strconv.FormatFloat(n, 'g', -1, 64))
		return
	}
	s.add(f, key, m, unit)
}

// event notes that something happened.
func (s *sampler) event(m vitals.Metric, number float64) {
	s.put(vitals.Value{Metric: m, Number: number})
}

// echoing notes an event that may be said again, see [Echo].
func (s *sampler) echoing(m vitals.Metric, number float64, lasts bool) {
	s.event(m, number)
	s.echoes = append(s.echoes, Echo{Metric: m, Lasts: lasts})
}

func (s *sampler) put(v vitals.Value) { s.sample.Values = put(s.sample.Values, v) }

func (s *sampler) has(m vitals.Metric) bool {
	return slices.ContainsFunc(s.sample.Values, func(v vitals.Value) bool { return v.Metric == m })
}

// report is what was collected. A retained copy tells states, not events. With
// nothing collected there is no report.
func (s *sampler) report(device string, m Message) []Report {
	if m.Retained {
		s.sample.Values = slices.DeleteFunc(s.sample.Values, func(v vitals.Value) bool { return v.Metric.Info().Kind == vitals.Event })
	}
	if len(s.sample.Values) == 0 {
		return nil
	}
	return []Report{{Device: device, Samples: []vitals.Sample{s.sample}, Passed: s.passed.list(), Echoes: s.echoes}}
}

// online is what an availability topic or a last will says; nothing when a
// broker's kept copy is cleared.
func online(device string, payload []byte) ([]Report, error) {
	if len(payload) == 0 {
		return nil, nil
	}
	word := string(payload[:min(len(payload), 64)])
	if f, err := readFields(payload); err == nil {
		word = f.text("state")
	}
	v, err := vitals.Online.Parse(strings.Trim(strings.TrimSpace(word), `"`), "")
	if err != nil {
		return nil, err
	}
	return []Report{{Device: device, Samples: []vitals.Sample{{Values: []vitals.Value{v}}}}}, nil
}
