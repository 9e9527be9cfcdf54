package codec

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/anxin-care/anxin/vitals"
)

// SenML is RFC 8428, in JSON or CBOR, on anxin/v1/devices/{device}/senml. The
// device is the topic's; a record's name says the metric: its own part or the
// last step of its full name is a metric's name or one of [senmlNames].
type SenML struct{}

// Name implements [Codec].
func (SenML) Name() string { return "senml" }

// Filters implements [Codec].
func (SenML) Filters() []string { return []string{"anxin/v1/devices/+/senml"} }

// senmlNames are names that SenML devices use for what we name otherwise. A
// plain temperature or humidity is the room's.
var senmlNames = map[string]vitals.Metric{
	"temp": vitals.RoomTemperature, "temperature": vitals.RoomTemperature, "room_temp": vitals.RoomTemperature,
	"humidity": vitals.RoomHumidity, "hum": vitals.RoomHumidity, "rh": vitals.RoomHumidity,
	"body_temp": vitals.BodyTemperature, "hr": vitals.HeartRate, "heartrate": vitals.HeartRate, "pulse": vitals.HeartRate,
	"rr": vitals.RespiratoryRate, "systolic": vitals.BPSystolic, "diastolic": vitals.BPDiastolic, "weight": vitals.BodyWeight,
	"steps": vitals.StepCount, "battery": vitals.DeviceBattery, "rssi": vitals.SignalRSSI, "light": vitals.Illuminance,
	"pressure": vitals.RoomPressure, "open": vitals.DoorContact, "fall": vitals.FallEvent, "sos": vitals.SOSButton,
}

// SenMLRecord is a resolved record (RFC 8428, section 4.6): without base fields.
type SenMLRecord struct {
	Name string // full
	Own  string // the record's own part of it
	Unit string
	// Time is Unix seconds; 0 with Timeless set when the pack says none.
	Time     float64
	Timeless bool
	Value    *float64
	Text     *string
	Bool     *bool
	Data     []byte
	Sum      *float64
}

var (
	errSenMLVersion = errors.New("SenML: a version above 10 is not known")
	errSenMLEmpty   = errors.New("SenML: an empty pack")
)

// Decode implements [Codec].
func (SenML) Decode(m Message) ([]Report, error) {
	r := Report{Device: topicDevice(m.Topic)}
	var passed passedFields
	samples := map[int64]int{} // by time, the place in r.Samples
	err := resolveSenML(m.Payload, m.Received, func(record *SenMLRecord) {
		metric, ok := record.metric()
		if !ok {
			passed.add(clip(record.Name), "no such metric")
			return
		}
		v, err := record.value(metric)
		if err != nil {
			passed.addError(err)
			return
		}
		at := int64(0)
		if !record.Timeless {
			at = int64(math.Round(record.Time * 1000))
		}
		k, ok := samples[at]
		if !ok {
			k = len(r.Samples)
			samples[at] = k
			r.Samples = append(r.Samples, vitals.Sample{At: at})
		}
		r.Samples[k].Values = put(r.Samples[k].Values, v)
	})
	if err != nil {
		return nil, err
	}
	r.Passed = passed.list()
	if len(r.Samples) == 0 {
		return nil, fmt.Errorf("%w: %s", errNoReading, strings.Join(r.Passed, "; "))
	}
	return []Report{r}, nil
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 64)], "") }

func (r *SenMLRecord) metric() (vitals.Metric, bool) {
	for _, name := range []string{r.Own, r.Name[strings.LastIndexAny(r.Name, "/:.")+1:]} {
		if m, ok := vitals.ParseMetric(name); ok {
			return m, true
		}
		if m, ok := senmlNames[strings.ToLower(name)]; ok {
			return m, true
		}
	}
	return 0, false
}

func (r *SenMLRecord) value(m vitals.Metric) (vitals.Value, error) {
	unit := r.Unit
	if unit == "/" && len(m.Info().Words) > 0 {
		unit = "" // a ratio of 0 or 1 is how SenML says off and on
	}
	switch {
	case r.Value != nil:
		return m.Number(*r.Value, unit)
	case r.Bool != nil:
		return m.Bool(*r.Bool)
	case r.Text != nil:
		return m.Parse(*r.Text, unit)
	case r.Sum != nil:
		return m.Number(*r.Sum, unit)
	}
	return vitals.Value{}, &vitals.ValueError{Metric: m, Value: "data", Reason: "want a value"}
}

// wireRecord is a record as it is sent; what it does not have is nil.
type wireRecord struct {
	baseName, baseUnit           *string
	baseTime, baseValue, baseSum *float64
	version                      *float64
	name, unit, text             *string
	value, sum, time             *float64
	truth                        *bool
	data                         any
}

