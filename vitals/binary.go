package vitals

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The binary form of a Report is what the journal keeps:
//
//	1 byte    format, 1
//	strings   device, firmware: length (uvarint) and bytes
//	uvarint   number of residents, then each as a string
//	varint    received
//	uvarint   number of samples, then for each:
//	  varint    At - Received
//	  varint    DeviceTime - At, only when the flags say so (below)
//	  uvarint   number of values << 2 | flags (1: DeviceTime is At; 2: it is another time; 0: none)
//	  values    metric, then a byte of shape, marks when the shape says so,
//	            and the number
//
// A number with few decimals is a varint of its thousandfold, any other its
// eight bytes.
const reportFormat = 1

const (
	shapeScaled = 1 << iota // varint of a power of ten times the number
	shapeMarked             // marks follow
)

// scale is what numbers are multiplied by to become whole. Three decimals hold
// everything that a sensor says without loss.
const scale = 1000

var errReport = errors.New("not a report")

// AppendBinary appends the report's binary form to b.
func (r Report) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, reportFormat)
	b = appendString(b, r.Device)
	b = appendString(b, r.Firmware)
	b = binary.AppendUvarint(b, uint64(len(r.Residents)))
	for _, resident := range r.Residents {
		b = appendString(b, resident)
	}
	b = binary.AppendVarint(b, r.Received)
	b = binary.AppendUvarint(b, uint64(len(r.Samples)))
	for i := range r.Samples {
		s := &r.Samples[i]
		b = binary.AppendVarint(b, s.At-r.Received)
		switch s.DeviceTime {
		case s.At:
			b = binary.AppendUvarint(b, uint64(len(s.Values))<<2|1)
		case 0:
			b = binary.AppendUvarint(b, uint64(len(s.Values))<<2)
		default:
			b = binary.AppendUvarint(b, uint64(len(s.Values))<<2|2)
			b = binary.AppendVarint(b, s.DeviceTime-s.At)
		}
		for _, v := range s.Values {
			b = appendValue(b, v)
		}
	}
	return b, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendValue(b []byte, v Value) []byte {
	shape := byte(0)
	whole := math.Round(v.Number * scale)
	scaled := math.Abs(whole) < 1<<52 && whole/scale == v.Number && !(whole == 0 && math.Signbit(v.Number))
	if scaled {
		shape |= shapeScaled
	}
	if v.Marks != 0 {
		shape |= shapeMarked
	}
	b = append(b, byte(v.Metric), shape)
	if v.Marks != 0 {
		b = append(b, byte(v.Marks))
	}
	if scaled {
		return binary.AppendVarint(b, int64(whole))
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Number))
}

// DecodeReport reads what [Report.AppendBinary] wrote. Anything else is an error.
func DecodeReport(b []byte) (Report, error) {
	var r Report
	d := decoder{b: b}
	if d.byte() != reportFormat {
		return r, fmt.Errorf("decode report: %w", errReport)
	}
	r.Device = d.string()
	r.Firmware = d.string()
	if n := d.count(1); n > 0 {
		r.Residents = make([]string, n)
		for i := range r.Residents {
			r.Residents[i] = d.string()
		}
	}
	r.Received = d.varint()
	if n := d.count(2); n > 0 {
		r.Samples = make([]Sample, n)
	}
	for i := range r.Samples {
		d.sample(&r.Samples[i], r.Received)
	}
	if d.bad || len(d.b) > 0 {
		return Report{}, fmt.Errorf("decode report: %w", errReport)
	}
	return r, nil
}

// decoder reads from b and remembers when it could not.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) sample(s *Sample, received int64) {
	s.At = received + d.varint()
	head := d.uvarint()
	switch head & 3 {
	case 1:
		s.DeviceTime = s.At
	case 2:
		s.DeviceTime = s.At + d.varint()
	case 3:
		d.fail()
	}
	n := head >> 2
	if n > uint64(len(d.b))/3 {
		d.fail()
		return
	}
	if n > 0 {
		s.Values = make([]Value, n)
	}
	for i := range s.Values {
		v := &s.Values[i]
		v.Metric = Metric(d.byte())
		shape := d.byte()
		if shape&shapeMarked != 0 {
			v.Marks = Marks(d.byte())
		}
		if shape&shapeScaled != 0 {
			v.Number = float64(d.varint()) / scale
		} else {
			v.Number = math.Float64frombits(d.uint64())
		}
	}
}

func (d *decoder) fail() { d.b, d.bad = nil, true }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	b := d.b[0]
	d.b = d.b[1:]
	return b
}

func (d *decoder) uint64() uint64 {
	if len(d.b) < 8 {
		d.fail()
		return 0
	}
	n := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return n
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

// count reads how many things follow, each of at least so many bytes: no more
// than fit are believed.
func (d *decoder) count(least int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/least) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n := d.count(1)
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}
