package timeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

const hour = int64(time.Hour / time.Millisecond)

// windowLength is every in milliseconds, the finest that a store knows.
func windowLength(every time.Duration) (int64, error) {
	if every < time.Millisecond || every%time.Millisecond != 0 {
		return 0, fmt.Errorf("aggregate by %s: want whole milliseconds", every)
	}
	return every.Milliseconds(), nil
}

// windowStart is the start of the window that holds at, before 1970 too.
func windowStart(at, every int64) int64 {
	rest := at % every
	if rest < 0 {
		rest += every
	}
	return at - rest
}

// millis is the first millisecond that is not before t.
func millis(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		ms++
	}
	return ms
}

// instant is a number with what orders it among others.
type instant struct {
	at     int64
	device string
	number float64
}

func (a instant) compare(b instant) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.device, b.device))
}

// window is the aggregate of some readings: of all in a window of time, or of a
// part of them. Parts merge in any order.
type window struct {
	start       int64
	count, sum  float64
	min, max    float64
	first, last instant
}

func newWindow(start int64, i instant) window {
	return window{start: start, count: 1, sum: i.number, min: i.number, max: i.number, first: i, last: i}
}

func (w *window) add(o window) {
	w.count += o.count
	w.sum += o.sum
	w.min = math.Min(w.min, o.min)
	w.max = math.Max(w.max, o.max)
	if o.first.compare(w.first) < 0 {
		w.first = o.first
	}
	if o.last.compare(w.last) > 0 {
		w.last = o.last
	}
}

func (w *window) number(fn Fn) float64 {
	switch fn {
	case Min:
		return w.min
	case Max:
		return w.max
	case Sum:
		return w.sum
	case Count:
		return w.count
	case First:
		return w.first.number
	case Last:
		return w.last.number
	}
	return w.sum / w.count
}

func (fn Fn) check() error {
	switch fn {
	case Mean, Min, Max, Sum, Count, First, Last:
		return nil
	}
	return fmt.Errorf("aggregate by unknown function %q", string(fn))
}

// windows gathers parts into whole windows.
type windows struct {
	every int64
	byKey map[int64]int
	all   []window
}

func newWindows(every int64) *windows { return &windows{every: every, byKey: map[int64]int{}} }

// add takes a part that begins at its start into the window around it.
func (ws *windows) add(part window) {
	part.start = windowStart(part.start, ws.every)
	// Readings mostly come in order, so the window is mostly the last one.
	if n := len(ws.all); n > 0 && ws.all[n-1].start == part.start {
		ws.all[n-1].add(part)
		return
	}
	if i, ok := ws.byKey[part.start]; ok {
		ws.all[i].add(part)
		return
	}
	ws.byKey[part.start] = len(ws.all)
	ws.all = append(ws.all, part)
}

func (ws *windows) points(fn Fn) []Point {
	slices.SortFunc(ws.all, func(a, b window) int { return cmp.Compare(a.start, b.start) })
	points := make([]Point, len(ws.all))
	for i := range ws.all {
		points[i] = Point{At: time.UnixMilli(ws.all[i].start).UTC(), Number: ws.all[i].number(fn)}
	}
	return points
}
