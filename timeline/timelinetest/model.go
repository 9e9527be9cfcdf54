package timelinetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// model answers as a store should, from a list, without any cleverness.
type model struct{ kept []modelled }

type modelled struct {
	vitals.Reading
	rolled bool // only its hour's roll-up is left
}

func (m *model) append(reports []vitals.Report) {
	for _, report := range reports {
		for _, resident := range report.Residents {
			for _, sample := range report.Samples {
				for _, v := range sample.Values {
					r := vitals.Reading{
						Resident: resident, Device: report.Device, Metric: v.Metric, Number: v.Number, Marks: v.Marks,
						At: time.UnixMilli(sample.At).UTC(), Received: time.UnixMilli(report.Received).UTC(),
					}
					if !slices.ContainsFunc(m.kept, func(k modelled) bool { return k.Resident == resident && measured(k, r) }) {
						m.kept = append(m.kept, modelled{Reading: r})
					}
				}
			}
		}
	}
}

// measured: the same device, metric and time.
func measured(k modelled, r vitals.Reading) bool {
	return k.Device == r.Device && k.Metric == r.Metric && k.At.Equal(r.At)
}

func asked(q timeline.Query, r vitals.Reading, at time.Time) bool {
	return r.Resident == q.Resident && r.Metric == q.Metric && (q.Device == "" || q.Device == r.Device) &&
		!at.Before(q.From) && at.Before(q.To)
}

func (m *model) read(q timeline.Query) []vitals.Reading {
	var found []vitals.Reading
	for _, k := range m.kept {
		if !k.rolled && asked(q, k.Reading, k.At) {
			found = append(found, k.Reading)
		}
	}
	slices.SortFunc(found, byTime)
	if q.Limit > 0 && len(found) > q.Limit {
		if q.Newest {
			return found[len(found)-q.Limit:]
		}
		return found[:q.Limit]
	}
	return found
}

func byTime(a, b vitals.Reading) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Device, b.Device))
}

func (m *model) aggregate(q timeline.Query, every time.Duration, fn timeline.Fn) []timeline.Point {
	windows := map[int64][]vitals.Reading{}
	for _, k := range m.kept {
		at := k.At
		if k.rolled {
			if every%time.Hour != 0 {
				continue
			}
			at = at.Truncate(time.Hour)
		}
		if k.Marks.Unfit() || !asked(q, k.Reading, at) {
			continue
		}
		start := at.UnixMilli() - at.UnixMilli()%every.Milliseconds()
		windows[start] = append(windows[start], k.Reading)
	}
	var points []timeline.Point
	for start, readings := range windows {
		points = append(points, timeline.Point{At: time.UnixMilli(start).UTC(), Number: reduce(readings, fn)})
	}
	slices.SortFunc(points, func(a, b timeline.Point) int { return a.At.Compare(b.At) })
	return points
}

func reduce(readings []vitals.Reading, fn timeline.Fn) float64 {
	slices.SortFunc(readings, byTime)
	first, last := readings[0].Number, readings[len(readings)-1].Number
	sum, low, high := 0.0, first, first
	for _, r := range readings {
		sum += r.Number
		low, high = min(low, r.Number), max(high, r.Number)
	}
	n := float64(len(readings))
	return map[timeline.Fn]float64{
		timeline.Mean: sum / n, timeline.Min: low, timeline.Max: high, timeline.Sum: sum, timeline.Count: n,
		timeline.First: first, timeline.Last: last,
	}[fn]
}

func (m *model) latest(since time.Time, residents []string) []vitals.Reading {
	type key struct {
		resident string
		metric   vitals.Metric
	}
	newest := map[key]vitals.Reading{}
	for _, k := range m.kept {
		at := key{k.Resident, k.Metric}
		if k.rolled || k.At.Before(since) || len(residents) > 0 && !slices.Contains(residents, k.Resident) {
			continue
		}
		if old, ok := newest[at]; !ok || byTime(k.Reading, old) > 0 {
			newest[at] = k.Reading
		}
	}
	var found []vitals.Reading
	for _, r := range newest {
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b vitals.Reading) int {
		return cmp.Or(cmp.Compare(a.Resident, b.Resident), cmp.Compare(a.Metric, b.Metric))
	})
	return found
}

