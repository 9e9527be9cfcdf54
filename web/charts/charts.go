package charts

import (
	"fmt"
	"strings"
)

// Spread is what a day's readings come to.
type Spread struct{ Min, Mean, Max float64 }

// Band draws the least, the mean and the most of each day; nil is a day without
// readings, over which nothing is drawn.
func Band(f Frame, days []*Spread) string {
	var values []float64
	for _, s := range days {
		if s != nil {
			values = append(values, s.Min, s.Max)
		}
	}
	d := f.draw(values, false)
	d.gaps(func(i int) bool { return i < len(days) && days[i] != nil })
	for i := 0; i < len(days); i++ {
		from := i
		for i < len(days) && days[i] != nil {
			i++
		}
		if i > from {
			d.run(from, days[from:i])
		}
	}
	return d.end()
}

// run draws days that follow each other.
func (d *drawing) run(from int, days []*Spread) {
	middle := func(i int) float64 { return d.x(float64(from+i) + 0.5) }
	var up, down, mean strings.Builder
	for i, s := range days {
		fmt.Fprintf(&up, "L%s %s", at(middle(i)), at(d.y(s.Max)))
		fmt.Fprintf(&mean, "L%s %s", at(middle(i)), at(d.y(s.Mean)))
	}
	for i := len(days) - 1; i >= 0; i-- {
		fmt.Fprintf(&down, "L%s %s", at(middle(i)), at(d.y(days[i].Min)))
	}
	fmt.Fprintf(d, `<path d="M%s%sZ" fill="currentColor" fill-opacity=".18" stroke-opacity=".55" stroke-width=".8"/>`+"\n", up.String()[1:], down.String())
	fmt.Fprintf(d, `<path d="M%s" stroke-width="1.6"/>`+"\n", mean.String()[1:])
	for i, s := range days {
		d.dot(middle(i), d.y(s.Mean))
	}
}

func (d *drawing) dot(x, y float64) {
	fmt.Fprintf(d, `<circle cx="%s" cy="%s" r="1.8" fill="currentColor" stroke="none"/>`+"\n", at(x), at(y))
}

// Pair is two values of one measuring, such as a blood pressure. Day is when it was,
// in days from the beginning of the first: 1.5 is noon of the second.
type Pair struct{ Day, Upper, Lower float64 }

// Pairs draws each measuring as a bar between its two values, by itself: what is measured
// now and then has no gaps.
func Pairs(f Frame, pairs []Pair) string {
	var values []float64
	for _, p := range pairs {
		values = append(values, p.Upper, p.Lower)
	}
	d := f.draw(values, false)
	for _, p := range pairs {
		x, upper, lower := d.x(p.Day), d.y(p.Upper), d.y(p.Lower)
		fmt.Fprintf(d, `<path d="M%s %sh4M%s %sv%sM%s %sh4"/>`+"\n", at(x-2), at(upper), at(x), at(upper), at(lower-upper), at(x-2), at(lower))
	}
	return d.end()
}

// Bar is what a day's readings add up to. Known is false for a day without any: it has
// no bar, not one of 0. Part is set for a day of which only a part was heard.
type Bar struct {
	Value       float64
	Known, Part bool
}

// Bars draws a bar for each day: a full one, or the outline of one that is only a part.
func Bars(f Frame, days []Bar) string {
	var values []float64
	for _, b := range days {
		if b.Known {
			values = append(values, b.Value)
		}
	}
	d := f.draw(values, true)
	d.gaps(func(i int) bool { return i < len(days) && days[i].Known })
	for i, b := range days {
		if !b.Known {
			continue
		}
		opacity := ".55"
		if b.Part {
			opacity = "0"
		}
		fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s" fill="currentColor" fill-opacity="%s"/>`+"\n",
			at(d.x(float64(i)+0.15)), at(d.y(b.Value)), at(d.x(0.7)-d.x(0)), at(d.y(0)-d.y(b.Value)), opacity)
	}
	return d.end()
}

// Point is a value at a moment, in days from the beginning of the first.
type Point struct{ Day, Value float64 }

// Points draws values that are measured now and then: each by itself, with a straight
// line through all of them where a trend is given, from its first to its last.
func Points(f Frame, points []Point, trend []Point) string {
	var values []float64
	for _, p := range points {
		values = append(values, p.Value)
	}
	for _, p := range trend {
		values = append(values, p.Value)
	}
	d := f.draw(values, false)
	for _, p := range points {
		d.dot(d.x(p.Day), d.y(p.Value))
	}
	if len(trend) == 2 {
		fmt.Fprintf(d, `<path d="M%s %sL%s %s" stroke-dasharray="2 2"/>`+"\n", at(d.x(trend[0].Day)), at(d.y(trend[0].Value)), at(d.x(trend[1].Day)), at(d.y(trend[1].Value)))
	}
	return d.end()
}