// maxSenMLName bounds a record's name: the base name is put before that of
// every record of the pack.
const maxSenMLName = 1024

// ResolveSenML reads a pack and resolves its records. Received is what times
// relative to now are counted from, in Unix milliseconds.
func ResolveSenML(payload []byte, received int64) ([]SenMLRecord, error) {
	var records []SenMLRecord
	err := resolveSenML(payload, received, func(r *SenMLRecord) { records = append(records, *r) })
	if err != nil {
		return nil, err
	}
	return records, nil
}

// resolveSenML calls found with each record of a pack that has a value. An
// error makes all of them void.
func resolveSenML(payload []byte, received int64, found func(*SenMLRecord)) error {
	r := senmlResolver{received: float64(received) / 1000}
	read := readSenMLCBOR
	if s := (scanner{b: payload}); s.next() == '[' {
		read = readSenMLJSON
	}
	err := read(payload, func(w *wireRecord) error {
		r.count++
		record, err := r.resolve(w)
		if err == nil && record != nil {
			found(record)
		}
		return err
	})
	if err == nil && r.count == 0 {
		return errSenMLEmpty
	}
	return err
}

// senmlResolver carries the base fields from record to record.
type senmlResolver struct {
	received         float64
	count            int
	name, unit       string
	time, value, sum *float64
}

// resolve applies the base fields. A record of base fields alone gives nil.
func (r *senmlResolver) resolve(w *wireRecord) (*SenMLRecord, error) {
	if w.version != nil && *w.version > 10 {
		return nil, errSenMLVersion
	}
	r.name, r.unit = *orBefore(w.baseName, &r.name), *orBefore(w.baseUnit, &r.unit)
	r.time, r.value, r.sum = orBefore(w.baseTime, r.time), orBefore(w.baseValue, r.value), orBefore(w.baseSum, r.sum)
	if w.value == nil && w.text == nil && w.truth == nil && w.data == nil && w.sum == nil {
		return nil, nil
	}
	none := ""
	own, unit := *orBefore(w.name, &none), *orBefore(w.unit, &none)
	switch {
	case len(r.name)+len(own) == 0:
		return nil, fmt.Errorf("SenML: record %d has no name", r.count)
	case len(r.name)+len(own) > maxSenMLName:
		return nil, fmt.Errorf("SenML: record %d: a name of more than %d bytes", r.count, maxSenMLName)
	}
	resolved := &SenMLRecord{Name: r.name + own, Own: own, Unit: unit, Text: w.text, Bool: w.truth}
	if unit == "" && (w.value != nil || w.sum != nil) {
		resolved.Unit = r.unit
	}
	if w.value != nil {
		resolved.Value = plus(w.value, r.value)
	}
	if w.sum != nil {
		resolved.Sum = plus(w.sum, r.sum)
	}
	var err error
	if resolved.Data, err = readData(w.data); err != nil {
		return nil, fmt.Errorf("SenML: record %d: %w", r.count, err)
	}
	// Section 4.5.3: a sum below 2**28 counts from now.
	resolved.Timeless = w.time == nil && r.time == nil
	if !resolved.Timeless {
		resolved.Time = *plus(w.time, r.time)
		if resolved.Time == 0 {
			resolved.Timeless = true
		} else if resolved.Time < 1<<28 {
			resolved.Time += r.received
		}
		if math.IsNaN(resolved.Time) || math.Abs(resolved.Time) > 1e14 {
			return nil, fmt.Errorf("SenML: record %d: a time out of all bounds", r.count)
		}
	}
	return resolved, nil
}

func orBefore[T any](now, before *T) *T {
	if now != nil {
		return now
	}
	return before
}

func plus(a, b *float64) *float64 {
	sum := 0.0
	for _, n := range []*float64{a, b} {
		if n != nil {
			sum += *n
		}
	}
	return &sum
}

// readData reads a data value: base64url text in JSON, bytes in CBOR.
func readData(data any) ([]byte, error) {
	switch d := data.(type) {
	case nil:
		return nil, nil
	case []byte:
		return d, nil
	case string:
		// Some encoders write the text into CBOR too, or pad it.
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(d, "="))
		if err != nil {
			return nil, errors.New("data that is not base64url")
		}
		return b, nil
	}
	return nil, errors.New("data that is neither text nor bytes")
}

// readSenMLJSON reads a pack in JSON (section 5), record by record.
func readSenMLJSON(payload []byte, found func(*wireRecord) error) error {
	s := scanner{b: payload}
	s.array(func() {
		var w wireRecord
		s.object(func(label []byte) {
			if err := w.setJSON(&s, label); err != nil && s.err == nil {
				s.err = fmt.Errorf("SenML: %w", err)
			}
		})
		if s.err == nil {
			s.err = found(&w)
		}
	})
	s.end()
	return s.err
}

