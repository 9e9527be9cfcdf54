package recordings

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// clifVitals are the categories of CLIF's table of vital signs (version 2.1), all
// in the units of Anxin's metrics.
var clifVitals = map[string]vitals.Metric{
	"heart_rate": vitals.HeartRate, "sbp": vitals.BPSystolic, "dbp": vitals.BPDiastolic, "map": vitals.BPMean,
	"respiratory_rate": vitals.RespiratoryRate, "spo2": vitals.SpO2, "temp_c": vitals.BodyTemperature, "weight_kg": vitals.BodyWeight,
	"height_cm": vitals.BodyHeight,
}

// The devices of a hospital stay.
const (
	monitor    = "monitor"
	ventilator = "respiratory-support"
	nurse      = "assessment"
)

// table is a CSV file with its columns by name.
type table struct {
	rows    *csv.Reader
	columns map[string]int
	record  []string
}

func newTable(text []byte) (*table, error) {
	t := &table{rows: csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF")))), columns: map[string]int{}}
	t.rows.FieldsPerRecord, t.rows.ReuseRecord, t.rows.LazyQuotes = -1, true, true
	heading, err := t.rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read the heading: %w", err)
	}
	for i, name := range heading {
		t.columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	return t, nil
}

// next reads a row; false at the end.
func (t *table) next() (bool, error) {
	record, err := t.rows.Read()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	t.record = record
	return true, nil
}

// get is the field of the first of the columns that there is; "" when there is
// none. Rows that begin with a number that the heading does not name are one
// field longer.
func (t *table) get(columns ...string) string {
	shift := 0
	if len(t.record) == len(t.columns)+1 {
		shift = 1
	}
	for _, name := range columns {
		if i, ok := t.columns[name]; ok && i+shift < len(t.record) {
			return strings.TrimSpace(t.record[i+shift])
		}
	}
	return ""
}

func (t *table) has(column string) bool {
	_, ok := t.columns[column]
	return ok
}

func (t *table) number(column string) (float64, bool) {
	n, err := strconv.ParseFloat(t.get(column), 64)
	return n, err == nil
}

// clif reads a table of hospital stays.
func (r *Recordings) clif(f *File, text []byte) error {
	t, err := newTable(text)
	if err != nil {
		return err
	}
	var row func(p *person, at int64) string
	comas := map[*person]map[int64]*coma{}
	switch {
	case t.has("vital_category"):
		row = func(p *person, at int64) string { return p.vital(t, at) }
	case t.has("device_category"):
		row = func(p *person, at int64) string { return p.oxygen(t, at) }
	case t.has("assessment_category"):
		row = func(p *person, at int64) string {
			if comas[p] == nil {
				comas[p] = map[int64]*coma{}
			}
			if comas[p][at] == nil {
				comas[p][at] = &coma{}
			}
			return comas[p][at].take(t)
		}
	default:
		f.Format = ""
		return nil
	}
	for {
		ok, err := t.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		f.Rows++
		at, ok := parseTime(t.get("recorded_utc", "recorded_dttm"))
		id := t.get("hospitalization_id")
		if !ok || id == "" {
			f.Passed["without a time or a stay"]++
			continue
		}
		if why := row(r.person(id), at.UnixMilli()); why != "" {
			f.Passed[why]++
		}
	}
	for p, at := range comas {
		for _, when := range slices.Sorted(maps.Keys(at)) {
			if word, ok := at[when].word(); ok {
				v, err := vitals.Consciousness.Parse(word, "")
				if err != nil {
					return err
				}
				p.says(nurse, "", when, v)
			} else if at[when].said() {
				f.Passed["no level of consciousness by the scale alone"]++
			}
		}
	}
	return nil
}

// twice is why a row gave no reading whose metric had one of that moment.
const twice = "a second value of the same moment"

func (p *person) vital(t *table, at int64) string {
	if age, ok := t.number("age_at_admission"); ok && p.profile.Birth.IsZero() {
		p.profile.Birth = time.UnixMilli(at).UTC().AddDate(-int(age), 0, -1)
	}
	m, ok := clifVitals[strings.ToLower(t.get("vital_category"))]
	if !ok {
		return "vital sign that is no metric: " + t.get("vital_category")
	}
	v, err := m.Parse(t.get("vital_value"), "")
	if err != nil {
		return "value that is no number"
	}
	if !p.says(monitor, "", at, v) {
		return twice
	}
	return ""
}

// withOxygen are devices through which nobody breathes but oxygen is given.
var withOxygen = []string{"nasal cannula", "face mask", "high flow nc", "trach collar"}

// roomAir is the part of oxygen in the air.
const roomAir = 0.21

// oxygen reads whether oxygen is given, and how much. A ventilator may run on air:
// only what it is set to tells.
func (p *person) oxygen(t *table, at int64) string {
	device := strings.ToLower(t.get("device_category"))
	part, isSet := t.number("fio2_set")
	flow, flows := t.number("lpm_set")
	on, known := false, true
	switch {
	case isSet && part > 1: // in per cent
		on = part > 100*roomAir
	case isSet:
		on = part > roomAir
	case flows:
		on = flow > 0
	case device == "room air":
	case slices.Contains(withOxygen, device):
		on = true
	default:
		known = false
	}
	if flows {
		if v, err := vitals.OxygenFlow.Number(flow, ""); err == nil {
			p.says(ventilator, "", at, v)
		}
	}
	if !known {
		return "oxygen not said"
	}
	v, err := vitals.SupplementalOxygen.Bool(on)
	if err != nil {
		return "oxygen not said"
	}
	if !p.says(ventilator, "", at, v) {
		return twice
	}
	return ""
}

// coma is an assessment by the Glasgow scale; 0 is what was not tested, and what
// cannot be: of the voice of somebody with a tube.
type coma struct {
	eye, voice, motor, total float64
	parts                    int
}

func (c *coma) take(t *table) string {
	n, ok := t.number("numerical_value")
	if !ok {
		return "assessment without a number"
	}
	switch strings.ToLower(t.get("assessment_category")) {
	case "gcs_eye":
		c.eye = n
	case "gcs_verbal":
		c.voice = n
	case "gcs_motor":
		c.motor = n
	case "gcs_total":
		c.total = n
		return ""
	default:
		return "assessment of another scale"
	}
	c.parts++
	return ""
}

// said reports whether the scale was used at all.
func (c *coma) said() bool { return c.parts > 0 || c.total > 0 }

// word is the level of consciousness, where the scale says it. Somebody is alert
// with all 15 points, and confused with eyes open and fewer. Who opens the eyes to
// a voice, to pain or not at all is V, P or U, also with a tube; with one and the
// eyes open nobody can say. MIMIC's total counts the voice of those with a tube as
// if it were good, so the total alone says something only without its parts, and
// only when it is 15.
func (c *coma) word() (string, bool) {
	switch {
	case c.parts == 0:
		return "A", c.total == 15
	case c.eye == 1:
		return "U", true
	case c.eye == 2:
		return "P", true
	case c.eye == 3:
		return "V", true
	case c.eye != 4 || c.voice == 0 || c.motor == 0:
		return "", false
	case c.voice == 5 && c.motor == 6:
		return "A", true
	}
	return "C", true
}
