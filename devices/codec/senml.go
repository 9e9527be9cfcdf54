package codec

import (
	"encoding/base64"
	"encoding/json"
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
	records, err := ResolveSenML(m.Payload, m.Received)
	if err != nil {
		return nil, err
	}
	r := Report{Device: topicDevice(m.Topic)}
	var passed passedFields
	samples := map[int64]int{} // by time, the place in r.Samples
	for i := range records {
		record := &records[i]
		metric, ok := record.metric()
		if !ok {
			passed.add(clip(record.Name), "no such metric")
			continue
		}
		v, err := record.value(metric)
		if err != nil {
			passed.addError(err)
			continue
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

// wireRecord is a record as it is sent.
type wireRecord struct {
	BaseName    string   `json:"bn"`
	BaseTime    *float64 `json:"bt"`
	BaseUnit    string   `json:"bu"`
	BaseValue   *float64 `json:"bv"`
	BaseSum     *float64 `json:"bs"`
	BaseVersion *int     `json:"bver"`
	Name        string   `json:"n"`
	Unit        string   `json:"u"`
	Value       *float64 `json:"v"`
	Text        *string  `json:"vs"`
	Bool        *bool    `json:"vb"`
	Sum         *float64 `json:"s"`
	Time        *float64 `json:"t"`
	Update      *float64 `json:"ut"`
	Data        any      `json:"vd"`
}

// ResolveSenML reads a pack and resolves its records. Received is what times
// relative to now are counted from, in Unix milliseconds.
func ResolveSenML(payload []byte, received int64) ([]SenMLRecord, error) {
	wire, err := readSenML(payload)
	if err != nil {
		return nil, err
	}
	if len(wire) == 0 {
		return nil, errSenMLEmpty
	}
	var base struct {
		name, unit       string
		time, value, sum *float64
	}
	var records []SenMLRecord
	for i := range wire {
		w := &wire[i]
		if w.BaseVersion != nil && *w.BaseVersion > 10 {
			return nil, errSenMLVersion
		}
		if w.BaseName != "" {
			base.name = w.BaseName
		}
		if w.BaseUnit != "" {
			base.unit = w.BaseUnit
		}
		base.time, base.value, base.sum = orBefore(w.BaseTime, base.time), orBefore(w.BaseValue, base.value), orBefore(w.BaseSum, base.sum)
		if w.Value == nil && w.Text == nil && w.Bool == nil && w.Data == nil && w.Sum == nil {
			continue // base fields alone
		}
		r := SenMLRecord{Name: base.name + w.Name, Own: w.Name, Unit: w.Unit, Text: w.Text, Bool: w.Bool}
		if r.Unit == "" && (w.Value != nil || w.Sum != nil) {
			r.Unit = base.unit
		}
		if r.Name == "" {
			return nil, fmt.Errorf("SenML: record %d has no name", i+1)
		}
		if w.Value != nil {
			r.Value = plus(w.Value, base.value)
		}
		if w.Sum != nil {
			r.Sum = plus(w.Sum, base.sum)
		}
		if r.Data, err = readData(w.Data); err != nil {
			return nil, fmt.Errorf("SenML: record %d: %w", i+1, err)
		}
		// Section 4.5.3: a sum below 2**28 counts from now.
		r.Timeless = w.Time == nil && base.time == nil
		if !r.Timeless {
			r.Time = *plus(w.Time, base.time)
			if r.Time == 0 {
				r.Timeless = true
			} else if r.Time < 1<<28 {
				r.Time += float64(received) / 1000
			}
			if math.IsNaN(r.Time) || math.Abs(r.Time) > 1e14 {
				return nil, fmt.Errorf("SenML: record %d: a time out of all bounds", i+1)
			}
		}
		records = append(records, r)
	}
	return records, nil
}

func orBefore(now, before *float64) *float64 {
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

func readSenML(payload []byte) ([]wireRecord, error) {
	var wire []wireRecord
	trimmed := strings.TrimLeft(string(payload[:min(len(payload), 64)]), " \t\r\n")
	if strings.HasPrefix(trimmed, "[") {
		var labels []map[string]json.RawMessage
		if err := checkDepth(payload); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(payload, &wire); err != nil {
			return nil, fmt.Errorf("SenML: %w", err)
		}
		if err := json.Unmarshal(payload, &labels); err != nil {
			return nil, fmt.Errorf("SenML: %w", err)
		}
		for _, record := range labels {
			for label := range record {
				if err := mustKnow(label); err != nil {
					return nil, err
				}
			}
		}
		return wire, nil
	}
	var labels []map[any]any
	if err := senmlCBOR.Unmarshal(payload, &labels); err != nil {
		return nil, fmt.Errorf("SenML: neither a JSON nor a CBOR pack: %w", err)
	}
	wire = make([]wireRecord, len(labels))
	for i, record := range labels {
		for label, value := range record {
			if err := wire[i].set(label, value); err != nil {
				return nil, fmt.Errorf("SenML: record %d: %w", i+1, err)
			}
		}
	}
	return wire, nil
}

// mustKnow refuses labels that end in "_": who does not know them may not read
// the pack (section 4.4).
func mustKnow(label string) error {
	if strings.HasSuffix(label, "_") {
		return fmt.Errorf("SenML: the label %q must be known, and is not", clip(label))
	}
	return nil
}

// checkDepth refuses what would nest a decoder deep.
func checkDepth(payload []byte) error {
	s := scanner{b: payload}
	s.skip(0)
	s.end()
	return s.err
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

// set takes in a field of a CBOR record (section 6): an integer for a label, or
// its text.
func (w *wireRecord) set(label, value any) error {
	if name, ok := label.(string); ok {
		return mustKnow(name)
	}
	number, ok := number(label)
	if !ok {
		return errors.New("a label that is neither a number nor text")
	}
	texts := map[float64]*string{-2: &w.BaseName, -4: &w.BaseUnit, 0: &w.Name, 1: &w.Unit}
	numbers := map[float64]**float64{
		-3: &w.BaseTime, -5: &w.BaseValue, -6: &w.BaseSum, 2: &w.Value, 5: &w.Sum, 6: &w.Time, 7: &w.Update,
	}
	if field := texts[number]; field != nil {
		*field, ok = value.(string)
	} else if field := numbers[number]; field != nil {
		n, isNumber := decimal(value)
		*field, ok = &n, isNumber
	} else {
		ok = w.setOther(number, value)
	}
	if !ok {
		return fmt.Errorf("label %v has a value of the wrong type", number)
	}
	return nil
}

func (w *wireRecord) setOther(label float64, value any) (ok bool) {
	switch label {
	case -1:
		version, isNumber := number(value)
		n := int(min(version, 1000))
		w.BaseVersion, ok = &n, isNumber
	case 3:
		text, isText := value.(string)
		w.Text, ok = &text, isText
	case 4:
		b, isBool := value.(bool)
		w.Bool, ok = &b, isBool
	case 8:
		w.Data, ok = value, value != nil
	default:
		ok = true // not known, and nothing says that it must be
	}
	return ok
}

// decimal is a CBOR number, a decimal fraction (tag 4) too.
func decimal(v any) (float64, bool) {
	tag, ok := v.(cbor.Tag)
	if !ok {
		return number(v)
	}
	parts, ok := tag.Content.([]any)
	if !ok || tag.Number != 4 || len(parts) != 2 {
		return 0, false
	}
	exponent, ok1 := number(parts[0])
	mantissa, ok2 := number(parts[1])
	n := mantissa * math.Pow(10, exponent)
	if exponent < 0 { // one rounding instead of two
		n = mantissa / math.Pow(10, -exponent)
	}
	return n, ok1 && ok2 && !math.IsNaN(n) && !math.IsInf(n, 0)
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