// setJSON reads the value of a label.
func (w *wireRecord) setJSON(s *scanner, label []byte) error {
	name := clip(string(label[:min(len(label), 64)]))
	number, known := senmlLabels[name]
	if !known {
		s.skip(1)
		return mustKnow(string(label[max(0, len(label)-64):]))
	}
	var value any
	switch v := s.value(); v.kind {
	case kindNull:
		return nil
	case kindBool:
		value = v.truth
	case kindNumber:
		value = v.number
	case kindString:
		value = string(v.text)
	}
	return w.set(number, value)
}

// readSenMLCBOR reads a pack in CBOR (section 6), record by record.
func readSenMLCBOR(payload []byte, found func(*wireRecord) error) error {
	var records []cbor.RawMessage
	if err := senmlCBOR.Unmarshal(payload, &records); err != nil {
		return fmt.Errorf("SenML: neither a JSON nor a CBOR pack: %w", err)
	}
	for i, raw := range records {
		var labels map[any]any
		if err := senmlCBOR.Unmarshal(raw, &labels); err != nil {
			return fmt.Errorf("SenML: record %d: %w", i+1, err)
		}
		var w wireRecord
		for label, value := range labels {
			if err := w.setCBOR(label, value); err != nil {
				return fmt.Errorf("SenML: record %d: %w", i+1, err)
			}
		}
		if err := found(&w); err != nil {
			return err
		}
	}
	return nil
}

// setCBOR takes in a field: an integer for a label, or its text.
func (w *wireRecord) setCBOR(label, value any) error {
	if name, ok := label.(string); ok {
		number, known := senmlLabels[name]
		if !known {
			return mustKnow(name)
		}
		return w.set(number, value)
	}
	number, ok := number(label)
	if !ok {
		return errors.New("a label that is neither a number nor text")
	}
	return w.set(number, value)
}

// mustKnow refuses labels that end in "_": who does not know them may not read
// the pack (section 4.4).
func mustKnow(label string) error {
	if strings.HasSuffix(label, "_") {
		return fmt.Errorf("SenML: the label %q must be known, and is not", clip(label))
	}
	return nil
}

// senmlLabels are the labels' numbers in CBOR, by their text in JSON.
var senmlLabels = map[string]float64{
	"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5, "t": 6, "ut": 7, "vd": 8,
}

var senmlCBOR = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		MaxNestedLevels: maxDepth, MaxArrayElements: 1 << 20, MaxMapPairs: 64,
		DefaultMapType: nil, TagsMd: cbor.TagsAllowed, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return mode
}()

// set takes in the value of a label, by the label's number. What is not known,
// and does not say that it must be, is passed over.
func (w *wireRecord) set(label float64, value any) error {
	ok := true
	switch label {
	case -1:
		w.version, ok = decimal(value)
	case -2:
		w.baseName, ok = text(value)
	case -3:
		w.baseTime, ok = decimal(value)
	case -4:
		w.baseUnit, ok = text(value)
	case -5:
		w.baseValue, ok = decimal(value)
	case -6:
		w.baseSum, ok = decimal(value)
	case 0:
		w.name, ok = text(value)
	case 1:
		w.unit, ok = text(value)
	case 2:
		w.value, ok = decimal(value)
	case 3:
		w.text, ok = text(value)
	case 4:
		var truth bool
		truth, ok = value.(bool)
		w.truth = &truth
	case 5:
		w.sum, ok = decimal(value)
	case 6:
		w.time, ok = decimal(value)
	case 7: // the time until the next update is not used
		_, ok = decimal(value)
	case 8:
		w.data, ok = value, value != nil
	}
	if !ok {
		return fmt.Errorf("label %v has a value of the wrong type", label)
	}
	return nil
}

func text(v any) (*string, bool) {
	s, ok := v.(string)
	return &s, ok
}

// decimal is a CBOR number, a decimal fraction (tag 4) too.
func decimal(v any) (*float64, bool) {
	tag, ok := v.(cbor.Tag)
	if !ok {
		n, ok := number(v)
		return &n, ok
	}
	parts, ok := tag.Content.([]any)
	if !ok || tag.Number != 4 || len(parts) != 2 {
		return nil, false
	}
	exponent, ok1 := number(parts[0])
	mantissa, ok2 := number(parts[1])
	n := mantissa * math.Pow(10, exponent)
	if exponent < 0 { // one rounding instead of two
		n = mantissa / math.Pow(10, -exponent)
	}
	return &n, ok1 && ok2 && !math.IsNaN(n) && !math.IsInf(n, 0)
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}
