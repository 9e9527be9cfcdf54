package recordings

import (
	"bufio"
	"bytes"
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// home is the name of a home by that of one of its files: "OrdonezA" of
// "OrdonezA_Sensors" and of "OrdonezA_ADLs".
func home(file string) string {
	if i := strings.LastIndexByte(file, '_'); i > 0 {
		return file[:i]
	}
	return file
}

// spanned reads a line of two times and words, which tabs stand between, one or
// more.
func spanned(line string) (fields []string, isRow bool) {
	for field := range strings.SplitSeq(line, "\t") {
		if field = strings.TrimSpace(field); field != "" {
			fields = append(fields, field)
		}
	}
	// The heading and the line below it have no digits.
	return fields, len(fields) > 0 && strings.ContainsAny(fields[0], "0123456789")
}

// zoneOf are the places of the recordings by the rules' words.
var zoneOf = map[string]string{
	"bathroom": "bathroom", "bedroom": "bedroom", "kitchen": "kitchen", "living": "living_room", "living room": "living_room",
	"entrance": "entrance", "hall": "hall",
}

// sensorOf is what a sensor's type measures: while it is active, and after.
func sensorOf(kind, location string) (m vitals.Metric, known bool) {
	switch kind {
	case "pressure":
		if location == "bed" {
			return vitals.BedPresence, true
		}
		return vitals.Presence, true
	case "magnetic":
		return vitals.DoorContact, true
	case "pir", "flush":
		return vitals.Motion, true
	case "electric":
		return vitals.Switch, true
	}
	return 0, false
}

// sensors reads when the sensors of a home were active.
func (r *Recordings) sensors(f *File, id string, text []byte) {
	p := r.person(id)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		fields, isRow := spanned(lines.Text())
		if !isRow {
			continue
		}
		f.Rows++
		if len(fields) < 5 {
			f.Passed["fewer than five fields"]++
			continue
		}
		from, ok := parseTime(fields[0])
		to, okToo := parseTime(fields[1])
		if !ok || !okToo || to.Before(from) {
			f.Passed["no time, or one that ends before it begins"]++
			continue
		}
		location, kind, place := strings.ToLower(fields[2]), strings.ToLower(fields[3]), strings.ToLower(fields[4])
		m, ok := sensorOf(kind, location)
		if !ok {
			f.Passed["sensor that is no metric: "+kind]++
			continue
		}
		device := strings.ReplaceAll(place+"-"+location+"-"+kind, " ", "-")
		zone := zoneOf[place]
		p.begins(device, zone, from.UnixMilli(), m)
		p.says(device, zone, to.UnixMilli(), vitals.Value{Metric: m, Number: 0})
	}
}

// labels reads what the resident of a home did.
func (r *Recordings) labels(f *File, id string, text []byte) {
	p := r.person(id)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		fields, isRow := spanned(lines.Text())
		if !isRow {
			continue
		}
		f.Rows++
		if len(fields) < 3 {
			f.Passed["fewer than three fields"]++
			continue
		}
		from, ok := parseTime(fields[0])
		to, okToo := parseTime(fields[1])
		if !ok || !okToo || to.Before(from) {
			f.Passed["no time, or one that ends before it begins"]++
			continue
		}
		p.labels = append(p.labels, Label{Activity: fields[2], From: from, To: to})
	}
}

// begins adds that a sensor became active, also where it ceased to be so in the
// same second.
func (p *person) begins(device, zone string, at int64, m vitals.Metric) {
	if !p.says(device, zone, at, vitals.Value{Metric: m, Number: 1}) {
		p.samples[moment{device, at}].Values[0].Number = 1
	}
}
