package recordings

import "github.com/anxin-care/anxin/vitals"

// climate are the columns of a recording of a room.
var climate = []struct {
	column string
	metric vitals.Metric
}{
	{"temperature", vitals.RoomTemperature}, {"humidity", vitals.RoomHumidity}, {"co2", vitals.CO2}, {"light", vitals.Illuminance},
}

// room reads the climate of a room. Whether somebody was there is a label, not
// what a sensor said, and no reading.
func (r *Recordings) room(f *File, id string, text []byte) error {
	t, err := newTable(text)
	if err != nil {
		return err
	}
	p := r.person(id)
	for {
		ok, err := t.next()
		if err != nil || !ok {
			return err
		}
		f.Rows++
		at, ok := parseTime(t.get("date"))
		if !ok {
			f.Passed["without a time"]++
			continue
		}
		said := 0
		for _, c := range climate {
			if v, err := c.metric.Parse(t.get(c.column), ""); err == nil && p.says("air", "", at.UnixMilli(), v) {
				said++
			}
		}
		if said == 0 {
			f.Passed["without a value"]++
		}
	}
}