func (m *model) has(readings []vitals.Reading) []bool {
	have := make([]bool, len(readings))
	for i, r := range readings {
		have[i] = slices.ContainsFunc(m.kept, func(k modelled) bool { return !k.rolled && measured(k, r) })
	}
	return have
}

func (m *model) delete(resident string) {
	m.kept = slices.DeleteFunc(m.kept, func(k modelled) bool { return k.Resident == resident })
}

func (m *model) retain(before time.Time) {
	m.kept = slices.DeleteFunc(m.kept, func(k modelled) bool {
		return k.Marks.Unfit() && k.At.Before(before.Truncate(time.Hour))
	})
	for i := range m.kept {
		if m.kept[i].At.Before(before.Truncate(time.Hour)) {
			m.kept[i].rolled = true
		}
	}
}

// hours are those of a resident that are rolled up.
func (m *model) hours(resident string) (list []timeline.Hour) {
	for _, k := range m.kept {
		if !k.rolled || k.Resident != resident {
			continue
		}
		i := slices.IndexFunc(list, func(h timeline.Hour) bool {
			return h.Device == k.Device && h.First.Truncate(time.Hour).Equal(k.At.Truncate(time.Hour))
		})
		if i < 0 {
			list = append(list, timeline.Hour{Device: k.Device, First: k.At, Last: k.At})
			continue
		}
		if list[i].First.After(k.At) {
			list[i].First = k.At
		}
		if list[i].Last.Before(k.At) {
			list[i].Last = k.At
		}
	}
	slices.SortFunc(list, func(a, b timeline.Hour) int { return cmp.Or(cmp.Compare(a.Device, b.Device), a.First.Compare(b.First)) })
	return list
}

// move gives raw readings to another resident, and the whole hours of what is
// rolled up.
func (m *model) move(move timeline.Move) {
	inside := func(at time.Time) bool {
		return !at.Before(move.Since) && (move.Until.IsZero() || at.Before(move.Until))
	}
	type deviceHour struct {
		device string
		hour   time.Time
	}
	type metricHour struct {
		deviceHour
		metric   vitals.Metric
		resident string
	}
	hourOf := func(k modelled) deviceHour { return deviceHour{k.Device, k.At.Truncate(time.Hour)} }
	mixed, rolled := map[deviceHour]bool{}, map[metricHour][]vitals.Reading{}
	for _, k := range m.kept {
		if !k.rolled {
			continue
		}
		of := metricHour{hourOf(k), k.Metric, k.Resident}
		rolled[of] = append(rolled[of], k.Reading)
		if k.Resident == move.From && !inside(k.At) {
			mixed[hourOf(k)] = true
		}
	}
	alike := func(a, b []vitals.Reading) bool {
		if len(a) == 0 || len(b) == 0 {
			return false
		}
		for _, fn := range []timeline.Fn{timeline.Count, timeline.Min, timeline.Max, timeline.First, timeline.Last} {
			if reduce(a, fn) != reduce(b, fn) {
				return false
			}
		}
		return a[0].At.Equal(b[0].At) && a[len(a)-1].At.Equal(b[len(b)-1].At)
	}
	var kept []modelled
	for _, k := range m.kept {
		if k.Resident != move.From || move.Device != "" && k.Device != move.Device || !inside(k.At) || k.rolled && mixed[hourOf(k)] {
			kept = append(kept, k)
			continue
		}
		both := false
		if k.rolled {
			both = alike(rolled[metricHour{hourOf(k), k.Metric, move.From}], rolled[metricHour{hourOf(k), k.Metric, move.To}])
		} else {
			both = slices.ContainsFunc(m.kept, func(o modelled) bool { return o.Resident == move.To && !o.rolled && measured(o, k.Reading) })
		}
		if move.Both {
			kept = append(kept, k)
			both = both || k.rolled && len(rolled[metricHour{hourOf(k), k.Metric, move.To}]) > 0
		}
		if !both {
			k.Resident = move.To
			kept = append(kept, k)
		}
	}
	m.kept = kept
}
