package charts

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Frame is what stands around a chart.
type Frame struct {
	// ID tells the charts of a page apart: letters, digits and hyphens.
	ID string
	// Title says what is drawn, for who cannot see it.
	Title string
	// Days are the labels of the days, the first one first; some are written.
	Days []string
	// Unit stands above the numbers, which have so many Decimals.
	Unit     string
	Decimals int
	// Limits are drawn as dashed lines, whatever was measured.
	Limits []Limit
}

// Limit is a value that a line is drawn at.
type Limit struct {
	Value float64
	Label string
}

// The size of a chart, in units of its own: pages scale it to their width.
const (
	width, height = 660.0, 170.0
	left, right   = 44.0, 64.0 // room for the numbers, and for the names of limits
	top, bottom   = 18.0, 22.0
)

// drawing is a chart under way.
type drawing struct {
	strings.Builder
	Frame
	lo, hi float64
}

// draw begins a chart whose numbers lie between some values and the limits. Zero
// makes them begin at 0.
func (f Frame) draw(values []float64, zero bool) *drawing {
	d := &drawing{Frame: f}
	for _, l := range f.Limits {
		values = append(values, l.Value)
	}
	if zero {
		values = append(values, 0)
	}
	d.lo, d.hi = bounds(values)
	fmt.Fprintf(d, `<svg class="chart-svg" viewBox="0 0 %g %g" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, width, height, html.EscapeString(f.Title))
	d.WriteString("\n" + `<g fill="none" stroke="currentColor" font-size="10">` + "\n")
	d.numbers()
	d.days()
	return d
}

// end completes the chart, with the limits over it.
func (d *drawing) end() string {
	written := math.Inf(-1)
	for _, l := range d.Limits {
		y := d.y(l.Value)
		fmt.Fprintf(d, `<path d="M%s %sH%s" stroke-dasharray="6 3"/>`+"\n", at(left), at(y), at(width-right))
		label := y + 3
		if math.Abs(label-written) < 11 { // two names do not fit over each other
			label = written + 11
		}
		written = label
		d.text(width-right+4, label, "start", l.Label)
	}
	d.WriteString("</g>\n</svg>")
	return d.String()
}

// numbers are the lines across, with what they stand for.
func (d *drawing) numbers() {
	d.text(left-6, top-8, "end", d.Unit)
	step := stepOf(d.hi - d.lo)
	for i := range int(math.Round((d.hi-d.lo)/step)) + 1 {
		v := d.lo + float64(i)*step
		fmt.Fprintf(d, `<path d="M%s %sH%s" stroke-opacity=".25" stroke-width=".5"/>`+"\n", at(left), at(d.y(v)), at(width-right))
		d.text(left-6, d.y(v)+3, "end", strconv.FormatFloat(v, 'f', max(d.Decimals, decimalsOf(step)), 64))
	}
}

// mostDayLabels is how many days are written below a chart.
const mostDayLabels = 8

// days writes some days below.
func (d *drawing) days() {
	every := (len(d.Days) + mostDayLabels - 1) / mostDayLabels
	for i := 0; i < len(d.Days); i += every {
		d.text(d.x(float64(i)+0.5), height-8, "middle", d.Days[i])
		fmt.Fprintf(d, `<path d="M%s %sv3"/>`+"\n", at(d.x(float64(i)+0.5)), at(height-bottom))
	}
}

// gaps hatches the days of which nothing is known.
func (d *drawing) gaps(known func(day int) bool) {
	fmt.Fprintf(d, `<defs><pattern id="%s-gap" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6L6 0" stroke-width=".6" stroke-opacity=".5"/></pattern></defs>`+"\n", html.EscapeString(d.ID))
	for i := 0; i < len(d.Days); i++ {
		from := i
		for i < len(d.Days) && !known(i) {
			i++
		}
		if i > from {
			fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s" fill="url(#%s-gap)" stroke="none"/>`+"\n",
				at(d.x(float64(from))), at(top), at(d.x(float64(i))-d.x(float64(from))), at(height-bottom-top), html.EscapeString(d.ID))
		}
	}
}

func (d *drawing) text(x, y float64, anchor, says string) {
	if says != "" {
		fmt.Fprintf(d, `<text x="%s" y="%s" text-anchor="%s" fill="currentColor" stroke="none">%s</text>`+"\n", at(x), at(y), anchor, html.EscapeString(says))
	}
}

// x is where a day begins; half a day later is its middle.
func (d *drawing) x(day float64) float64 {
	return left + day/float64(max(1, len(d.Days)))*(width-left-right)
}

func (d *drawing) y(value float64) float64 {
	return top + (d.hi-value)/(d.hi-d.lo)*(height-top-bottom)
}

// at is a place in the chart, as exact as anybody sees.
func at(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// bounds are round numbers around some values.
func bounds(values []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	switch {
	case lo > hi:
		return 0, 1
	case lo == hi:
		lo, hi = lo-1, hi+1
	}
	step := stepOf(hi - lo)
	return math.Floor(lo/step) * step, math.Ceil(hi/step) * step
}

// stepOf is a round step that parts a span in about four.
func stepOf(span float64) float64 {
	ten := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, s := range []float64{1, 2, 5} {
		if span/(s*ten) <= 5 {
			return s * ten
		}
	}
	return 10 * ten
}

// decimalsOf is how many decimals a step has.
func decimalsOf(step float64) int { return max(0, -int(math.Floor(math.Log10(step)+1e-9))) }
