package vitals

import "time"

// Check marks the values of a sample that cannot be right: outside the
// metric's bounds, or contradicted by another one of the sample.
func Check(s *Sample) {
	var systolic, diastolic *Value
	for i := range s.Values {
		v := &s.Values[i]
		if row := v.Metric.row(); row != nil && row.Bounded && (v.Number < row.Min || v.Number > row.Max) {
			v.Marks |= Implausible
		}
		switch v.Metric {
		case BPSystolic:
			systolic = v
		case BPDiastolic:
			diastolic = v
		}
	}
	// A pulse pressure below 10 mm[Hg], or none, is a cuff's mistake.
	if systolic != nil && diastolic != nil && systolic.Number-diastolic.Number < 10 {
		systolic.Marks |= Implausible
		diastolic.Marks |= Implausible
	}
}

// A weight that differs by more from one of the last days is another person's,
// or in another unit: 140 from a scale that shows jin.
const (
	jumpWeight = 10 // kg
	jumpWithin = 7 * 24 * time.Hour
)

// Jumped reports whether next is too far from last to be of the same person in
// the same unit. Only weights are judged.
func Jumped(last, next Reading) bool {
	apart := next.At.Sub(last.At).Abs()
	difference := next.Number - last.Number
	return next.Metric == BodyWeight && last.Metric == BodyWeight && apart <= jumpWithin &&
		(difference > jumpWeight || difference < -jumpWeight)
}
